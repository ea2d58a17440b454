import { ScheduleOverlapPolicy } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { desiredSchedules, ownerMemo, specDigestMemo } from '../../schedules/desired-schedule.js';
import { hasDrift, planSchedules, type FoundSchedule } from '../../schedules/plan-schedules.js';
import { scheduledPipeline } from '../support/scheduled-pipeline.js';

const desired = desiredSchedules(scheduledPipeline());

function asFound(overrides: Partial<FoundSchedule> = {}): FoundSchedule[] {
  return desired.map(({ options, pipeline, specDigest }) => ({
    scheduleId: options.scheduleId,
    pipeline,
    specDigest,
    ...overrides,
  }));
}

describe('desiredSchedules', () => {
  it('buffers every run, in UTC, with the definition’s catch-up and input', () => {
    const [score] = desired;
    expect(score?.options).toMatchObject({
      scheduleId: 'score/flights',
      spec: { cronExpressions: ['0 0 * * *'], timezone: 'UTC' },
      policies: { overlap: ScheduleOverlapPolicy.BUFFER_ALL, catchupWindow: 604_800_000 },
      action: {
        workflowType: 'score',
        workflowId: 'score/flights',
        taskQueue: 'gauntlet',
        args: [{ pipeline: 'flights' }],
        memo: { [specDigestMemo]: score?.specDigest },
      },
      memo: { [ownerMemo]: 'flights' },
      state: { paused: true },
    });
  });

  it('has one schedule for each cron expression and none for null', () => {
    const types = desiredSchedules(scheduledPipeline({ monitor: null })).map(({ type }) => type);
    expect(types).toEqual(['score', 'retrain']);
  });

  it('has another digest for another time, and the same for another wish about pausing', () => {
    const digestOf = (overrides: Parameters<typeof scheduledPipeline>[0]) =>
      desiredSchedules(scheduledPipeline(overrides))[0]?.specDigest;
    expect(digestOf({ score: '0 1 * * *' })).not.toBe(desired[0]?.specDigest);
    expect(digestOf({ paused: false })).toBe(desired[0]?.specDigest);
  });
});

describe('planSchedules', () => {
  const changes = (found: readonly FoundSchedule[], pipeline: string | null = 'flights') =>
    planSchedules({ desired, found, pipeline }).map(({ change, scheduleId }) => `${change} ${scheduleId}`);

  it('creates what is not there', () => {
    expect(changes([])).toEqual(['create score/flights', 'create monitor/flights', 'create retrain/flights']);
  });

  it('leaves alone what has the digest of the wish', () => {
    const steps = planSchedules({ desired, found: asFound(), pipeline: 'flights' });
    expect(steps.every(({ change }) => change === 'unchanged')).toBe(true);
    expect(hasDrift(steps)).toBe(false);
  });

  it.each(['0'.repeat(64), null])('updates what has digest %s', (specDigest) => {
    expect(changes(asFound({ specDigest }))[0]).toBe('update score/flights');
  });

  it('calls only schedules of ours orphans, and only of the pipeline in question', () => {
    const orphan = { scheduleId: 'score/gone', pipeline: 'gone', specDigest: null };
    const foreign = { scheduleId: 'nightly', pipeline: null, specDigest: null };
    const found = [...asFound(), orphan, foreign];
    expect(changes(found).filter((step) => step.startsWith('orphan'))).toEqual([]);
    expect(changes(found, null).filter((step) => step.startsWith('orphan'))).toEqual(['orphan score/gone']);
  });
});
