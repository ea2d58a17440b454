import { boundsKept } from '../../domain/gates/check-volume.js';
import { differenceIn, estimateIn, type Comparison } from '../../domain/gates/comparison.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import type { VolumeFacts } from '../../domain/gates/probes.js';
import {
  countOf,
  formatCount,
  formatDuration,
  formatNumber,
  formatRange,
  formatSigned,
  formatValue,
} from './format.js';
import { html, type Html } from './html.js';
import { renderStack } from './table.js';

/** Value by decision and for a whole window, and whether the model is quick and small enough. */
export function renderValue(report: GateReport): Html {
  return html`<h2>What it would cost or bring</h2>
    ${renderMoney(report)} ${renderVolume(report)}`;
}

function renderMoney(report: GateReport): Html {
  const { comparison, task } = report;
  const { value } = task.decision;
  if (value === null && comparison.labelKind === 'regression') {
    return html`<p>
      The label is a number, so no decision is right or wrong and none has a value; how many would turn stands under
      “For whom”.
    </p>`;
  }
  if (value === null) {
    return html`<p>
      The pipeline's definition gives no value of its decisions (<code>decision.value</code>), so nothing can be said in
      money; how many decisions would turn stands under “For whom”.
    </p>`;
  }
  const difference = differenceIn(comparison.pooled.differences, 'value');
  if (difference.estimate === null) return html`<p>Not known: ${difference.reason ?? 'it was not measured'}.</p>`;
  const window = windowRows(report);
  const times = (factor: number) => [
    formatSigned((difference.estimate ?? 0) * factor),
    difference.lower === null || difference.upper === null
      ? (difference.reason ?? '–')
      : formatRange(difference.lower * factor, difference.upper * factor),
  ];
  return html`<p>
      One decision brings ${formatValue(estimateIn(comparison.pooled.champion, 'value').value)} ${value.unit} with the
      champion and ${formatValue(estimateIn(comparison.pooled.challenger, 'value').value)} ${value.unit} with the
      challenger, by ${formatNumber(value.truePositive)} for a right and ${formatNumber(value.falsePositive)} for a
      wrong positive decision, ${formatNumber(value.trueNegative)} for a right and ${formatNumber(value.falseNegative)}
      for a wrong negative one.
    </p>
    ${renderStack({
      caption: `Challenger minus champion in ${value.unit}, measured on ${countOf(comparison.rows, 'row')}`,
      columns: ['For', 'Difference', 'Interval'],
      rows: [
        ['1 decision', ...times(1)],
        ['1,000 decisions', ...times(1000)],
        ...(window === null
          ? []
          : [[`a window of ${formatDuration(report.task.windowMs)}, ${window.says}`, ...times(window.rows)]]),
      ],
    })}`;
}

/** Rows of a scored window: of the forecast where there is one, else as many as the labelled rows of the folds. */
function windowRows({ probes, comparison, task }: GateReport): { readonly rows: number; readonly says: string } | null {
  if (probes.volume?.status === 'measured') {
    const { rows } = probes.volume.facts;
    return { rows, says: countOf(rows, 'row') };
  }
  const windows = foldsMs(comparison) / task.windowMs;
  if (windows <= 0 || comparison.rows === 0) return null;
  const rows = Math.round(comparison.rows / windows);
  return { rows, says: `${countOf(rows, 'row')} as in the folds` };
}

function foldsMs({ folds }: Comparison): number {
  return folds.reduce((sum, { window }) => sum + Date.parse(window.end) - Date.parse(window.start), 0);
}

function renderVolume({ probes }: GateReport): Html | null {
  const { volume } = probes;
  if (volume === null) return null;
  if (volume.status !== 'measured') return html`<p>Speed and memory are not known: ${volume.why}.</p>`;
  return html`<p>${sayVolume(volume.facts)}</p>`;
}

export function sayVolume(facts: VolumeFacts): string {
  const { rows, measuredRows, deadlineMs, memoryMb } = facts;
  const { inTime, inMemory } = boundsKept(facts);
  const keeps = (isKept: boolean) => (isKept ? 'keeps' : 'does not keep');
  return `Scoring a window of ${countOf(rows, 'row')}, by a forecast from ${countOf(measuredRows, 'row')}, ${keeps(inTime)} the deadline of ${formatDuration(deadlineMs)} and ${keeps(inMemory)} the bound of ${formatCount(memoryMb)} MB.`;
}
