import { describe, expect, it } from 'vitest';
import * as rules from '../../../contracts/define-pipeline.js';
import { toValidationRule, validationSection, type RuleInput } from '../../../contracts/validation-rules.js';
import type { RuleResult } from '../../../domain/validation/results.js';
import type { Order } from '../../support/orders.js';
import { many, reference, resultOf, useValidatedOrders } from '../../support/validated-orders.js';

const held = useValidatedOrders();
const { validate } = held;

describe('a family of anomalies', () => {
  const two = [{}, {}];
  const evenly = many(400, (k) => ({ amount: k % 2 === 0 ? '5' : '15', colour: k % 2 === 0 ? 'red' : 'blue' }));
  const unevenly = many(400, (k) => ({ amount: k % 4 === 0 ? '5' : '15', colour: k % 4 === 0 ? 'red' : 'blue' }));

  /** Name (TFDV's where it has one), a rule, a batch that holds, one that does not, and what was found in that one. */
  const families: readonly (readonly [
    string,
    RuleInput,
    readonly Partial<Order>[],
    readonly Partial<Order>[],
    Partial<RuleResult>,
  ])[] = [
    [
      'type mismatch: poison strings',
      rules.numeric('amount'),
      two,
      [{ amount: 'ten' }, {}],
      { failing: 1, checked: 2, found: 0.5, examples: ['ten'] },
    ],
    ['FLOAT_TYPE_HAS_NAN', rules.finite('amount'), two, [{ amount: 'nan' }, {}], { failing: 1, examples: ['nan'] }],
    [
      'FLOAT_TYPE_HAS_INF',
      rules.finite('amount'),
      two,
      [{ amount: 'inf' }, { amount: '-inf' }],
      { failing: 2, examples: ['-inf', 'inf'] },
    ],
    [
      'FEATURE_TYPE_LOW_FRACTION_PRESENT',
      rules.nullShare('colour', { max: 0.5 }),
      [{ colour: '' }, {}],
      [{ colour: '' }, { colour: '' }, {}],
      { found: 2 / 3, limit: 'at most 0.5' },
    ],
    [
      'FEATURE_TYPE_LOW_NUMBER_PRESENT',
      rules.present('colour', { min: 2 }),
      two,
      [{ colour: '' }, {}],
      { found: 1, limit: 'at least 2' },
    ],
    ['a missing value', rules.notNull('colour'), two, [{ colour: '' }, {}], { failing: 1, checked: 2, examples: [] }],
    [
      'ENUM_TYPE_UNEXPECTED_STRING_VALUES',
      rules.oneOf('colour', ['red', 'blue']),
      two,
      [{ colour: "ro'sa" }, {}],
      { failing: 1, examples: ["ro'sa"] },
    ],
    [
      'an unseen category',
      rules.oneOf('colour', 'training'),
      two,
      [{ colour: 'green' }, { colour: '' }],
      { failing: 1, checked: 1, examples: ['green'] },
    ],
    [
      'min_domain_mass (mostly)',
      rules.oneOf('colour', ['red'], { mostly: 0.5 }),
      [{}, { colour: 'x' }],
      [{}, { colour: 'x' }, { colour: 'y' }],
      { failing: 2, checked: 3, examples: ['x', 'y'] },
    ],
    [
      'INT/FLOAT_TYPE_SMALL',
      rules.inRange('amount', { min: 10 }),
      [{ amount: '10' }],
      [{ amount: '9.99' }],
      { failing: 1, examples: ['9.99'] },
    ],
    [
      'INT/FLOAT_TYPE_BIG',
      rules.inRange('amount', { max: 10 }),
      [{ amount: '10' }],
      [{ amount: '10.01' }],
      { failing: 1, examples: ['10.01'] },
    ],
    [
      'a pattern',
      rules.matches('colour', '[a-z]{3,4}'),
      [{}, { colour: '' }],
      [{ colour: 'reddish' }, {}],
      { failing: 1, checked: 2, examples: ['reddish'] },
    ],
    [
      'FEATURE_TYPE_HIGH_UNIQUE',
      rules.distinctCount('colour', { max: 2 }),
      [{}, { colour: 'b' }],
      [{}, { colour: 'b' }, { colour: 'c' }],
      { found: 3 },
    ],
    ['FEATURE_TYPE_LOW_UNIQUE', rules.distinctCount('colour', { min: 2 }), [{}, { colour: 'b' }], two, { found: 1 }],
    [
      'a constant column',
      rules.notConstant('amount'),
      [{ amount: '1' }, { amount: '2' }],
      two,
      { found: 1, checked: 2 },
    ],
    [
      'uniqueness',
      rules.unique('colour'),
      [{}, { colour: 'b' }, { colour: '' }, { colour: '' }],
      [{}, {}, { colour: 'b' }],
      { failing: 1, checked: 3, examples: ['red'] },
    ],
    [
      'compound uniqueness',
      rules.unique(['shop', 'colour']),
      [{}, { shop: 'south' }],
      two,
      { failing: 1, examples: ['north, red'] },
    ],
    ['duplicate rows', rules.noDuplicateRows(), [{}, { amount: '1' }], [{}, {}, {}], { failing: 2, checked: 3 }],
    ['DATASET_LOW_NUM_EXAMPLES', rules.rowCount({ min: 2 }), two, [{}], { found: 1, limit: 'at least 2' }],
    ['DATASET_HIGH_NUM_EXAMPLES', rules.rowCount({ max: 2 }), two, [{}, {}, {}], { found: 3, limit: 'at most 2' }],
    ['NO_DATA_IN_SPAN', rules.rowCount({ min: 1 }), [{}], [], { found: 0 }],
    [
      'a timestamp in the future',
      rules.notInFuture('recorded_at'),
      [{ colour: '2024-01-05T12:00:00' }, {}],
      [{ colour: '2024-01-05T12:00:01' }],
      { failing: 1, examples: ['2024-01-05 12:00:01'] },
    ],
    [
      'freshness of recording',
      rules.fresh({ within: '2 hours', column: 'recorded_at' }),
      [{ colour: '2024-01-05T10:00:00' }, { colour: '2023-01-01' }],
      [{ colour: '2024-01-05T09:59:59' }],
      { found: 7_201_000 },
    ],
    [
      'COMPARATOR_L_INFTY_HIGH',
      rules.distributedAsTrained('colour', { max: 0.2 }),
      evenly,
      unevenly,
      { found: 0.25, checked: 400 },
    ],
    // Half of 0.5 log2(0.5/0.375) + 0.5 log2(0.5/0.625) + 0.25 log2(0.25/0.375) + 0.75 log2(0.75/0.625) is 0.048795.
    [
      'JENSEN_SHANNON_DIVERGENCE_HIGH',
      rules.distributedAsTrained('amount', { max: 0.2 }),
      evenly,
      unevenly,
      { checked: 400, found: expect.closeTo(0.220896, 6) as number },
    ],
    [
      'a rise of the null share',
      rules.nullShareAsTrained('colour'),
      evenly,
      many(400, (k) => ({ colour: k < 21 ? '' : 'red' })),
      { found: 0.0525 },
    ],
    [
      'a null share beyond 3 sd',
      rules.nullShareAsTrained('amount', { deviations: 3 }),
      evenly,
      many(400, (k) => ({ amount: k < 1 ? '' : '5' })),
      { found: 0.0025 },
    ],
  ];

  it.each(families)('stops the batch, and only then: %s', async (_, rule, good, bad, found) => {
    const whole = await validate({ orders: good, rules: [rule], reference, maxQuarantineShare: 1 });
    const name = toValidationRule(validationSection.parse([rule])[0] as never).name;
    expect(resultOf(whole, name)).toMatchObject({ verdict: 'passed' });
    expect(whole.validation).toMatchObject({ status: 'passed', grounds: [], warnings: [] });
    await held.world.remove();
    const batch = await validate({ orders: bad, rules: [rule], reference, maxQuarantineShare: 1 });
    expect(resultOf(batch, name)).toMatchObject({ verdict: 'failed', ...found });
    expect(batch.validation).toMatchObject({ status: 'stopped', grounds: [expect.stringContaining(name)] });
  });
});

describe('freshness of events', () => {
  it.each([
    ['1 day', 'passed'],
    ['86399 seconds', 'stopped'],
  ])("is asked at the window's end, a day after the newest event: within %s is %s", async (within, status) => {
    const manifest = await validate({ orders: [{}], rules: [rules.fresh({ within })] });
    expect(manifest.validation.status).toBe(status);
    expect(resultOf(manifest, 'fresh')).toMatchObject({ found: 86_400_000, checked: 1 });
  });
});
