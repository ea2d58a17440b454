import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { PromoteResult } from '../../workflows/api.js';
import {
  failureOf,
  historyOf,
  openWorkflowRoom,
  untilAsked,
  type WorkflowRoom,
} from '../support/workflow-environment.js';
import {
  Fakes,
  failingReport,
  passingReport,
  promotionPlan,
  reportDigest,
  threeDaysMs,
} from '../support/workflow-fakes.js';

/** What other systems get wrong about waiting, stopping and failing, and what the real workflows do instead. */

let room: WorkflowRoom;
beforeAll(async () => {
  room = await openWorkflowRoom();
});
afterAll(() => room.close());

const input = { pipeline: 'flights' };
const resultOf = (run: WorkflowHandle) => run.result() as Promise<PromoteResult>;

describe('a dry run moves nothing, and a failing one less than nothing (defect 2)', () => {
  it.each([
    ['pass', passingReport],
    ['fail', failingReport],
  ])('whether the gates %s', async (_verdict, report) => {
    const fakes = new Fakes({
      beginPromotion: () => Promise.resolve({ ...promotionPlan, promotionId: null, dryRun: true }),
      assembleGateReport: () => Promise.resolve(report),
    });
    const result = await resultOf(await room.start('promote', { ...input, dryRun: true }, fakes));
    expect(result).toMatchObject({ status: 'dry-run', championAfter: { version: '1' } });
    const effects = ['recordGates', 'requestApproval', 'changeChampion', 'closePromotion', 'projectChampion'] as const;
    expect(effects.map((name) => fakes.count(name))).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('an approval that nobody gives ends, and is asked for once (defect 8)', () => {
  it('at its deadline, as an outcome, with the champion as it was', async () => {
    const fakes = new Fakes();
    const run = await room.start('promote', input, fakes);
    const { deadlineAt } = await untilAsked(run);
    const asked = fakes.argumentsOf('requestApproval')[0];
    expect(Date.parse(deadlineAt ?? '') - Date.parse(asked?.stamp.at ?? '')).toBe(threeDaysMs);
    expect(await resultOf(run)).toMatchObject({ status: 'expired', championAfter: { version: '1' } });
    expect(fakes.count('notifyApproval')).toBe(1);
    expect(fakes.count('changeChampion')).toBe(0);
    const events = await historyOf(run);
    const [first, last] = [events[0]?.eventTime?.seconds, events.at(-1)?.eventTime?.seconds].map(Number);
    expect(((last ?? 0) - (first ?? 0)) * 1000).toBeGreaterThanOrEqual(threeDaysMs);
  });
});

describe('an abort wins over everything that has not happened yet (defect 9)', () => {
  it('over an approval that is there already, and stays won', async () => {
    const fakes = new Fakes({
      confirmEvidence: async () => {
        await run.signal('abort', { by: 'Berta', reason: 'wrong week' });
        await run.signal('approve', { reportDigest, by: 'Anna', reason: 'better' });
        return [];
      },
    });
    const run = await room.start('promote', input, fakes);
    await untilAsked(run);
    await run.signal('approve', { reportDigest, by: 'Anna', reason: 'better' });
    expect(await resultOf(run)).toMatchObject({ status: 'aborted', championAfter: { version: '1' } });
    expect(fakes.count('changeChampion')).toBe(0);
    expect(fakes.argumentsOf('closePromotion').map(({ outcome }) => outcome)).toEqual(['aborted']);
  });
});

describe('what fails is a failed run, and what is refused is not (defect 12)', () => {
  it('a step that fails for good ends the run with its type', async () => {
    const fakes = new Fakes({
      trainModel: () => Promise.reject(new PermanentFailure('TRAINER_FAILED', 'the licence has expired')),
    });
    const run = await room.start('retrain', input, fakes);
    expect(await failureOf(run)).toMatchObject({ type: 'TRAINER_FAILED' });
    expect((await run.describe()).status.name).toBe('FAILED');
    expect(fakes.count('registerModel')).toBe(0);
  });

  it('a report that was tampered with after its approval ends the run with its type, the champion as it was', async () => {
    const fakes = new Fakes({
      changeChampion: () => Promise.reject(new PermanentFailure('STORE_MISMATCH', 'the report is another one')),
    });
    const run = await room.start('promote', input, fakes);
    await untilAsked(run);
    await run.signal('approve', { reportDigest, by: 'Anna', reason: 'better' });
    expect(await failureOf(run)).toMatchObject({ type: 'STORE_MISMATCH' });
    expect(fakes.count('projectChampion')).toBe(0);
  });

  it('a refused challenger is a result of a run that did its work', async () => {
    const fakes = new Fakes({ assembleGateReport: () => Promise.resolve(failingReport) });
    const run = await room.start('promote', input, fakes);
    expect((await resultOf(run)).status).toBe('refused');
    expect((await run.describe()).status.name).toBe('COMPLETED');
  });
});
