import fc from 'fast-check';

/** Values near to a decision: the right fields with wrong contents, wrong fields, or no object at all. */
const nearlyDecision = fc.record(
  {
    by: fc.oneof(fc.string(), fc.constant(null), fc.integer()),
    reportDigest: fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{0,7}$/), fc.constant(null), fc.boolean()),
    reason: fc.oneof(fc.string(), fc.array(fc.string())),
    ['__proto__']: fc.constant({ by: 'nobody' }),
    constructor: fc.string(),
  },
  { requiredKeys: [] },
);

/** Whatever JSON a person or a program may send. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(fc.jsonValue(), nearlyDecision);
