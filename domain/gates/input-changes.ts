import type { CategoryDictionary, FeatureList, TrainingProfile } from '../model-bundle.js';
import type { RobustnessFacts } from './probes.js';

/** What is done to one encoded input of every row. */
export type InputChange = { readonly feature: string } & (
  | { readonly change: 'replace'; readonly value: number | 'missing' }
  /** One value in every second row, the other in the rest. */
  | { readonly change: 'alternate'; readonly low: number; readonly high: number }
  /** Multiplied by one plus or minus this share; which of both depends on row and feature alone. */
  | { readonly change: 'scale'; readonly share: number }
);

/** Inputs that are wrong or unusual in one way. */
export interface ChangedInputs {
  readonly kind: RobustnessFacts['variants'][number]['kind'];
  /** Null where every feature is changed at once. */
  readonly feature: string | null;
  readonly changes: readonly InputChange[];
}

/** As much as a measurement or a unit's rounding is off. */
const PERTURBED_SHARE = 0.01;
/** Distance from the range that training saw, in lengths of that range. */
const RANGES_BEYOND = 10;

/**
 * The variants that robustness is measured on: all numbers off by one per cent at once; then each feature alone far out
 * of its range (half the rows below, half above; a category that training never saw), and each feature alone missing.
 */
export function planInputChanges(
  { features }: Pick<FeatureList, 'features'>,
  dictionary: CategoryDictionary,
  profile: Pick<TrainingProfile, 'numeric'>,
): readonly ChangedInputs[] {
  const numeric = features.filter(({ kind }) => kind === 'numeric');
  const perturbed = numeric.map(({ name }) => ({ feature: name, change: 'scale', share: PERTURBED_SHARE }) as const);
  // A missing category has the code of an unknown one.
  const unknownCode = (name: string) =>
    ({ feature: name, change: 'replace', value: dictionary[name]?.length ?? 0 }) as const;
  const outOfRange = features.map(({ name, kind }): ChangedInputs => {
    const change = kind === 'numeric' ? beyondRange(name, profile) : unknownCode(name);
    return { kind: 'out-of-range', feature: name, changes: [change] };
  });
  const missing = features.map(({ name, kind }): ChangedInputs => {
    const change =
      kind === 'numeric' ? ({ feature: name, change: 'replace', value: 'missing' } as const) : unknownCode(name);
    return { kind: 'missing', feature: name, changes: [change] };
  });
  const all: readonly ChangedInputs[] =
    perturbed.length === 0 ? [] : [{ kind: 'perturbed', feature: null, changes: perturbed }];
  return [...all, ...outOfRange, ...missing];
}

/** The profile knows the inner deciles; their span stands for the range. */
function beyondRange(feature: string, { numeric }: Pick<TrainingProfile, 'numeric'>): InputChange {
  const cuts = numeric[feature]?.cuts ?? [];
  const [lowest = 0] = cuts;
  const highest = cuts.at(-1) ?? 0;
  const span = highest > lowest ? highest - lowest : Math.max(Math.abs(highest), 1);
  return { feature, change: 'alternate', low: lowest - RANGES_BEYOND * span, high: highest + RANGES_BEYOND * span };
}
