import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { whileHeartbeating } from '../../activities/heartbeat.js';
import { createScoringActivities, type ScorePlan } from '../../activities/scoring/scoring-activities.js';
import type { SnapshotRequest } from '../../activities/ports/dataset.js';
import { flightsDefinition } from '../support/flights-definition.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('a step that reports nothing beats every second, and no more once it has ended', async () => {
  const environment = new MockActivityEnvironment();
  let beats = 0;
  environment.on('heartbeat', () => (beats += 1));
  const counts: number[] = [];
  const work = () => {
    for (const ms of [999, 1, 4_000]) {
      vi.advanceTimersByTime(ms);
      counts.push(beats);
    }
    return Promise.resolve();
  };
  await environment.run(() => whileHeartbeating(work));
  vi.advanceTimersByTime(10_000);
  expect([...counts, beats]).toEqual([0, 1, 5, 5]);
});

it('the build of a scoring snapshot ends when its run is cancelled', async () => {
  const environment = new MockActivityEnvironment();
  const services = {
    definitions: { loadPinned: () => Promise.resolve(flightsDefinition()) },
    dataset: {
      buildSnapshot: ({ signal }: SnapshotRequest) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
          environment.cancel();
        }),
    },
  };
  const { buildScoringSnapshot } = createScoringActivities(
    services as unknown as Parameters<typeof createScoringActivities>[0],
  );
  const plan = { champion: { modelDigest: 'm' } } as unknown as ScorePlan;
  await expect(environment.run(() => buildScoringSnapshot(plan))).rejects.toMatchObject({ name: 'CancelledFailure' });
});
