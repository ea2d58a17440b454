import { sayReplacedPositives } from '../../domain/replaced-decisions.js';
import type { RollbackResult } from '../api.js';
import { count, table } from './text.js';

/** A card is for reading: the whole list stands in the result. */
const shownWindows = 31;

/** How it came out; `promotion` links to the run of the promotion that it ends, null where none rolls out or watches. */
export function renderRollbackResult(result: RollbackResult, promotion: string | null = null): string {
  const positives = sayReplacedPositives(result);
  const rows = [
    ['from', `v${result.from.version}`],
    ['to', `v${result.to.version}`],
    [
      'windows replaced',
      `${result.windows.length} (${result.fromShadow} from shadow scores, ${result.rescored} scored again)`,
    ],
    ['predictions replaced', count(result.rowsReplaced)],
    ['decisions changed', count(result.decisionsChanged)],
    ...(positives === null ? [] : [['decisions', `calls ${positives}`]]),
    ['correction file', describeFile(result)],
    ['alias', result.alias],
    ...(promotion === null ? [] : [['ends the promotion', promotion]]),
  ];
  const { drill, blast = [], warnings = [] } = result;
  if (drill !== undefined) rows.push(['recovery time', `${(drill.recoveryMs / 1_000).toFixed(1)} s`]);
  const windows = blast
    .slice(0, shownWindows)
    .map((each) => [
      each.window,
      count(each.rows),
      count(each.positives),
      countOrUnknown(each.positivesAfter ?? null),
      each.source === 'shadow' ? 'shadow scores' : each.source,
      countOrUnknown(each.decisionsChanged),
    ]);
  const header = ['window', 'rows', 'positive decisions', 'positive then', 'replaced from', 'decisions changed'];
  const radius = windows.length === 0 ? [] : [table(header, windows)];
  const left = blast.length > shownWindows ? [`… and ${String(blast.length - shownWindows)} more windows`] : [];
  const said = warnings.map((warning) => `- warning: ${warning}`);
  const judged = said.length === 0 ? [] : [said.join('\n')];
  return [`**${result.summary}**`, table(['rollback', ''], rows), ...judged, ...radius, ...left].join('\n\n');
}

function countOrUnknown(value: number | null): string {
  return value === null ? '?' : count(value);
}

function describeFile({ correctionFile, correctionRows }: RollbackResult): string {
  if (correctionFile === null) return 'none';
  return correctionRows === undefined ? correctionFile : `${correctionFile}, ${count(correctionRows)} rows`;
}
