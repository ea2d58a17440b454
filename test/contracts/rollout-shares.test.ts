import { describe, expect, it } from 'vitest';
import { rolloutStep } from '../../contracts/pipeline-definition.js';

const messagesOf = (sharePercent: unknown) =>
  rolloutStep.safeParse({ kind: 'share', sharePercent }).error?.issues.map(({ message }) => message) ?? [];

describe('the share of a rollout step', () => {
  it.each([0.01, 0.29, 1, 5, 25, 33.33, 99.99, 100])('may be %d percent', (share) => {
    expect(messagesOf(share)).toEqual([]);
  });

  it.each([
    [0, /a share above 0 percent/],
    [-1, /a share above 0 percent/],
    [101, /a share of at most 100 percent/],
    [0.001, /two decimals at most/],
    [33.333, /two decimals at most/],
    ['5', /a share above 0 and up to 100 percent/],
  ])('may not be %j', (share, message) => {
    expect(messagesOf(share)).toEqual([expect.stringMatching(message)]);
  });
});
