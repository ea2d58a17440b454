import { describe, expect, it } from 'vitest';
import { mergeShardFacts, type WindowFacts } from '../../../domain/audit/window-facts.js';
import type { ShardFacts } from '../../../domain/shard-facts.js';
import { modelFacts, shardFacts } from '../../support/shard-facts.js';

function mergeAll(...shards: readonly ShardFacts[]): WindowFacts | null {
  return shards.reduce<WindowFacts | null>(mergeShardFacts, null);
}

describe('the facts of a window', () => {
  it('are the sums of its parts, with the outermost scores', () => {
    const [low, high] = [modelFacts({ min: -1, max: 0.5, sum: 2 }), modelFacts({ min: 0, max: 3, binCounts: [1, 9] })];
    const merged = mergeAll(
      shardFacts({ rowsOut: 9, missingKeys: 1, models: [low] }),
      shardFacts({ rowsOut: 11, extraKeys: 1, duplicateKeys: 2, models: [high] }),
    );
    expect(merged).toMatchObject({ rowsIn: 20, rowsOut: 20, missingKeys: 1, extraKeys: 1, duplicateKeys: 2 });
    expect(merged?.models).toEqual([
      {
        modelDigest: 'champion',
        engines: ['onnx'],
        positives: 4,
        nonFinite: 0,
        sum: 7,
        min: -1,
        max: 3,
        binCounts: [6, 14],
      },
    ]);
  });

  it('take the other side where a part has no finite score', () => {
    const none = modelFacts({ min: null, max: null, sum: 0, nonFinite: 10 });
    const merged = mergeAll(shardFacts({ models: [none] }), shardFacts());
    expect(merged?.models[0]).toMatchObject({ min: 0.1, max: 0.9, nonFinite: 10 });
    expect(mergeAll(shardFacts({ models: [none] }))?.models[0]).toMatchObject({ min: null, max: null });
  });

  it('name every engine that computed scores, once', () => {
    const by = (engine: 'trees' | 'onnx') => shardFacts({ models: [modelFacts({ engine })] });
    expect(mergeAll(by('trees'), by('onnx'), by('trees'))?.models[0]?.engines).toEqual(['trees', 'onnx']);
  });

  it('keep churn apart by opponent, column and value', () => {
    const count = (against: string, value: string | null, flips: number) => ({
      against,
      slice: value === null ? null : { column: 'origin', value },
      rows: 10,
      flips,
    });
    const merged = mergeAll(
      shardFacts({ churn: [count('live', null, 1), count('live', 'ATL', 1), count('b', null, 4)] }),
      shardFacts({ churn: [count('live', null, 2), count('live', 'SEA', 2)] }),
    );
    expect(merged?.churn).toEqual([
      { ...count('live', null, 3), rows: 20 },
      count('live', 'ATL', 1),
      count('b', null, 4),
      count('live', 'SEA', 2),
    ]);
  });

  it('do not depend on how parts are grouped', () => {
    const parts = [1, 2, 3].map((positives) => shardFacts({ models: [modelFacts({ positives })] }));
    expect(mergeAll(...parts)?.models[0]?.positives).toBe(6);
    expect(mergeAll(...parts)?.rowsIn).toBe(30);
  });
});
