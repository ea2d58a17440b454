import { afterEach, describe, expect, it } from 'vitest';
import { openPromotion, type PromotionPlan } from '../../../activities/promotion/begin-promotion.js';
import { createPromotionActivities } from '../../../activities/promotion/promotion-activities.js';
import type { DatasetBuilder } from '../../../activities/ports/dataset.js';
import type { GateOutcome } from '../../../workflows/api.js';
import { ActivityWorld, runOf, stampOf } from '../../support/activity-world.js';
import { LedgerBuilder, registered } from '../../support/ledger.js';
import { failingReport } from '../../support/workflow-fakes.js';

let world: ActivityWorld;
afterEach(() => world.remove());

function services() {
  const directory = { isRunning: () => Promise.resolve(false) };
  const notifier = { notify: () => Promise.resolve() };
  return { ...world.services, directory, notifier, dataset: {} as DatasetBuilder };
}

async function begin(version: string, asOf: string): Promise<PromotionPlan> {
  const input = { pipeline: 'flights', version, asOf };
  const plan = await openPromotion(services(), { input, run: runOf(`r${version}`), stamp: stampOf(`r${version}`) });
  if (plan.status !== 'open') throw new Error(plan.result.summary);
  return plan;
}

/** Measured on exactly the folds of the plan. */
function outcomeOf({ evidence }: PromotionPlan): GateOutcome {
  const folds = evidence.folds.map(({ window }) => ({ window, rows: 1000, snapshotDigest: 's' }));
  const checks = failingReport.checks.map((check, k) => ({ ...check, mode: k === 0 ? 'enforce' : 'advise' }) as const);
  return { ...failingReport, checks, folds, reportUrl: null };
}

describe('the record of measured gates', () => {
  it('holds the windows and the mode of each check, and the next challenger on these days knows of it', async () => {
    const ledger = new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).append(registered('c'));
    world = await ActivityWorld.create(ledger);
    const first = await begin('2', '2001-03-20');
    expect(first.evidence.reuse).toBe(1);
    const steps = createPromotionActivities(services());
    const stamp = stampOf('r2');
    expect(await steps.recordGates({ promotion: first, gates: outcomeOf(first), stamp })).toBe('recorded');
    expect(await world.lastEvent()).toMatchObject({
      type: 'gates-evaluated',
      definitionDigest: first.definitionDigest,
      windows: first.evidence.folds.map(({ window }) => window),
      checks: [
        { name: 'not-worse auc', mode: 'enforce' },
        { name: 'loads', mode: 'advise' },
      ],
    });
    await steps.closePromotion({ promotion: first, outcome: 'refused', reportDigest: null, grounds: [], stamp });

    // The folds of the first are the six days before 19 March; those of the 26th begin exactly where they end.
    expect((await begin('3', '2001-03-25')).evidence.reuse).toBe(2);
    expect((await begin('3', '2001-03-26')).evidence.reuse).toBe(1);
  });
});
