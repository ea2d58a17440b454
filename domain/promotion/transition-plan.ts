import type { Problem } from '../failure-types.js';
import type { CheckVerdict } from '../gates/gate-report.js';
import type { ModelRef } from '../model-ref.js';
import type { RolloutStep } from '../rollout/rollout-policy.js';
import type { Verdict } from '../verdict.js';
import type { Window } from '../window.js';

/** What a promotion stands on before anything is measured. */
export interface TransitionGround {
  readonly pipeline: string;
  readonly kind: 'bootstrap' | 'promotion';
  readonly challenger: ModelRef;
  /** Null for the first champion, which replaces the baseline. */
  readonly champion: ModelRef | null;
  readonly decisionEpoch: number;
  readonly definitionDigest: string;
  readonly asOf: string;
  /** Of the evidence. */
  readonly windows: readonly Window[];
}

/**
 * The exact transition that a promotion would make, without anything that depends on when it was asked for: the same
 * world gives the same plan, and the same digest.
 */
export interface TransitionPlan extends TransitionGround {
  readonly reportDigest: string;
  readonly verdict: Verdict;
  readonly checks: readonly { readonly name: string; readonly mode: string; readonly verdict: CheckVerdict }[];
  /** What comes between the approval and the change of champion. */
  readonly rollout: readonly RolloutStep[];
  /** Scored windows after the change in which the champion of today scores in shadow. */
  readonly watchCycles: number;
  /** Whom a rollback would restore afterwards; null where the baseline is replaced. */
  readonly rollbackTarget: ModelRef | null;
}

/**
 * What moved since a plan was made, everything at once. Without a report it is compared as far as one can before
 * measuring.
 */
export function findMoves(
  planned: TransitionPlan,
  now: TransitionGround & { readonly reportDigest?: string },
): readonly Problem[] {
  const fields: readonly (readonly [field: string, planned: string, found: string])[] = [
    ['pipeline', planned.pipeline, now.pipeline],
    ['champion', nameOf(planned.champion), nameOf(now.champion)],
    ['challenger', nameOf(planned.challenger), nameOf(now.challenger)],
    ['decisionEpoch', String(planned.decisionEpoch), String(now.decisionEpoch)],
    ['definition', planned.definitionDigest, now.definitionDigest],
    ['asOf', planned.asOf, now.asOf],
    ['windows', windowsOf(planned), windowsOf(now)],
    ['report', planned.reportDigest, now.reportDigest ?? planned.reportDigest],
  ];
  return fields.flatMap(([field, expected, found]) =>
    found === expected ? [] : [{ field, found, expected: `${expected}, as planned` }],
  );
}

function nameOf(model: ModelRef | null): string {
  return model === null ? 'none' : `version ${model.version} (${model.modelDigest.slice(0, 12)})`;
}

function windowsOf({ windows }: TransitionGround): string {
  return windows.map(({ start, end }) => `${start.slice(0, 10)} to ${end.slice(0, 10)}`).join(', ');
}
