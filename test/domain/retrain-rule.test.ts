import { describe, expect, test } from 'vitest';
import { decideRetrain, type RetrainFacts } from '../../domain/retrain-rule.js';

const DAY_MS = 86_400_000;
const policy = { cooldownMs: 3 * DAY_MS, maxAgeMs: 30 * DAY_MS, minNewLabelledRows: 1000, maxPerWeek: 2 };

/** Three weeks of calm: nothing asks for a retrain and nothing forbids one. */
const calm: RetrainFacts = {
  asOf: '2001-04-22T14:00:00.000Z',
  trainedUntil: '2001-04-01T14:00:00.000Z',
  retrainedAt: ['2001-04-02T14:00:00.000Z'],
  newLabelledRows: 999,
  decayed: false,
  driftedFeatures: [],
  datasetDrifted: false,
  forced: false,
};
const decide = (facts: Partial<RetrainFacts>) => decideRetrain({ ...calm, ...facts }, policy);

describe('decideRetrain', () => {
  test('skips when nothing asks for it, and says what was weighed', () => {
    expect(decide({})).toEqual({
      decision: 'skip',
      grounds: [
        'nothing asks for it: no decay shown, inputs in place, 999 new labelled rows of 1,000 needed, data 21 days old of 30 days allowed',
      ],
    });
  });

  test.each([
    ['decay is shown', { decayed: true }],
    ['the inputs have moved', { datasetDrifted: true, driftedFeatures: ['distance'] }],
    ['enough new labelled rows are there', { newLabelledRows: 1000 }],
    ['the data is as old as allowed', { trainedUntil: '2001-03-23T14:00:00.000Z' }],
  ])('retrains when %s', (_when, facts) => {
    const { decision, grounds } = decide(facts);
    expect(decision).toBe('retrain');
    expect(grounds).toHaveLength(1);
  });

  test('does not retrain for single drifted features', () => {
    expect(decide({ driftedFeatures: ['weekday'] }).decision).toBe('skip');
  });

  test('waits for the cooldown to end, and goes on when it has', () => {
    expect(decide({ decayed: true, retrainedAt: ['2001-04-19T14:00:00.001Z'] }).decision).toBe('skip');
    expect(decide({ decayed: true, retrainedAt: ['2001-04-19T14:00:00.000Z'] }).decision).toBe('retrain');
  });

  test('keeps to the budget of a week', () => {
    const used = ['2001-04-16T14:00:00.000Z', '2001-04-18T14:00:00.000Z'];
    const over = decide({ decayed: true, retrainedAt: used });
    expect(over.decision).toBe('skip');
    expect(over.grounds.join()).toContain('budget of 2');
    const oneIsOld = ['2001-04-15T14:00:00.000Z', '2001-04-18T14:00:00.000Z'];
    expect(decide({ decayed: true, retrainedAt: oneIsOld }).decision).toBe('retrain');
  });

  test('does not train again on the same rows', () => {
    expect(decide({ decayed: true, newLabelledRows: 0 })).toMatchObject({ decision: 'skip' });
  });

  test('looks only at what had happened by the data clock', () => {
    expect(decide({ decayed: true, retrainedAt: ['2001-04-23T14:00:00.000Z'] }).decision).toBe('retrain');
  });

  test('trains the first version at once, and whenever a person asks', () => {
    expect(decide({ trainedUntil: null }).decision).toBe('retrain');
    expect(decide({ forced: true, retrainedAt: [calm.asOf], newLabelledRows: 0 }).decision).toBe('retrain');
  });
});
