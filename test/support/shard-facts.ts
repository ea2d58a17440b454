import type { ModelShardFacts, ShardFacts } from '../../domain/shard-facts.js';

/** A model's scores on a part of ten rows with a mean of 0.5, and nothing wrong with them. */
export function modelFacts(overrides: Partial<ModelShardFacts> = {}): ModelShardFacts {
  return {
    modelDigest: 'champion',
    engine: 'onnx',
    positives: 2,
    nonFinite: 0,
    sum: 5,
    min: 0.1,
    max: 0.9,
    binCounts: [5, 5],
    ...overrides,
  };
}

/** A part of ten rows, each with its score. */
export function shardFacts(overrides: Partial<ShardFacts> = {}): ShardFacts {
  return {
    rowsIn: 10,
    rowsOut: 10,
    missingKeys: 0,
    extraKeys: 0,
    duplicateKeys: 0,
    models: [modelFacts()],
    churn: [],
    ...overrides,
  };
}
