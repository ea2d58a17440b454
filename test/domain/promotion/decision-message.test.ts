import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleDecision, parseDecision } from '../../../domain/promotion/decision-message.js';
import { anyJson } from '../../support/json-values.js';

const decisions = ['approve', 'reject', 'abort'] as const;
const digest = 'ab12cd34';

function problemsOf(decision: (typeof decisions)[number], payload: unknown): readonly string[] {
  const parsed = parseDecision(decision, payload);
  return parsed.ok ? [] : parsed.problems;
}

describe('a decision', () => {
  it.each(decisions)('%s is accepted as its own example shows it', (decision) => {
    expect(problemsOf(decision, JSON.parse(exampleDecision(decision)))).toEqual([]);
  });

  it('is trimmed, and its digest compared in lower case', () => {
    expect(parseDecision('approve', { by: ' Anna ', reportDigest: ' AB12CD34 ', reason: ' fine ' })).toEqual({
      ok: true,
      message: { decision: 'approve', by: 'Anna', reportDigest: digest, reason: 'fine', nonce: null, signature: null },
    });
  });

  it('to abort names no report unless the person wants to', () => {
    expect(parseDecision('abort', { by: 'Anna' })).toMatchObject({ ok: true, message: { reportDigest: null } });
    expect(problemsOf('abort', { by: 'Anna', reportDigest: digest })).toEqual([]);
    expect(problemsOf('abort', { by: 'Anna', reportDigest: 'abc' })).toHaveLength(2);
  });

  it.each(['approve', 'reject'] as const)('to %s names a report', (decision) => {
    expect(problemsOf(decision, { by: 'Anna' })[0]).toContain('"reportDigest" is missing');
  });
});

describe('a report digest', () => {
  it.each([8, 9, 63, 64])('of %i characters is enough', (length) => {
    expect(problemsOf('approve', { by: 'Anna', reportDigest: 'a'.repeat(length) })).toEqual([]);
  });

  it.each([0, 7, 65])('of %i characters is not', (length) => {
    expect(problemsOf('approve', { by: 'Anna', reportDigest: 'a'.repeat(length) })[0]).toContain(
      'at least the first 8',
    );
  });

  it('holds only hexadecimal digits', () => {
    expect(problemsOf('approve', { by: 'Anna', reportDigest: 'xyzxyzxyz' })[0]).toContain('is "xyzxyzxyz"');
  });
});

describe('a signature', () => {
  const nonce = 'n'.repeat(16);
  const signature = `${'A'.repeat(86)}==`;
  const approval = { by: 'Anna', reportDigest: digest, reason: 'fine' };

  it('comes with the nonce that it covers', () => {
    expect(parseDecision('approve', { ...approval, nonce, signature })).toMatchObject({
      ok: true,
      message: { nonce, signature },
    });
    expect(problemsOf('approve', { ...approval, signature })[0]).toContain('"nonce" is missing, expected 16 to 64');
  });

  it.each([
    ['too short', 'A'.repeat(84)],
    ['without its padding', 'A'.repeat(88)],
    ['with signs of base64url', `${'-'.repeat(86)}==`],
    ['no text', 7],
  ])('%s is not one', (_, found) => {
    expect(problemsOf('abort', { by: 'Anna', nonce, signature: found })[0]).toContain('64 bytes in base64');
  });

  it.each(['n'.repeat(15), 'n'.repeat(65), 'with a space in it', 4])('has no nonce like %j', (found) => {
    expect(problemsOf('abort', { by: 'Anna', nonce: found, signature })[0]).toContain('"nonce" is');
  });
});

describe('a message that is no decision', () => {
  it('is told every problem at once, and ends with an example', () => {
    expect(problemsOf('reject', { by: 7, raeson: 'typo', reportDigest: null })).toEqual([
      'unknown field "raeson", expected only by, reportDigest, reason, nonce, signature',
      '"by" is 7, expected text',
      '"reportDigest" is null, expected at least the first 8 characters of the report\'s digest',
      'example: {"reportDigest":"0123abcd","by":"your name","reason":"why"}',
    ]);
  });

  it.each([
    [undefined, 'missing'],
    [null, 'null'],
    [[], 'a list'],
    ['yes', '"yes"'],
    [1, '1'],
    [false, 'false'],
  ])('like %j is described as %s', (payload, found) => {
    expect(problemsOf('abort', payload)).toEqual([
      `the payload is ${found}, expected one JSON object like {"by":"your name","reason":"why"}`,
    ]);
  });

  it('never throws, and never passes without a name and, but for an abort, a digest', () => {
    fc.assert(
      fc.property(fc.constantFrom(...decisions), anyJson, (decision, payload) => {
        const parsed = parseDecision(decision, payload);
        if (!parsed.ok) return parsed.problems.length > 0;
        const { by, reportDigest, nonce, signature } = parsed.message;
        const isWhole = signature === null || nonce !== null;
        return isWhole && by !== '' && (decision === 'abort' || /^[0-9a-f]{8,64}$/.test(reportDigest ?? ''));
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws on something like a decision either', () => {
    const field = fc.oneof(anyJson, fc.constantFrom('Anna', digest, 'n'.repeat(20), `${'A'.repeat(86)}==`));
    const record = fc.record(
      { by: field, reportDigest: field, reason: field, nonce: field, signature: field },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...decisions), record, (decision, payload) => {
        const parsed = parseDecision(decision, payload);
        return parsed.ok || parsed.problems.at(-1)?.startsWith('example: ') === true;
      }),
      { numRuns: 10_000 },
    );
  });
});
