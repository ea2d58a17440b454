import type { CohortDraw, PinnedSplit } from './cohort.js';
import type { ModelRef } from './model-ref.js';

/** Who serves: the champion, or what stands in for it. A baseline has the digest `baseline`. */
export interface ServedModel {
  readonly model: ModelRef;
  readonly cohort: 'champion' | 'fallback';
}

/** The challenger, and the entities that it serves in the champion's place. */
export interface ServedCohort extends CohortDraw {
  readonly model: ModelRef;
}

/** What a whole window is scored with. A window is never scored with a mixture of rungs. */
export interface Rung {
  readonly served: ServedModel;
  /** Both models score all rows, and each row is served by one of them; left out where one model serves everybody. */
  readonly challenger?: ServedCohort;
  readonly shadows: readonly ModelRef[];
}

/** What a run pinned of those who may score. */
export interface LadderPins {
  readonly champion: ModelRef;
  readonly shadows: readonly ModelRef[];
  readonly previousChampion: ModelRef | null;
  /** Left out by runs from before there were rollouts. */
  readonly split?: PinnedSplit | null;
}

/**
 * What is tried in turn when a model cannot score: the champion with its challenger or its shadows, without them, the
 * previous champion, and the pipeline's baseline, which needs no model at all.
 */
export function planLadder(pins: LadderPins): readonly Rung[] {
  const { champion, previousChampion } = pins;
  const baseline: ModelRef = { ...champion, modelDigest: 'baseline', version: 'baseline' };
  const fallbacks = previousChampion === null ? [baseline] : [previousChampion, baseline];
  const alone: Rung = { served: { model: champion, cohort: 'champion' }, shadows: [] };
  const together = withCompany(alone, pins);
  return [
    ...(together === null ? [] : [together]),
    alone,
    ...fallbacks.map((model): Rung => ({ served: { model, cohort: 'fallback' }, shadows: [] })),
  ];
}

/** Null when nobody scores beside the champion. While rows are shared, nobody but the two of them scores. */
function withCompany(alone: Rung, { shadows, split = null }: LadderPins): Rung | null {
  if (split !== null && split.sharePercent > 0) {
    const { challenger: model, salt, sharePercent } = split;
    return { ...alone, challenger: { model, salt, sharePercent } };
  }
  return shadows.length === 0 ? null : { ...alone, shadows };
}

/** All models of a rung in the order in which they are scored: the one that serves, its challenger, the shadows. */
export function modelsOf({ served, challenger, shadows }: Rung): readonly ModelRef[] {
  return [served.model, ...(challenger === undefined ? [] : [challenger.model]), ...shadows];
}

/**
 * Who should have scored and did not: the champion where something stands in for it, else the challenger where the
 * champion scored without it. Null when nobody is missing.
 */
export function missingModel({ champion, split = null }: LadderPins, rung: Rung): ModelRef | null {
  if (rung.served.cohort === 'fallback') return champion;
  const isThere = modelsOf(rung).some(({ modelDigest }) => modelDigest === split?.challenger.modelDigest);
  return split === null || isThere ? null : split.challenger;
}

/** The ground that a step down leaves behind. */
export function stepDownGround({ served, challenger, shadows }: Rung, why: string): string {
  const along =
    challenger !== undefined
      ? ` with challenger ${challenger.model.version}`
      : shadows.length > 0
        ? ' with its shadows'
        : '';
  return `${served.cohort} ${served.model.version}${along} could not score: ${why}`;
}
