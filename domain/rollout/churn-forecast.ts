import { sayPercent } from '../gates/check-facts.js';
import type { DecisionFlips } from '../gates/comparison.js';

/** What the guardrail on churn would have seen on the rows of the folds, where that is beyond its limit. */
export interface ChurnForecast {
  readonly rows: number;
  /** Decisions in which both sides differ. */
  readonly differ: number;
  /** `analysis.maxChurn`, 0..1. */
  readonly limit: number;
}

/** Null where the rollout would be within its limit, and where decisions were not compared. */
export function forecastChurn(
  flips: Pick<DecisionFlips, 'rows' | 'toPositive' | 'toNegative'> | null,
  limit: number | null,
): ChurnForecast | null {
  if (flips === null || limit === null || flips.rows === 0) return null;
  const { rows } = flips;
  const differ = flips.toPositive + flips.toNegative;
  return differ / rows > limit ? { rows, differ, limit } : null;
}

/** One sentence of warning for who approves: a rollout of these two sides is likely to be stopped. */
export function sayChurnForecast({ rows, differ, limit }: ChurnForecast): string {
  const share = `${sayPercent(differ / rows)} of the decisions on the ${rows.toLocaleString('en-US')} compared rows differ`;
  return `${share}, and the rollout stops a challenger beyond ${sayPercent(limit)} (analysis.maxChurn): expect it to fail there.`;
}
