import { describe, expect, it } from 'vitest';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { definition, numbers, problemsOf, showsNumbers } from '../support/gated-definition.js';

describe('the threshold of the baseline', () => {
  const parse = (sections: Record<string, unknown>) => parsePipeline(definition(sections), 'here').baseline.threshold;

  it('is one half for a label of two classes', () => {
    expect(parse({})).toBe(0.5);
    expect(parse({ baseline: { expression: 'weight / 100', threshold: 0.25 } })).toBe(0.25);
  });

  it('has to be given in the unit of a label that is a number', () => {
    expect(parse({ ...numbers, gates: [showsNumbers] })).toBe(35);
    expect(problemsOf({ ...numbers, baseline: { expression: '10 + weight' }, gates: [showsNumbers] })).toEqual([
      {
        field: 'baseline.threshold',
        found: 'nothing',
        expected:
          'a number in the unit of minutes, such as 35: from it on a prediction of the baseline is a positive decision',
      },
    ]);
  });
});

describe('a sensitive column', () => {
  const withSensitive = (...sensitive: readonly string[]) =>
    problemsOf({ dataset: { ...definition().dataset, sensitive } });

  it.each([
    ['a feature', 'weight', 'a column that no model sees'],
    ['a feature in other letters', 'Weight', 'a column that no model sees'],
    ['the label', 'lost', 'a column of people or things'],
  ])('may not be %s', (_, column, expected) => {
    expect(withSensitive('sex', column)).toMatchObject([{ field: 'dataset.sensitive.1', expected }]);
  });

  it('is named once', () => {
    expect(withSensitive('sex', 'sex')).toMatchObject([{ field: 'dataset.sensitive.1', expected: 'each column once' }]);
  });
});
