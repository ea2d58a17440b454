import type { ModelRef } from './model-ref.js';

/** Who serves: the champion, or what stands in for it. A baseline has the digest `baseline`. */
export interface ServedModel {
  readonly model: ModelRef;
  readonly cohort: 'champion' | 'fallback';
}

/** What a whole window is scored with. A window is never scored with a mixture of rungs. */
export interface Rung {
  readonly served: ServedModel;
  readonly shadows: readonly ModelRef[];
}

/**
 * What is tried in turn when a model cannot score: the champion with its shadows, without them, the previous champion,
 * and the pipeline's baseline, which needs no model at all.
 */
export function planLadder(pins: {
  readonly champion: ModelRef;
  readonly shadows: readonly ModelRef[];
  readonly previousChampion: ModelRef | null;
}): readonly Rung[] {
  const { champion, shadows, previousChampion } = pins;
  const baseline: ModelRef = { ...champion, modelDigest: 'baseline', version: 'baseline' };
  const fallbacks = previousChampion === null ? [baseline] : [previousChampion, baseline];
  const served: ServedModel = { model: champion, cohort: 'champion' };
  return [
    { served, shadows },
    ...(shadows.length === 0 ? [] : [{ served, shadows: [] }]),
    ...fallbacks.map((model): Rung => ({ served: { model, cohort: 'fallback' }, shadows: [] })),
  ];
}

/** The ground that a step down leaves behind. */
export function stepDownGround({ served, shadows }: Rung, why: string): string {
  const along = shadows.length === 0 ? '' : ' with its shadows';
  return `${served.cohort} ${served.model.version}${along} could not score: ${why}`;
}
