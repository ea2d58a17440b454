import type { ModeTree } from './tree-models.js';

/** Numbers from 0 to 1 that depend on the seed alone. */
export type Chance = () => number;

export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface RandomTrees {
  readonly featureCount: number;
  readonly trees: number;
  readonly maxDepth: number;
  readonly maxLeaves: number;
  readonly modes: readonly string[];
  /** What thresholds are drawn from. */
  readonly thresholds: readonly number[];
  readonly missing: 'none' | 'by-node';
  readonly weight: (chance: Chance) => number;
}

/** Trees grown leaf by leaf at random places, as gradient boosting grows them. Some features are never used. */
export function growTrees(shape: RandomTrees, chance: Chance): readonly ModeTree[] {
  const used = Math.max(1, Math.ceil(shape.featureCount * chance()));
  return Array.from({ length: shape.trees }, () => {
    const leaves = 1 + Math.floor(chance() * shape.maxLeaves);
    return growTree(shape, { leaves, depth: shape.maxDepth, features: used }, chance);
  });
}

function growTree(
  shape: RandomTrees,
  left: { readonly leaves: number; readonly depth: number; readonly features: number },
  chance: Chance,
): ModeTree {
  if (left.leaves < 2 || left.depth === 0) return { leaf: shape.weight(chance) };
  const yesLeaves = 1 + Math.floor(chance() * (left.leaves - 1));
  return {
    mode: pick(shape.modes, chance),
    feature: Math.floor(chance() * left.features),
    threshold: pick(shape.thresholds, chance),
    missingYes: shape.missing === 'by-node' && chance() < 0.5,
    yes: growTree(shape, { ...left, leaves: yesLeaves, depth: left.depth - 1 }, chance),
    no: growTree(shape, { ...left, leaves: left.leaves - yesLeaves, depth: left.depth - 1 }, chance),
  };
}

export function pick<T>(items: readonly T[], chance: Chance): T {
  return items[Math.floor(chance() * items.length)]!;
}

/** The thresholds, both of their float32 neighbours, and every kind of number that a comparison could get wrong. */
export function trickyValues(thresholds: readonly number[]): readonly number[] {
  const neighbours = thresholds.flatMap((threshold) => [threshold, ...neighboursOf(threshold)]);
  return [...neighbours, NaN, Infinity, -Infinity, 0, -0, 2 ** -149, -(2 ** -149), 3.4e38, -3.4e38, 1e-38];
}

function neighboursOf(value: number): number[] {
  const number = new Float32Array([value]);
  const bits = new Int32Array(number.buffer);
  if (!Number.isFinite(number[0])) return [];
  return [1, -1].map((step) => {
    const moved = new Int32Array([bits[0]! + step]);
    return new Float32Array(moved.buffer)[0]!;
  });
}
