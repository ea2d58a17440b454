import { describe, expect, it } from 'vitest';
import { renderPlan } from '../../cli/transition-text.js';
import { plannedTransition } from '../support/workflow-fakes.js';

describe('a plan for a person', () => {
  it('says the transition, its steps in order, what undoing costs, and the command that applies exactly this', () => {
    const text = renderPlan(plannedTransition);
    expect(text).toContain('v1 -> v2, decision epoch 1');
    expect(text.match(/\d\. .*/g)).toEqual([
      '1. the report is approved: by a person',
      '2. the challenger scores in shadow for 2 windows',
      '3. the challenger serves 25 % of the entities for 1 window',
      '4. v2 is champion',
      '5. for 3 windows v1 scores in shadow',
    ]);
    expect(text).toContain('restores v1 and replaces every window scored since, 16,500 rows each');
    expect(text).toContain(
      'the first 3 windows from shadow scores, later ones by scoring again, which takes at most 2.0 s each',
    );
    const digest = plannedTransition.planDigest.slice(0, 12);
    expect(text).toContain(`Apply exactly this: gauntlet promote flights --apply ${digest}`);
  });

  it('says how many approve the report, and of whom', () => {
    const approval = { quorum: 2, approvedBy: [], asked: ['Ada', 'Bo'], barred: ['Tom'] };
    expect(renderPlan({ ...plannedTransition, approval })).toContain(
      '1. the report is approved: it takes 2 approvals by different people, by Ada, Bo, and not whoever applies the plan',
    );
  });

  it('names the data clock where it was asked for, so that the command comes to the same evidence', () => {
    const text = renderPlan({ ...plannedTransition, asOf: '2001-04-02T00:00:00.000Z', isAsOfAsked: true });
    expect(text).toMatch(/--as-of 2001-04-02 --apply [0-9a-f]{12}$/);
  });

  it('counts the checks that decide apart from those that only advise', () => {
    const check = (mode: string, verdict: 'pass' | 'inconclusive') => ({ name: mode, mode, verdict });
    const checks = [check('enforce', 'pass'), check('enforce', 'pass'), check('advise', 'inconclusive')];
    expect(renderPlan({ ...plannedTransition, checks })).toContain('2 of 2 checks that decide passed, 0 of 1 others');
  });

  it('says from how many windows on labels can show harm, and where there are too few', () => {
    const text = renderPlan(plannedTransition);
    expect(text).toContain('on labels from 4 judged windows on (alpha 5 %)');
    expect(text).toContain('steps: 3 windows: too few, so only guardrails can stop it there');
    expect(text).toMatch(/watch: 7 windows$/m);
    const { harm, ...older } = plannedTransition;
    expect(harm).toBeDefined();
    expect(renderPlan(older)).not.toContain('judged windows');
  });

  it('warns of a rollout that is likely to be stopped by its churn', () => {
    const text = renderPlan({ ...plannedTransition, churn: { rows: 1_000, differ: 600, limit: 0.5 } });
    expect(text).toMatch(/warning +60 % of the decisions on the 1,000 compared rows differ/);
    expect(renderPlan(plannedTransition)).not.toContain('warning');
  });

  it('speaks of no shadow scores where nobody watches after the change', () => {
    const text = renderPlan({ ...plannedTransition, watchCycles: 0 });
    expect(text).not.toContain('from shadow scores');
    expect(text).toMatch(/:\n +by scoring again/);
  });

  it('offers nothing to apply when its gates do not pass', () => {
    expect(renderPlan({ ...plannedTransition, verdict: 'inconclusive' })).not.toContain('--apply');
  });

  it('of the first champion has nobody to go back to', () => {
    const first = { ...plannedTransition, kind: 'bootstrap', champion: null } as const;
    const text = renderPlan({ ...first, rollbackTarget: null, undo: { ...first.undo, to: null } });
    expect(text).toContain('baseline -> v2');
    expect(text).toContain('a rollback has no champion to restore');
  });
});
