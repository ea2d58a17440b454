import { judge, rounded, type Target } from '../support/bench-report.js';
import { comparisonOf, fastest, speedRatio, type Measurement } from './measurement.js';
import type { ModelName } from './models.js';

const million = 1_000_000;
/** 0.6 GB. */
const memoryLimitMiB = 600_000_000 / 2 ** 20;

/** Against whom a comparison is promised, and by how much. */
interface Promised {
  readonly id: string;
  readonly model: ModelName;
  readonly rows: number;
  readonly factor: number;
  readonly other: (comparison: readonly Measurement[]) => Measurement | undefined;
}

/** Another way through Python, whichever was the fastest in this run. */
const bestPeer = (comparison: readonly Measurement[]): Measurement | undefined =>
  fastest(comparison.filter(({ role }) => role === 'python'));
const named = (design: string) => (comparison: readonly Measurement[]) =>
  comparison.find((measurement) => measurement.design === design);

const promises: readonly Promised[] = [
  { id: 'lr-3m-against-pandas-mlflow', model: 'lr', rows: 3 * million, factor: 8, other: named('pandas-mlflow') },
  { id: 'lr-3m-against-best-peer', model: 'lr', rows: 3 * million, factor: 1.3, other: bestPeer },
  { id: 'lr-30m-against-best-peer', model: 'lr', rows: 30 * million, factor: 1.3, other: bestPeer },
  { id: 'mlp-30m-against-best-peer', model: 'mlp', rows: 30 * million, factor: 1, other: bestPeer },
  { id: 'gbt-3m-against-best-peer', model: 'gbt', rows: 3 * million, factor: 5, other: bestPeer },
  { id: 'gbt-3m-against-lightgbm', model: 'gbt', rows: 3 * million, factor: 10, other: named('lightgbm') },
  { id: 'gbt-3m-against-spark-udf', model: 'gbt', rows: 3 * million, factor: 30, other: named('spark-udf') },
];

/** The targets of the comparisons that were made: each names both of its sides. A side that is missing is a miss. */
export function comparisonTargets(measurements: readonly Measurement[]): readonly Target[] {
  const ratios = promises.flatMap(({ id, model, rows, factor, other }): Target[] => {
    const comparison = comparisonOf(measurements, model, rows);
    return comparison.length === 0 ? [] : [ratioTarget(id, factor, oursOf(comparison), other(comparison))];
  });
  return [...ratios, ...floorTargets(measurements), ...memoryTargets(measurements)];
}

/** Our own job from small to large: memory stays flat, and time grows as the rows do. */
export function growthTargets(growth: readonly Measurement[]): readonly Target[] {
  const [small, large] = [3, 100].map((size) => growth.find(({ rows }) => rows === size * million));
  const memory = small === undefined || large === undefined ? null : (large.peakMiB / small.peakMiB - 1) * 100;
  const time =
    small === undefined || large === undefined
      ? null
      : large.wallSeconds / large.rows / (small.wallSeconds / small.rows);
  return [
    { id: 'peak-memory-100m', op: '<=', target: rounded(memoryLimitMiB), value: large?.peakMiB ?? null, unit: 'MiB' },
    {
      id: 'memory-growth-3m-to-100m',
      op: '<=',
      target: 10,
      value: memory,
      unit: '%',
      sides: memorySides(small, large),
    },
    { id: 'time-per-row-100m-to-3m', op: '<=', target: 1.1, value: time, unit: '×', sides: sidesOf(large, small) },
  ].map((target) => judge({ ...target, op: '<=', value: target.value === null ? null : rounded(target.value) }));
}

function ratioTarget(id: string, factor: number, ours?: Measurement, other?: Measurement): Target {
  const ratio = speedRatio(ours, other);
  const value = ratio === null ? null : rounded(ratio);
  return judge({ id, op: '>=', target: factor, value, unit: '×', sides: sidesOf(ours, other) });
}

/** The floor of our own engine counts: the very same COPY, without a model. Python has a newer DuckDB, whose floor stands beside. */
function floorTargets(measurements: readonly Measurement[]): readonly Target[] {
  const comparison = comparisonOf(measurements, 'lr', 30 * million);
  if (comparison.length === 0) return [];
  const [ours, floor] = [oursOf(comparison), named('floor')(comparison)];
  const value =
    ours === undefined || floor === undefined ? null : rounded((floor.wallSeconds / ours.wallSeconds) * 100);
  return [judge({ id: 'lr-30m-share-of-floor', op: '>=', target: 60, value, unit: '%', sides: sidesOf(ours, floor) })];
}

function memoryTargets(measurements: readonly Measurement[]): readonly Target[] {
  const peaks = measurements.filter(({ role, rows }) => role === 'ours' && rows === 3 * million);
  return peaks.map(({ model, peakMiB }) =>
    judge({
      id: `${model}-3m-peak-memory`,
      op: '<=',
      target: rounded(memoryLimitMiB),
      value: rounded(peakMiB),
      unit: 'MiB',
    }),
  );
}

function oursOf(comparison: readonly Measurement[]): Measurement | undefined {
  return comparison.find(({ role }) => role === 'ours');
}

function sidesOf(...sides: readonly (Measurement | undefined)[]): NonNullable<Target['sides']> {
  return sides.flatMap((side) =>
    side === undefined
      ? []
      : [
          {
            name: `${side.design}, ${String(side.rows / million)} M rows`,
            value: rounded(side.wallSeconds),
            unit: 's',
          },
        ],
  );
}

function memorySides(...sides: readonly (Measurement | undefined)[]): NonNullable<Target['sides']> {
  return sides.flatMap((side) =>
    side === undefined
      ? []
      : [{ name: `${side.design}, ${String(side.rows / million)} M rows`, value: rounded(side.peakMiB), unit: 'MiB' }],
  );
}
