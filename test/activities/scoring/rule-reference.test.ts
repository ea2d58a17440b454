import { describe, expect, it } from 'vitest';
import { loadRuleReference } from '../../../activities/scoring/rule-reference.js';
import { PermanentFailure } from '../../../domain/failure-types.js';
import type { TrainingProfile } from '../../../domain/model-bundle.js';
import type { ValidationRule } from '../../../domain/validation/rules.js';
import { flightsDefinition } from '../../support/flights-definition.js';

const profile: TrainingProfile = { rows: 1, numeric: {}, categorical: {}, scores: { mean: 0, cuts: [], shares: [] } };
const dictionary = { origin: ['ABC'] };
const compares: ValidationRule = { check: 'distribution', column: 'distance', max: 0.1, name: 'd', severity: 'stop' };

function bundles(open: () => Promise<object>) {
  return { open, profile: () => Promise.resolve(profile) } as Parameters<typeof loadRuleReference>[0];
}

describe('what rules compare with', () => {
  const whole = bundles(() => Promise.resolve({ dictionary }));

  it('is the champion, where a rule does', async () => {
    const definition = flightsDefinition({ validation: [compares] });
    expect(await loadRuleReference(whole, definition, 'a')).toEqual({ modelDigest: 'a', profile, dictionary });
    expect(await loadRuleReference(whole, flightsDefinition(), 'a')).toBeNull();
  });

  it('is nothing when the champion cannot be opened: a fallback may still score', async () => {
    const broken = bundles(() => Promise.reject(new PermanentFailure('MODEL_CORRUPT', 'torn')));
    expect(await loadRuleReference(broken, flightsDefinition({ validation: [compares] }), 'a')).toBeNull();
  });

  it('is tried again when something passing went wrong', async () => {
    const away = bundles(() => Promise.reject(new Error('the store is away')));
    await expect(loadRuleReference(away, flightsDefinition({ validation: [compares] }), 'a')).rejects.toThrow('away');
  });
});
