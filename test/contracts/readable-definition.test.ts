import { describe, expect, it } from 'vitest';
import * as helpers from '../../contracts/define-pipeline.js';
import { entryExamples, fieldExamples } from '../../contracts/definition-examples.js';
import { parsePipeline } from '../../contracts/parse-pipeline.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { keyHolder } from '../support/approvers.js';
import { minimal, problemsOf } from '../support/parcels-definition.js';

const { fair, loads, notWorse, share, worstSlice } = helpers;

const fieldsOf = (value: unknown): readonly string[] =>
  problemsOf(value)
    .map(({ field }) => field)
    .sort();

function exampleOf(value: unknown): string | undefined {
  try {
    parsePipeline(value, 'here');
  } catch (error) {
    if (error instanceof PermanentFailure) return error.example;
  }
  return undefined;
}

/** What a definition file would export that says this. */
function written(text: string): unknown {
  const key = keyHolder('Ada Park').publicKey;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- examples are text, and this is how they are used.
  const read = new Function(...Object.keys(helpers), `return ${text.replace('…', key)}`) as (
    ...given: unknown[]
  ) => unknown;
  return read(...Object.values(helpers));
}

describe('a definition with several mistakes', () => {
  it('is told of what does not fit together beside what is wrong by itself', () => {
    const parts = {
      label: { column: 'lost', delay: 'soon' },
      gates: [
        { ...fair('depot', { measure: 'equal-opportunity', maxDifference: 0.1 }), measure: 'justice' },
        worstSlice('dopot', { minRows: 500, harm: 0.02 }),
        notWorse('auc', { margin: 5 }),
        notWorse('auc', { margin: 0.01 }),
      ],
      rollout: [share(0), share(25), share(10), share(101)],
      retention: { grace: '1 hour', rollbackHorizon: 'long' },
    };
    expect(fieldsOf({ ...minimal(), ...parts })).toEqual(
      [
        'gates.0.measure',
        'gates.1.column',
        'gates.2.margin',
        'gates.3',
        'label.delay',
        'rollout.0.sharePercent',
        'rollout.2',
        'rollout.3.sharePercent',
        'retention.rollbackHorizon',
      ].sort(),
    );
    const again = problemsOf({ ...minimal(), ...parts }).find(({ field }) => field === 'gates.3');
    expect(again?.found).toMatch(/as in gates\.2$/);
  });

  it('is told nothing about a list as a whole while one of its entries is unknown', () => {
    const parts = { gates: [notWorse('auc', { margin: 0 }), loads()], rollout: [share(0, { cycles: 20 })] };
    expect(fieldsOf({ ...minimal(), ...parts })).toEqual(['gates.0.margin', 'rollout.0.sharePercent']);
    expect(fieldsOf({ ...minimal(), gates: [loads()] })).toEqual(['gates']);
  });

  it('is told a valid example of each field that is wrong, and of a gate by its own check', () => {
    const example = exampleOf({
      ...minimal(),
      window: { every: 1, start: '2024-01-01' },
      gates: [notWorse('auc', { margin: 0.01 }), { check: 'fair' }],
    });
    expect(example?.split(/\n */)).toEqual([
      "window: { every: '1 day' }",
      "gates: [fair('origin', { measure: 'demographic-parity', maxDifference: 0.1 })]",
    ]);
  });

  it('would be accepted with any of the examples it is told', () => {
    const lines = Object.entries(fieldExamples).map(([section, example]) =>
      typeof example === 'string'
        ? `${section}: ${example}`
        : `${section}: { ${Object.entries(example)
            .map(([name, text]) => `${name}: ${text}`)
            .join(', ')} }`,
    );
    const entries = Object.entries(entryExamples).map(
      ([section, examples]) => `${section}: [${Object.values(examples).join(', ')}]`,
    );
    expect(problemsOf(written(`{ ${lines.join(', ')}, ${entries.join(', ')} }`))).toEqual([]);
  });
});

describe('features that monitoring ignores', () => {
  it('are features, and are not part of a definition that names none', () => {
    expect(problemsOf({ ...minimal(), monitor: { ignore: ['weight', 'wait'] } })).toEqual([
      { field: 'monitor.ignore.1', found: '"wait"', expected: 'one of the features: weight, depot' },
    ]);
    expect(parsePipeline(minimal(), 'here').monitor).not.toHaveProperty('ignore');
  });
});
