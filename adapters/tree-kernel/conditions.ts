import type { TreeEnsemble } from './ensemble.js';

/** Everything that the trees ask about one feature. */
export interface FeatureQuestions {
  readonly feature: number;
  /** Distinct, ascending. A value's bin is the number of cuts below it. */
  readonly cuts: Float32Array;
  /** Each distinct condition once: `bin > cut`, and where NaN goes. */
  readonly conditions: readonly Condition[];
}

export interface Condition {
  readonly cut: number;
  readonly nanHigh: boolean;
}

/** The questions feature by feature, and for every inner node the place of its condition in that order. */
export interface Questions {
  readonly features: readonly FeatureQuestions[];
  readonly conditionCount: number;
  readonly conditionOfNode: Int32Array;
}

export function collectQuestions(ensemble: TreeEnsemble): Questions {
  const nodesOf = new Map<number, number[]>();
  for (const [node, feature] of ensemble.feature.entries()) {
    if (feature < 0) continue;
    const nodes = nodesOf.get(feature);
    if (nodes === undefined) nodesOf.set(feature, [node]);
    else nodes.push(node);
  }
  const conditionOfNode = new Int32Array(ensemble.feature.length).fill(-1);
  const features: FeatureQuestions[] = [];
  let conditionCount = 0;
  for (const feature of [...nodesOf.keys()].sort((a, b) => a - b)) {
    const questions = askFeature(ensemble, feature, nodesOf.get(feature) ?? [], conditionOfNode, conditionCount);
    conditionCount += questions.conditions.length;
    features.push(questions);
  }
  return { features, conditionCount, conditionOfNode };
}

function askFeature(
  ensemble: TreeEnsemble,
  feature: number,
  nodes: readonly number[],
  conditionOfNode: Int32Array,
  before: number,
): FeatureQuestions {
  const cuts = Float32Array.from(new Set(nodes.map((node) => ensemble.cut[node] ?? 0))).sort();
  const rankOf = new Map([...cuts].map((cut, rank) => [cut, rank]));
  const places = new Map<number, number>();
  const conditions: Condition[] = [];
  for (const node of nodes) {
    const cut = rankOf.get(ensemble.cut[node] ?? 0) ?? 0;
    const nanHigh = ensemble.nanHigh[node] === 1;
    const key = cut * 2 + (nanHigh ? 1 : 0);
    const place = places.get(key) ?? conditions.push({ cut, nanHigh }) - 1;
    places.set(key, place);
    conditionOfNode[node] = before + place;
  }
  return { feature, cuts, conditions };
}

/**
 * The bin of NaN. Where one number would take the same way through all conditions as NaN does, NaN has that number's
 * bin; our trainer writes models in which that is 0. Else `isMixed`: NaN has a bin above all, and the conditions that
 * send it low are corrected.
 */
export function placeNan({ cuts, conditions }: FeatureQuestions): { readonly bin: number; readonly isMixed: boolean } {
  let firstLow = cuts.length;
  let firstAboveHigh = 0;
  for (const { cut, nanHigh } of conditions) {
    if (nanHigh) firstAboveHigh = Math.max(firstAboveHigh, cut + 1);
    else firstLow = Math.min(firstLow, cut);
  }
  return firstAboveHigh <= firstLow ? { bin: firstAboveHigh, isMixed: false } : { bin: cuts.length + 1, isMixed: true };
}
