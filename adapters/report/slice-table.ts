import type { SliceFinding } from '../../domain/gates/gate-report.js';
import { formatCount, formatRange, formatSigned, formatValue, sliceName } from './format.js';

export function sliceColumns(column: string): readonly string[] {
  return [column, 'Rows', 'Difference', 'Interval', 'Would notice', 'Adjusted p', 'Finding'];
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
