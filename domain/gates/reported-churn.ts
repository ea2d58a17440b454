import { forecastChurn, type ChurnForecast } from '../rollout/churn-forecast.js';
import type { GateReport } from './gate-report.js';

/** Whether the rollout that follows a report would be stopped by churn; a first champion is not rolled out. */
export function forecastReportedChurn({ kind, task, comparison }: GateReport): ChurnForecast | null {
  return kind === 'bootstrap' ? null : forecastChurn(comparison.flips, task.maxChurn ?? null);
}
