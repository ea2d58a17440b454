import type { AuditPolicy } from './pipeline-definition.js';

/** Facts an audit decides on, counted over the staged scores against their snapshot. One entry of `scores` per model. */
export interface ScoreFacts {
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Distinct keys of the snapshot that have no score. */
  readonly missingKeys: number;
  /** Distinct keys among the scores that the snapshot does not have. */
  readonly extraKeys: number;
  /** Scored rows beyond the first of their key. */
  readonly duplicateKeys: number;
  readonly scores: readonly ModelScoreFacts[];
}

export interface ModelScoreFacts {
  readonly modelDigest: string;
  /** Scores that are null, NaN or infinite. The other numbers leave them out. */
  readonly nonFinite: number;
  /** Null where there is no finite score. */
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** The nine cuts between tenths, in order; empty where there is no finite score. */
  readonly deciles: readonly number[];
}

/** What the audited window is compared with. */
export interface AuditHistory {
  /** The model whose scores would be published. Only its scores can hold a window: a shadow serves nobody. */
  readonly servedDigest: string;
  /** Rows that validation left out of the snapshot. */
  readonly quarantinedRows: number;
  /** Row counts of recent published windows, in any order. Empty means there is nothing to compare with. */
  readonly recentRows: readonly number[];
  /** Mean score of the served model on its own validation rows; null where it has none (a baseline). */
  readonly validationMean: number | null;
}

export type AuditDecision =
  | { readonly status: 'passed' }
  | {
      readonly status: 'held';
      /** Every reason, one sentence each, with the value found and the limit. */
      readonly grounds: readonly string[];
    };

/**
 * Decides whether staged scores may be published. Every rule is asked, so one decision names all reasons; a number that
 * could not be computed (NaN) never passes. A covered window without any rows passes: it is published as empty.
 */
export function decideAudit(facts: ScoreFacts, policy: AuditPolicy, history: AuditHistory): AuditDecision {
  const grounds = [
    ...parityGrounds(facts),
    ...scoreGrounds(facts, policy, history),
    ...quarantineGrounds(facts, policy, history),
    ...volumeGrounds(facts, policy, history),
  ];
  return grounds.length === 0 ? { status: 'passed' } : { status: 'held', grounds };
}

function parityGrounds(facts: ScoreFacts): string[] {
  const grounds: string[] = [];
  if (facts.rowsOut !== facts.rowsIn) {
    grounds.push(`${rowCount(facts.rowsOut)} scored, but the snapshot has ${rowCount(facts.rowsIn)}`);
  }
  if (facts.missingKeys !== 0) grounds.push(`${String(facts.missingKeys)} keys of the snapshot have no score`);
  if (facts.extraKeys !== 0) grounds.push(`${String(facts.extraKeys)} scored keys are not in the snapshot`);
  if (facts.duplicateKeys !== 0) grounds.push(`${String(facts.duplicateKeys)} scored rows repeat a key`);
  return grounds;
}

function scoreGrounds(facts: ScoreFacts, policy: AuditPolicy, history: AuditHistory): string[] {
  const served = facts.scores.find((scores) => scores.modelDigest === history.servedDigest);
  if (served === undefined) return [`the scores of the served model ${history.servedDigest.slice(0, 12)} are missing`];
  const grounds: string[] = [];
  if (served.nonFinite !== 0) grounds.push(`${String(served.nonFinite)} scores are null, NaN or infinite`);
  if (facts.rowsOut > 0 && history.validationMean !== null) {
    const shift = computeMeanShift(served.mean, history.validationMean);
    if (!(shift <= policy.maxMeanShift)) {
      grounds.push(
        `mean score ${rounded(served.mean)} is ${rounded(shift)} times the validation mean ` +
          `${rounded(history.validationMean)} away from it; the limit is ${rounded(policy.maxMeanShift)}`,
      );
    }
  }
  return grounds;
}

/** Distance of a window's mean score from the validation mean, in units of the validation mean. NaN without scores. */
function computeMeanShift(mean: number | null, validationMean: number): number {
  if (mean === null) return Number.NaN;
  const distance = Math.abs(mean - validationMean);
  return distance === 0 ? 0 : distance / Math.abs(validationMean);
}

function quarantineGrounds(facts: ScoreFacts, policy: AuditPolicy, history: AuditHistory): string[] {
  const all = facts.rowsIn + history.quarantinedRows;
  if (all === 0) return [];
  const share = history.quarantinedRows / all;
  if (share <= policy.maxQuarantineShare) return [];
  return [
    `${String(history.quarantinedRows)} of ${rowCount(all)} were quarantined (share ${rounded(share)}); ` +
      `the limit is ${rounded(policy.maxQuarantineShare)}`,
  ];
}

function volumeGrounds(facts: ScoreFacts, policy: AuditPolicy, history: AuditHistory): string[] {
  const usual = computeMedian(history.recentRows);
  if (usual === null || usual === 0 || facts.rowsIn + history.quarantinedRows === 0) return [];
  const share = facts.rowsIn / usual;
  if (share >= policy.minRowShare && share <= policy.maxRowShare) return [];
  return [
    `${rowCount(facts.rowsIn)} are ${rounded(share)} of the usual ${String(usual)}; ` +
      `expected ${rounded(policy.minRowShare)} to ${rounded(policy.maxRowShare)}`,
  ];
}

function computeMedian(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1];
  const high = sorted[Math.floor(middle)];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

function rowCount(rows: number): string {
  return rows === 1 ? '1 row' : `${String(rows)} rows`;
}

function rounded(value: number | null): string {
  return value === null ? 'none' : String(Number(value.toPrecision(4)));
}
