import { expect, it } from 'vitest';
import { loadValidationScores } from '../../../activities/scoring/open-models.js';

const profile = {
  rows: 500,
  numeric: {},
  categorical: {},
  scores: { mean: 0.25, cuts: [-4, -1, 0, 2, 6.5], shares: [0.2, 0.2, 0.2, 0.1, 0.1, 0.2] },
};
const bundles = { profile: () => Promise.resolve(profile) };
const models = ['m1', 'baseline'].map((modelDigest) => ({ registeredName: 'prices', version: '1', modelDigest }));

it('says of predicted numbers how wide their validation scores are, of probabilities not, and of a baseline nothing', async () => {
  const scores = { mean: 0.25, shares: profile.scores.shares, rows: 500 };
  expect(await loadValidationScores(bundles, models, 'binary')).toEqual({ m1: scores });
  expect(await loadValidationScores(bundles, models, 'regression')).toEqual({ m1: { ...scores, width: 10.5 } });
});
