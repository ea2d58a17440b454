import { describe, expect, it } from 'vitest';
import { planInputChanges } from '../../../domain/gates/input-changes.js';

const features = [
  { name: 'distance', kind: 'numeric' },
  { name: 'origin', kind: 'categorical' },
] as const;
const dictionary = { origin: ['ATL', 'SEA'] };
const profileOf = (cuts: readonly number[]) => ({ numeric: { distance: { cuts, shares: [], nullShare: 0 } } });

const beyond = (cuts: readonly number[]) =>
  planInputChanges({ features }, dictionary, profileOf(cuts)).find(
    ({ kind, feature }) => kind === 'out-of-range' && feature === 'distance',
  )?.changes[0];

describe('planned changes of inputs', () => {
  it('moves a number ten ranges beyond what training saw, to both sides', () => {
    expect(beyond([100, 300, 500])).toEqual({ feature: 'distance', change: 'alternate', low: -3900, high: 4500 });
  });

  it('moves a number that never varied by its own size, and at least by one', () => {
    expect(beyond([7])).toMatchObject({ low: -63, high: 77 });
    expect(beyond([])).toMatchObject({ low: -10, high: 10 });
  });

  it('takes the code behind the dictionary for a category that is unseen or missing', () => {
    const origin = planInputChanges({ features }, dictionary, profileOf([1])).filter(
      ({ feature }) => feature === 'origin',
    );
    const unknown = [{ feature: 'origin', change: 'replace', value: 2 }];
    expect(origin).toEqual([
      { kind: 'out-of-range', feature: 'origin', changes: unknown },
      { kind: 'missing', feature: 'origin', changes: unknown },
    ]);
  });

  it('perturbs nothing where there is no number', () => {
    const kinds = planInputChanges({ features: features.slice(1) }, dictionary, profileOf([])).map(({ kind }) => kind);
    expect(kinds).toEqual(['out-of-range', 'missing']);
  });
});
