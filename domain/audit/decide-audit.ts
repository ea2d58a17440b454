import type { AuditPolicy } from '../pipeline-definition.js';
import { composeAuditReport, rankSlices, type AuditReport, type ValidationScores } from './audit-report.js';
import type { ModelFacts, WindowFacts } from './window-facts.js';

/** What the audited window is compared with. */
export interface AuditHistory {
  /** The model whose scores would be published. Only served scores can hold a window: a shadow serves nobody. */
  readonly servedDigest: string;
  /** The challenger that serves a cohort beside it; left out where there is none. */
  readonly challengerDigest?: string;
  /** Rows that the snapshot's manifest names. */
  readonly snapshotRows: number;
  /** Rows that validation left out of the snapshot. */
  readonly quarantinedRows: number;
  /** Rows that are published for this window now. */
  readonly liveRows: number;
  /** Row counts of recent published windows that had rows, in any order. Empty means there is nothing to compare with. */
  readonly recentRows: readonly number[];
  /** Validation scores by model digest; a baseline has none. */
  readonly validation: Readonly<Record<string, ValidationScores>>;
}

export type AuditDecision =
  | { readonly status: 'passed'; readonly report: AuditReport }
  | {
      readonly status: 'held';
      /** Every reason, one sentence each, with the value found and the limit. */
      readonly grounds: readonly string[];
      readonly report: AuditReport;
    };

/**
 * Decides whether scored parts may be published as a window. Every rule is asked, so one decision names all reasons; a
 * number that could not be computed (NaN) never passes. A covered window without any rows passes: it is published as
 * empty.
 */
export function decideAudit(facts: WindowFacts, policy: AuditPolicy, history: AuditHistory): AuditDecision {
  const report = composeAuditReport(facts, history.validation, policy.churn.minSliceRows);
  const grounds = [
    ...parityGrounds(facts, history.snapshotRows),
    ...scoreGrounds({ facts, report }, policy, history),
    ...churnGrounds(facts, report, policy),
    ...volumeGrounds(facts, policy, history),
  ];
  return grounds.length === 0 ? { status: 'passed', report } : { status: 'held', grounds, report };
}

/** Champion and challenger have to look as their own validation scores did; what is wrong with the challenger is said to be its. */
function scoreGrounds(
  { facts, report }: { readonly facts: WindowFacts; readonly report: AuditReport },
  policy: AuditPolicy,
  { servedDigest, challengerDigest, validation }: AuditHistory,
): readonly string[] {
  const groundsOf = (modelDigest: string): readonly string[] => [
    ...servedGrounds(facts, modelDigest),
    ...shiftGrounds(facts, policy, { modelDigest, validation: validation[modelDigest] }),
    ...distributionGrounds(report, policy, modelDigest),
  ];
  const challenger = challengerDigest === undefined ? [] : groundsOf(challengerDigest);
  return [...groundsOf(servedDigest), ...challenger.map((ground) => `challenger: ${ground}`)];
}

/** Rows out = rows in, and the same keys on both sides, each once. */
export function parityGrounds(facts: Omit<WindowFacts, 'models'>, snapshotRows: number): readonly string[] {
  const grounds: string[] = [];
  if (facts.rowsIn !== snapshotRows) {
    grounds.push(`${rowCount(facts.rowsIn)} were read, but the snapshot has ${rowCount(snapshotRows)}`);
  }
  if (facts.rowsOut !== facts.rowsIn) {
    grounds.push(`${rowCount(facts.rowsOut)} scored, but the snapshot has ${rowCount(facts.rowsIn)}`);
  }
  if (facts.missingKeys !== 0) grounds.push(`${String(facts.missingKeys)} keys of the snapshot have no score`);
  if (facts.extraKeys !== 0) grounds.push(`${String(facts.extraKeys)} scored keys are not in the snapshot`);
  if (facts.duplicateKeys !== 0) grounds.push(`${String(facts.duplicateKeys)} scored rows repeat a key`);
  return grounds;
}

/** Every score of the served model is a number. */
export function servedGrounds(facts: Pick<WindowFacts, 'models' | 'rowsIn'>, servedDigest: string): readonly string[] {
  const served = findServed(facts, servedDigest);
  if (served === undefined) return [`the scores of the served model ${servedDigest.slice(0, 12)} are missing`];
  return served.nonFinite === 0 ? [] : [`${String(served.nonFinite)} scores are null, NaN or infinite; the limit is 0`];
}

function findServed({ models }: Pick<WindowFacts, 'models'>, servedDigest: string): ModelFacts | undefined {
  return models.find(({ modelDigest }) => modelDigest === servedDigest);
}

function shiftGrounds(
  facts: WindowFacts,
  policy: AuditPolicy,
  { modelDigest, validation }: { readonly modelDigest: string; readonly validation: ValidationScores | undefined },
): readonly string[] {
  const served = findServed(facts, modelDigest);
  if (served === undefined || validation === undefined || facts.rowsOut === 0) return [];
  const finite = facts.rowsOut - served.nonFinite;
  const mean = finite === 0 ? null : served.sum / finite;
  const { width = 0 } = validation;
  const shift = computeMeanShift(mean, validation.mean, Math.max(Math.abs(validation.mean), width));
  if (shift <= policy.maxMeanShift) return [];
  const away =
    width > Math.abs(validation.mean)
      ? `${rounded(shift)} times the width of the validation scores, ${rounded(width)}, away from their mean ${rounded(validation.mean)}`
      : `${rounded(shift)} times the validation mean ${rounded(validation.mean)} away from it`;
  return [`mean score ${rounded(mean)} is ${away}; the limit is ${rounded(policy.maxMeanShift)}`];
}

/** Distance of a window's mean score from the validation mean, in units of that mean or of the width. NaN without scores. */
function computeMeanShift(mean: number | null, validationMean: number, unit: number): number {
  if (mean === null) return Number.NaN;
  const distance = Math.abs(mean - validationMean);
  return distance === 0 ? 0 : distance / unit;
}

function distributionGrounds(report: AuditReport, policy: AuditPolicy, servedDigest: string): readonly string[] {
  const psi = report.models.find(({ modelDigest }) => modelDigest === servedDigest)?.psi ?? null;
  if (policy.maxScorePsi === null || psi === null || psi <= policy.maxScorePsi) return [];
  return [
    `the scores are distributed otherwise than on validation rows: PSI ${rounded(psi)}; ` +
      `the limit is ${rounded(policy.maxScorePsi)}`,
  ];
}

/** Grounds name this many slices one by one, and count the rest. */
const namedSlices = 10;

/** Only what is served now can hold a window; how often a shadow decides otherwise is for people to read. */
function churnGrounds(facts: WindowFacts, report: AuditReport, { churn }: AuditPolicy): readonly string[] {
  const live = report.churn.find(({ against }) => against === 'live');
  if (live === undefined) return [];
  const overall =
    live.share === null || live.share <= churn.max
      ? []
      : [
          `${String(live.flips)} of ${rowCount(live.rows)} would decide otherwise than what is published ` +
            `(share ${rounded(live.share)}); the limit is ${rounded(churn.max)}`,
        ];
  const slices = rankSlices(facts.churn, 'live', churn.minSliceRows).filter(({ share }) => !(share <= churn.maxSlice));
  const named = slices
    .slice(0, namedSlices)
    .map(
      ({ column, value, rows, flips, share }) =>
        `${String(flips)} of ${rowCount(rows)} with ${column} ${value} would decide otherwise than what is published ` +
        `(share ${rounded(share)}); the limit is ${rounded(churn.maxSlice)}`,
    );
  const rest = slices.length - named.length;
  return [
    ...overall,
    ...named,
    ...(rest > 0 ? [`${String(rest)} more slices are beyond the limit ${rounded(churn.maxSlice)}`] : []),
  ];
}

/**
 * A window that never had rows is published as empty. One that has rows published does not lose them all in silence: a
 * source that was emptied by mistake looks just like that.
 */
function volumeGrounds(facts: WindowFacts, policy: AuditPolicy, history: AuditHistory): readonly string[] {
  if (facts.rowsIn + history.quarantinedRows === 0) return emptyGrounds(policy, history);
  const usual = computeMedian(history.recentRows);
  if (usual === null) return [];
  const share = facts.rowsIn / usual;
  if (share >= policy.minRowShare && share <= policy.maxRowShare) return [];
  return [
    `${rowCount(facts.rowsIn)} are ${rounded(share)} of the usual ${String(usual)}; ` +
      `expected ${rounded(policy.minRowShare)} to ${rounded(policy.maxRowShare)}`,
  ];
}

function emptyGrounds({ minRowShare }: AuditPolicy, { liveRows }: AuditHistory): readonly string[] {
  if (liveRows === 0 || minRowShare === 0) return [];
  return [
    `the window has no rows now, but ${rowCount(liveRows)} are published for it; audit.minRowShare 0 allows that`,
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
