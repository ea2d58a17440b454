import type { DecayMetric } from '../monitoring/decay-policy.js';
import type { FileRef, ModelRef } from '../model-ref.js';
import type { Verdict } from '../verdict.js';
import type { Window } from '../window.js';

/** Served predictions of a version that was taken back were replaced, all windows in one Delta commit. */
export interface PredictionsReplaced {
  readonly type: 'predictions-replaced';
  /** The rollback, or the promotion whose rollout ended. */
  readonly rollbackId: string;
  readonly tableVersion: number;
  readonly windows: readonly Window[];
  readonly rowsReplaced: number;
  readonly decisionsChanged: number;
  /** Rows whose score or decision changed, old and new; null when no row was served by the bad version. */
  readonly correctionFile: FileRef | null;
}

/** A rollback was rehearsed in a place of its own: nothing that is served changed. */
export interface RollbackDrilled {
  readonly type: 'rollback-drilled';
  readonly drillId: string;
  readonly from: ModelRef;
  readonly to: ModelRef;
  /** `fail` when the target could not be verified, or the rehearsal left other rows than it should have. */
  readonly verdict: 'pass' | 'fail';
  readonly windows: readonly Window[];
  readonly rowsReplaced: number;
  readonly decisionsChanged: number;
  /** Windows served from shadow scores, and windows scored again. */
  readonly fromShadow: number;
  readonly rescored: number;
  /** From the check of the target to the commit that readers would see; 0 when it did not come to that. */
  readonly recoveryMs: number;
  readonly correctionsMs: number;
  readonly grounds: readonly string[];
}

/** A new window failed its audit: it stays absent until a later run passes. */
export interface WindowHeld {
  readonly type: 'window-held';
  readonly window: Window;
  readonly runIdentity: string;
  readonly modelDigest: string;
  readonly grounds: readonly string[];
}

/**
 * The champion could not score a window, and this one did instead; or nothing could, and what this one published before
 * goes on being served, which the id of the record tells.
 */
export interface FallbackScored {
  readonly type: 'fallback-scored';
  readonly window: Window;
  readonly runIdentity: string;
  readonly intendedDigest: string;
  readonly servedDigest: string;
  readonly grounds: readonly string[];
}

const unscoredPrefix = 'unscored/';

/** Id of the record that nothing could score: its run has published nothing, and may yet do so when it is run again. */
export function unscoredRecordId(runIdentity: string): string {
  return `${unscoredPrefix}${runIdentity}`;
}

export function isUnscoredRecord(recordId: string): boolean {
  return recordId.startsWith(unscoredPrefix);
}

/** A matured window was compared with its labels, and its inputs with the training profile. */
export interface WindowMonitored {
  readonly type: 'window-monitored';
  readonly window: Window;
  readonly reportDigest: string;
  readonly verdict: Verdict;
  /** Share of published rows that have a label, 0..1. */
  readonly labelCoverage: number;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly driftedFeatures: readonly string[];
  /** Loss of performance is shown on the labels. */
  readonly decayed: boolean;
  /** What decay was judged by. Missing in records from before other metrics than AUC were judged. */
  readonly performance?: JudgedPerformance;
}

/** A metric of a window against what its version was promoted on, in the metric's own unit. */
export interface JudgedPerformance {
  readonly metric: DecayMetric;
  readonly value: number | null;
  /** By the report that promoted the version; null where none did. */
  readonly promised: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  /** How much worse than promised it may be; null without a promise. */
  readonly margin: number | null;
}
