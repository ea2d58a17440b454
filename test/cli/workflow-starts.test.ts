import { describe, expect, it } from 'vitest';
import { planStart } from '../../cli/workflow-starts.js';

const now = '2026-03-05T10:20:30.456Z';

describe('planStart', () => {
  it.each([
    ['score', { window: '2001-03-05' }, 'score/flights/2001-03-05'],
    ['score', { window: '2001-03-05T06:00:00Z' }, 'score/flights/2001-03-05T06:00:00Z'],
    ['score', {}, `score/flights/next-${now}`],
    ['monitor', { window: '2001-03-05' }, 'monitor/flights/2001-03-05'],
    ['monitor', {}, `monitor/flights/${now}`],
    ['backtest', { challenger: '3' }, 'backtest/flights/v3'],
    ['backtest', { challenger: '3', refit: true }, 'backtest/flights/refit-v3'],
    ['retrain', { params: { trees: 20 } }, `retrain/flights/${now}`],
    ['promote', { version: '3' }, 'promote/flights/v3'],
    ['promote', { bootstrap: true }, `promote/flights/${now}`],
    ['promote', { version: '3', dryRun: true }, `promote/flights/dry-run-${now}`],
    ['rollback', { to: '1' }, `rollback/flights/${now}`],
  ] as const)('names a run of %s with %j', (type, options, workflowId) => {
    expect(planStart(type, { pipeline: 'flights', ...options }, now).workflowId).toBe(workflowId);
  });

  it('leaves options nobody gave to the defaults of the workflow', () => {
    const start = planStart('promote', { pipeline: 'flights', version: undefined, by: 'Ada', dryRun: undefined }, now);
    expect(start.input).toEqual({ pipeline: 'flights', by: 'Ada' });
    expect(start.summary).toBe('Promote flights by Ada');
  });

  it.each([
    ['rollback', { drill: true, to: '1' }, 'Rehearse a rollback of flights, to 1 by Ada'],
    ['rollback', { dryRun: true }, 'Plan a rollback of flights by Ada'],
    ['promote', { planOnly: true }, 'Plan a promotion of flights by Ada'],
    ['promote', { dryRun: true }, 'Try without effect: promote flights by Ada'],
  ] as const)('does not call %s with %j by what it would do', (type, options, summary) => {
    expect(planStart(type, { pipeline: 'flights', by: 'Ada', ...options }, now).summary).toBe(summary);
  });

  it('refuses input before a start, with every problem at once', () => {
    expect(() => planStart('score', { pipeline: 'Flights!', window: '2001-02-30x' }, now)).toThrow(
      /pipeline[^]*window[^]*example/,
    );
  });

  it('writes one line for lists, whatever a person gave as a reason', () => {
    const { summary } = planStart('score', { pipeline: 'flights', window: '2001-03-05', reason: 'a\nb' }, now);
    expect(summary).toBe('Score flights, window 2001-03-05');
  });
});
