import { describe, expect, it } from 'vitest';
import { computeImportance, joinImportance } from '../../../domain/gates/permutation-importance.js';

describe('permutation importance', () => {
  it('is the mean loss over the repeats, with the population standard deviation that scikit-learn gives', () => {
    const metrics = { unchanged: 0.7, shuffled: [{ feature: 'distance', metrics: [0.5, 0.6, 0.4] }] };
    const importance = computeImportance(metrics, true).get('distance');
    expect(importance?.mean).toBeCloseTo(0.2, 12);
    // numpy.std([0.2, 0.1, 0.3]) is the square root of 0.02 / 3.
    expect(importance?.sd).toBeCloseTo(0.081649658092772, 12);
  });

  it('is above zero for a feature that is needed, also where less of the metric is better', () => {
    const metrics = { unchanged: 10, shuffled: [{ feature: 'distance', metrics: [12, 14] }] };
    expect(computeImportance(metrics, false).get('distance')).toEqual({ mean: 3, sd: 1 });
  });

  it('lists the challenger by importance, ties by name, and then what only the champion uses', () => {
    const side = (means: Record<string, number>) =>
      new Map(Object.entries(means).map(([feature, mean]) => [feature, { mean, sd: 0 }]));
    const joined = joinImportance(side({ b: 0.1, a: 0.1, c: 0.5 }), side({ old: 0.1, older: 0.2, a: 0.9 }));
    expect(joined.map(({ feature }) => feature)).toEqual(['c', 'a', 'b', 'older', 'old']);
    expect(joined[1]).toEqual({ feature: 'a', challenger: { mean: 0.1, sd: 0 }, champion: { mean: 0.9, sd: 0 } });
    expect(joined[0]?.champion).toBeNull();
    expect(joined[3]?.challenger).toBeNull();
  });
});
