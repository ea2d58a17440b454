import type { SliceFinding } from '../../domain/gates/gate-report.js';
import { formatCount, formatRange, formatSigned, formatValue, sliceName } from './format.js';

export function sliceColumns(column: string): readonly string[] {
  return [column, 'Rows', 'Difference', 'Interval', 'Would notice', 'Adjusted p', 'Finding'];
}

/** What the intervals of the table are for; reports from before Holm's levels were kept have those of one slice alone. */
export function sayIntervals(slices: readonly SliceFinding[]): string {
  return slices.some(({ level }) => level !== undefined)
    ? 'intervals and what would be noticed are for the level at which Holm tests each slice'
    : 'intervals and what would be noticed are not adjusted for the number of slices';
}

export function sliceCells(slice: SliceFinding): readonly string[] {
  return [
    sliceName(slice.value),
    formatCount(slice.rows),
    formatSigned(slice.difference),
    formatRange(slice.lower, slice.upper),
    formatValue(slice.minimumDetectable),
    formatValue(slice.adjustedP),
    { harmed: 'harmed', 'no-harm-shown': 'no harm shown', unsupported: 'too small to judge' }[slice.finding],
  ];
}
