import type { Severity } from './rules.js';

/** What was counted for one rule. Which of the numbers are there depends on the kind of its check. */
export interface RuleMeasure {
  /** Rows that the rule could be asked of. */
  readonly checked: number;
  /** Rows that fail; null for a rule about the batch. */
  readonly failing: number | null;
  /** What a rule about the batch compares: a count, or an instant in milliseconds; null when there is none. */
  readonly value: number | null;
  /** Rows in the bins of the training profile, missing or unlisted values last; null where no bins are asked for. */
  readonly bins: readonly number[] | null;
  /** A few failing values as text, in order. */
  readonly examples: readonly string[];
}

/** A measured number and whether it is within its limit; `held` null when there is too little to tell. */
export interface Finding {
  readonly held: boolean | null;
  readonly found: number | null;
  readonly what: string;
}

/** How one rule came out; part of a snapshot's manifest, so it holds no times and no order of chance. */
export interface RuleResult {
  readonly rule: string;
  readonly severity: Severity;
  /** `unmeasured`: there was too little to compare, which is said and stops nothing. */
  readonly verdict: 'passed' | 'failed' | 'unmeasured';
  readonly checked: number;
  readonly failing: number | null;
  /** What is compared with the limit: the failing share, or the measure of a rule about the batch. */
  readonly found: number | null;
  /** What would have been right. */
  readonly limit: string;
  readonly examples: readonly string[];
  /** One plain sentence. */
  readonly why: string;
}

/** What follows from all rules. `grounds` is empty unless the batch is stopped. */
export interface ValidationDecision {
  readonly status: 'passed' | 'stopped';
  readonly grounds: readonly string[];
  /** Rules that failed without stopping the batch, and those that could not be measured. */
  readonly warnings: readonly string[];
}

/** The verdict of validation as it travels with a snapshot. */
export interface SnapshotValidation extends ValidationDecision {
  readonly results: readonly RuleResult[];
}
