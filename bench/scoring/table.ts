import { renderRows } from '../support/bench-report.js';
import { fastest, type Measurement } from './measurement.js';

const columns = [
  '',
  'wall s',
  'min-max',
  'M rows/s',
  'peak MiB',
  'cpu s',
  'noisy runs',
  'ours is faster',
  'of the floor',
  'scores',
];

/** One table per model and size, the fastest first. */
export function renderMeasurements(measurements: readonly Measurement[]): string {
  return groupComparisons(measurements)
    .map((comparison) => `${titleOf(comparison)}\n${renderRows([columns, ...rowsOf(comparison)])}`)
    .join('\n\n');
}

/** Measurements of the same model and size stand together. */
export function groupComparisons(measurements: readonly Measurement[]): readonly (readonly Measurement[])[] {
  const groups = new Map<string, Measurement[]>();
  for (const measurement of measurements) {
    const key = `${measurement.model} ${String(measurement.rows)}`;
    groups.set(key, [...(groups.get(key) ?? []), measurement]);
  }
  return [...groups.values()].map((group) => group.sort((a, b) => a.wallSeconds - b.wallSeconds));
}

export function titleOf([first]: readonly Measurement[]): string {
  return first === undefined ? '' : `${first.model.toUpperCase()}, ${String(first.rows / 1e6)} M rows`;
}

/** Cells as people read them, in the order of `columns`. */
function rowsOf(comparison: readonly Measurement[]): readonly (readonly string[])[] {
  const ours = comparison.find(({ role }) => role === 'ours');
  const floor = fastest(comparison.filter(({ role }) => role === 'floor'));
  return comparison.map((one) => [
    one.title,
    one.wallSeconds.toFixed(2),
    `${one.wallSecondsMin.toFixed(2)}-${one.wallSecondsMax.toFixed(2)} (${String(one.runs)})`,
    (one.rowsPerSecond / 1e6).toFixed(2),
    one.peakMiB.toFixed(0),
    one.cpuSeconds.toFixed(1),
    one.noisyRuns === 0 ? '' : String(one.noisyRuns),
    ours === undefined ? '' : `${(one.wallSeconds / ours.wallSeconds).toFixed(2)} ×`,
    floor === undefined ? '' : `${((floor.wallSeconds / one.wallSeconds) * 100).toFixed(0)} %`,
    describeAgreement(one),
  ]);
}

function describeAgreement({ role, scoresAgree, differences }: Measurement): string {
  if (role === 'ours') return 'reference';
  if (scoresAgree === null) return '';
  const largest = differences?.largest?.toExponential(1) ?? 'nothing compared';
  return scoresAgree ? `agree (${largest})` : `DIFFER (${largest})`;
}
