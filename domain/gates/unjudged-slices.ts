import { differenceIn, type SliceComparison } from './comparison.js';
import type { GateSpec } from './gate-rule.js';

type WorstSlice = Extract<GateSpec, { check: 'worst-slice' }>;

/** Why a check of slices judged none of them. */
export function sayNoneJudged(spec: WorstSlice, slices: readonly SliceComparison[]): string {
  const none = `none of the ${String(slices.length)} values of ${spec.column}`;
  const [largest] = findUnmeasured(spec, slices);
  if (largest === undefined) return `${none} has ${String(spec.minRows)} rows`;
  return `${none} could be judged; the largest, ${saySlice(spec, largest)}`;
}

/** The slices that a check left out beside those it judged; empty where there is none. */
export function sayUnjudged(spec: WorstSlice, slices: readonly SliceComparison[]): string {
  const smaller = slices.filter((slice) => slice.rows < spec.minRows).length;
  const unmeasured = findUnmeasured(spec, slices);
  const [largest] = unmeasured;
  return [
    ...(smaller === 0 ? [] : [`${countSlices(smaller, 'smaller ')} not judged`]),
    ...(largest === undefined
      ? []
      : [`${countSlices(unmeasured.length)} not judged though large enough, such as ${saySlice(spec, largest)}`]),
  ].join('; ');
}

/** Slices may be large enough and still say nothing: labels of one class, for instance. The largest first. */
function findUnmeasured(spec: WorstSlice, slices: readonly SliceComparison[]): readonly SliceComparison[] {
  return slices
    .filter((slice) => slice.rows >= spec.minRows && differenceIn(slice.differences, spec.metric).se === null)
    .sort((left, right) => right.rows - left.rows);
}

function countSlices(count: number, which = ''): string {
  return count === 1 ? `1 ${which}slice is` : `${String(count)} ${which}slices are`;
}

function saySlice(spec: WorstSlice, { value, rows, differences }: SliceComparison): string {
  const { reason } = differenceIn(differences, spec.metric);
  return `${spec.column} ${value ?? '(no value)'} with ${String(rows)} rows: ${reason ?? 'no interval'}`;
}
