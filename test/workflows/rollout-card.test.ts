import { describe, expect, it } from 'vitest';
import type { RolloutLook, SeenCheck } from '../../domain/rollout/look.js';
import type { RolloutProgress } from '../../domain/rollout/rollout-plan.js';
import { renderGoAheadRequest, renderStep } from '../../workflows/cards/rollout-step-card.js';
import { lookOf, promotionPlan } from '../support/workflow-fakes.js';

const checks: readonly SeenCheck[] = [
  { name: 'harm', verdict: 'pass', why: 'loss', value: -0.012345, limit: 0, n: 4, unit: 'windows' },
  {
    name: 'sample-ratio',
    verdict: 'inconclusive',
    why: 'odd',
    value: 8.7e-6,
    limit: 0.001,
    n: 1_234,
    unit: 'entities',
  },
  { name: 'decision-churn', verdict: 'fail', why: 'differ', value: 0.6, limit: 0.5, n: 20_000, unit: 'decisions' },
];
const rows = [
  '| check | verdict | value | limit | n |',
  '|---|---|---|---|---|',
  '| decision churn | fail | 0.6 | 0.5 | 20,000 decisions |',
  '| sample ratio | inconclusive | 8.7e−6 | 0.001 | 1,234 entities |',
  '| harm | pass | −0.0123 | 0 | 4 windows |',
].join('\n');
const progress: RolloutProgress = {
  phase: 'step',
  step: 1,
  steps: 2,
  sharePercent: 25,
  cyclesPublished: 2,
  cyclesMatured: 1,
  cyclesNeeded: 2,
  sentence: 'Waiting.',
};

describe('the checks of a look', () => {
  it('stand on the card of a step with value, limit and n, what went wrong first', () => {
    expect(renderStep(promotionPlan, { ...progress, checks })).toContain(`Waiting.\n\n${rows}\n\nTo take it back`);
  });

  it('stand on the card that asks a person', () => {
    const look: RolloutLook = { ...lookOf('inconclusive'), checks };
    expect(renderGoAheadRequest(promotionPlan, look, '2001-03-10T00:00:00.000Z')).toContain(rows);
  });

  it('are left out before the first look, and are named without numbers where an older run has none', () => {
    expect(renderStep(promotionPlan, progress)).not.toContain('| check |');
    const older: readonly SeenCheck[] = [{ name: 'unserved', verdict: 'pass', why: 'all' }];
    expect(renderStep(promotionPlan, { ...progress, checks: older })).toContain(
      '| windows not scored | pass | – | – | – |',
    );
  });
});
