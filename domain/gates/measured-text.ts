import { formatDuration } from '../duration.js';
import { formatNumber, countOf, withMinusSigns } from '../number-text.js';
import type { GateCheck } from './gate-report.js';

/** What value and limit of a check count. Metrics other than the value of decisions have no unit of their own. */
export type GateUnit = 'ms' | 'share' | 'rows' | 'features' | 'scores' | 'MB' | 'value';

/**
 * A value, limit or bound of a check with its unit, for people. The unit of decision values is the pipeline's own; checks
 * of reports from before units were kept are plain numbers.
 */
export function sayMeasured(value: number, { unit }: Pick<GateCheck, 'unit'>, valueUnit: string | null = null): string {
  switch (unit) {
    case 'ms':
      return withMinusSigns(`${value < 0 ? '-' : ''}${formatDuration(Math.abs(value))}`);
    case 'share':
      return `${formatNumber(value * 100)} %`;
    case 'rows':
      return countOf(value, 'row');
    case 'features':
      return countOf(value, 'feature');
    case 'scores':
      return countOf(value, 'bad score');
    case 'MB':
      return `${formatNumber(value)} MB`;
    case 'value':
      return `${formatNumber(value)} ${valueUnit ?? 'of value'} per decision`;
    case undefined:
    default:
      return formatNumber(value);
  }
}
