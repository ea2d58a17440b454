import type {
  ChurnCount,
  CohortCounts,
  ModelShardFacts,
  ScoringEngine,
  ServedCount,
  ShardFacts,
} from '../shard-facts.js';

/** The facts of all parts of a window together. */
export type WindowFacts = Omit<ShardFacts, 'models'> & { readonly models: readonly ModelFacts[] };

export type ModelFacts = Omit<ModelShardFacts, 'engine'> & {
  /** What computed the scores; more than one where parts were scored in different ways. */
  readonly engines: readonly ScoringEngine[];
};

/** Adds one part to those before it; null before the first. In the order of the parts the same facts give the same sums. */
export function mergeShardFacts(merged: WindowFacts | null, shard: ShardFacts): WindowFacts {
  const before = merged ?? nothing;
  const cohorts = mergeCohorts(before.cohorts, shard.cohorts);
  return {
    rowsIn: before.rowsIn + shard.rowsIn,
    rowsOut: before.rowsOut + shard.rowsOut,
    missingKeys: before.missingKeys + shard.missingKeys,
    extraKeys: before.extraKeys + shard.extraKeys,
    duplicateKeys: before.duplicateKeys + shard.duplicateKeys,
    models: mergeModels(before.models, shard.models),
    churn: mergeChurn(before.churn, shard.churn),
    ...(cohorts === undefined ? {} : { cohorts }),
  };
}

const nothing: WindowFacts = {
  rowsIn: 0,
  rowsOut: 0,
  missingKeys: 0,
  extraKeys: 0,
  duplicateKeys: 0,
  models: [],
  churn: [],
};

function mergeCohorts(left: CohortCounts | undefined, right: CohortCounts | undefined): CohortCounts | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return {
    champion: addServed(left.champion, right.champion),
    challenger: addServed(left.challenger, right.challenger),
    withoutEntity: left.withoutEntity + right.withoutEntity,
  };
}

function addServed(left: ServedCount, right: ServedCount): ServedCount {
  return { rows: left.rows + right.rows, positives: left.positives + right.positives };
}

function mergeModels(before: readonly ModelFacts[], shard: readonly ModelShardFacts[]): readonly ModelFacts[] {
  const models = new Map(before.map((model) => [model.modelDigest, model]));
  for (const { engine, ...model } of shard) {
    const known = models.get(model.modelDigest);
    const added = { ...model, engines: [engine] };
    models.set(model.modelDigest, known === undefined ? added : addModel(known, added));
  }
  return [...models.values()];
}

function addModel(left: ModelFacts, right: ModelFacts): ModelFacts {
  const bins = Math.max(left.binCounts.length, right.binCounts.length);
  return {
    modelDigest: left.modelDigest,
    engines: [...new Set([...left.engines, ...right.engines])],
    positives: left.positives + right.positives,
    nonFinite: left.nonFinite + right.nonFinite,
    sum: left.sum + right.sum,
    min: outermost(Math.min, left.min, right.min),
    max: outermost(Math.max, left.max, right.max),
    binCounts: Array.from({ length: bins }, (_, bin) => (left.binCounts[bin] ?? 0) + (right.binCounts[bin] ?? 0)),
  };
}

function outermost(choose: (a: number, b: number) => number, left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return choose(left, right);
}

function mergeChurn(before: readonly ChurnCount[], shard: readonly ChurnCount[]): readonly ChurnCount[] {
  const counts = new Map(before.map((count) => [keyOf(count), count]));
  for (const count of shard) {
    const known = counts.get(keyOf(count)) ?? { ...count, rows: 0, flips: 0 };
    counts.set(keyOf(count), { ...known, rows: known.rows + count.rows, flips: known.flips + count.flips });
  }
  return [...counts.values()];
}

function keyOf({ against, slice }: ChurnCount): string {
  return JSON.stringify([against, slice?.column, slice?.value]);
}
