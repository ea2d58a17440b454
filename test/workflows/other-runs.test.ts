import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  workflowTypes,
  type BacktestResult,
  type MonitorResult,
  type RetrainResult,
  type RollbackResult,
} from '../../workflows/api.js';
import { digest, model } from '../support/ledger.js';
import {
  cardOf,
  failureOf,
  historyOf,
  openWorkflowRoom,
  recordHistory,
  statusOf,
  until,
  untilAsked,
  type WorkflowRoom,
} from '../support/workflow-environment.js';
import {
  Fakes,
  monitorPlan,
  refitOf,
  refitPlan,
  reportDigest,
  retrainPlan,
  rollbackPlan,
  trained,
} from '../support/workflow-fakes.js';

let room: WorkflowRoom;
beforeAll(async () => {
  room = await openWorkflowRoom();
});
afterAll(() => room.close());

const input = { pipeline: 'flights' };

describe('an input that cannot be used', () => {
  it.each(workflowTypes)('fails %s at once when it is missing, with an example to paste', async (type) => {
    const fakes = new Fakes();
    const run = await room.start(type, null, fakes);
    const failure = await failureOf(run);
    expect(failure).toMatchObject({ type: 'INVALID_INPUT', nonRetryable: true });
    expect(failure.message).toBe(
      `${type} was started without an input.\n  - input: found nothing, expected one JSON object\n  example: {"pipeline":"flights"}`,
    );
    expect((await run.describe()).status.name).toBe('FAILED');
    expect(fakes.calls).toHaveLength(1);
  });

  it('fails the run with every problem, in the message and as details', async () => {
    const run = await room.start('score', { pipeline: 'Flights!', window: 'yesterday', shard: 3 }, new Fakes());
    const failure = await failureOf(run);
    expect(failure.message.split('\n').filter((line) => line.startsWith('  - '))).toHaveLength(3);
    const fields = (failure.details?.[0] as { problems: { field: string }[] }).problems.map(({ field }) => field);
    expect(fields.sort()).toEqual(['pipeline', 'shard', 'window']);
  });
});

describe('backtest', () => {
  it('measures each fold in a step of its own and changes nothing', async () => {
    const fakes = new Fakes();
    const run = await room.start('backtest', input, fakes);
    expect(await resultOf<BacktestResult>(run)).toMatchObject({
      reportDigest,
      challenger: { version: '2' },
      champion: { version: '1' },
      reportUrl: 'http://registry.test/report.html',
    });
    expect(fakes.names()).toEqual([
      'beginBacktest',
      ...['evaluateFold', 'evaluateFold', 'evaluateFold'],
      'measureProbe',
      'assembleGateReport',
      'logGateReport',
    ]);
    await recordHistory(run, 'backtest-folds-at-once');
  });

  it('that refits trains both sides for every fold, each in steps of its own, and scores what came of it', async () => {
    const fakes = new Fakes({
      beginBacktest: () => Promise.resolve(refitPlan),
      trainModel: ({ plan }) => Promise.resolve({ ...trained, modelDigest: digest(plan.runId) }),
    });
    const run = await room.start('backtest', { ...input, refit: true }, fakes);
    expect((await resultOf<BacktestResult>(run)).reportDigest).toBe(reportDigest);
    expect(
      fakes
        .argumentsOf('trainModel')
        .map(({ plan }) => plan.runId)
        .sort(),
    ).toEqual([1, 2, 3].flatMap((fold) => ['challenger', 'champion'].map((side) => `refit-${String(fold)}-${side}`)));
    expect(fakes.count('buildTrainingSnapshot')).toBe(6);
    for (const { fold, refitted } of fakes.argumentsOf('evaluateFold')) {
      const name = `refit-${String(fold.index + 1)}`;
      expect(refitted).toEqual({ challenger: digest(`${name}-challenger`), champion: digest(`${name}-champion`) });
    }
    expect(fakes.count('registerModel')).toBe(0);
    await recordHistory(run, 'backtest-refit');
  });

  it('that refits against the baseline trains the challenger alone', async () => {
    const folds = refitPlan.folds.map((fold) => ({ ...fold, refit: { ...refitOf(fold), champion: null } }));
    const fakes = new Fakes({ beginBacktest: () => Promise.resolve({ ...refitPlan, champion: null, folds }) });
    await resultOf(await room.start('backtest', input, fakes));
    expect(fakes.count('trainModel')).toBe(3);
    expect(fakes.argumentsOf('evaluateFold')[0]?.refitted?.champion).toBeNull();
  });

  it('tries a training that failed again, and no other', async () => {
    let failures = 1;
    const fakes = new Fakes({
      beginBacktest: () => Promise.resolve(refitPlan),
      trainModel: ({ plan }) =>
        plan.runId === 'refit-2-champion' && failures-- > 0
          ? Promise.reject(new Error('the worker went away'))
          : Promise.resolve(trained),
    });
    await resultOf(await room.start('backtest', input, fakes));
    expect(fakes.count('trainModel')).toBe(7);
    expect(fakes.count('evaluateFold')).toBe(3);
  });

  it('gives the report its folds in the order of time, whichever was measured first', async () => {
    const release: (() => void)[] = [];
    const fakes = new Fakes({
      evaluateFold: async (args) => {
        // The first fold ends only when the others are done.
        if (args.fold.index === 0) await new Promise<void>((resolve) => release.push(resolve));
        if (args.fold.index === 2) for (const open of release) open();
        return new Fakes().activities.evaluateFold(args);
      },
    });
    await resultOf(await room.start('backtest', input, fakes));
    expect(fakes.argumentsOf('assembleGateReport')[0]?.folds.map(({ index }) => index)).toEqual([0, 1, 2]);
  });
});

describe('retrain', () => {
  it('that the rule speaks against is a result with its grounds', async () => {
    const plan = { ...retrainPlan, decision: 'skip', grounds: ['the last one was yesterday'] } as const;
    const fakes = new Fakes({ beginRetrain: () => Promise.resolve(plan) });
    const run = await room.start('retrain', input, fakes);
    expect(await resultOf<RetrainResult>(run)).toMatchObject({
      status: 'skipped',
      summary: 'No retraining: the last one was yesterday.',
    });
    expect(fakes.names()).toEqual(['beginRetrain']);
    await recordHistory(run, 'retrain-skipped');
  });

  it('waits with the registration while the registry is away, and trains only once', async () => {
    let isAway = true;
    const fakes = new Fakes({
      beginRetrain: () => Promise.resolve({ ...retrainPlan, promote: false }),
      registerModel: () =>
        isAway ? Promise.reject(new Error('no answer')) : Promise.resolve({ model: model('c'), isNew: true }),
    });
    const run = await room.start('retrain', input, fakes);
    await until(run, ({ waitingFor }) => waitingFor?.startsWith('the model registry (registration)') === true);
    isAway = false;
    expect(await resultOf<RetrainResult>(run)).toMatchObject({ status: 'trained', promotionWorkflowId: null });
    expect(fakes.count('trainModel')).toBe(1);
  });
});

describe('rollback', () => {
  it('restores, replaces, then sets the alias', async () => {
    const fakes = new Fakes();
    const run = await room.start('rollback', input, fakes);
    expect(await resultOf<RollbackResult>(run)).toMatchObject({
      status: 'rolled-back',
      rowsReplaced: 33_000,
      from: { version: '2' },
      to: { version: '1' },
    });
    expect(fakes.names()).toEqual(['beginRollback', 'restoreChampion', 'replacePublished', 'projectChampion']);
    expect(await cardOf(run)).toContain('| predictions replaced | 33,000 |');
    await recordHistory(run, 'rollback');
  });

  it('finishes while the registry is away, with the alias pending', async () => {
    const fakes = new Fakes({ projectChampion: () => Promise.reject(new Error('MLflow does not answer')) });
    const run = await room.start('rollback', input, fakes);
    expect(await resultOf<RollbackResult>(run)).toMatchObject({
      status: 'rolled-back',
      alias: 'pending: the registry did not answer, the next monitor run sets it',
    });
    expect((await statusOf(run)).notes).toEqual(['the alias is left for later: MLflow does not answer']);
    await recordHistory(run, 'rollback-registry-away');
  });

  it('as a dry run only looks', async () => {
    const fakes = new Fakes({ beginRollback: () => Promise.resolve({ ...rollbackPlan, dryRun: true }) });
    const run = await room.start('rollback', { ...input, dryRun: true }, fakes);
    expect((await resultOf<RollbackResult>(run)).status).toBe('dry-run');
    expect(fakes.names()).toEqual(['beginRollback']);
  });

  it('as a drill is rehearsed, and neither the ledger, the table nor the alias hears of it', async () => {
    const fakes = new Fakes({ beginRollback: () => Promise.resolve({ ...rollbackPlan, drill: true }) });
    const run = await room.start('rollback', { ...input, drill: true }, fakes);
    expect(await resultOf<RollbackResult>(run)).toMatchObject({ status: 'drilled', drill: { verdict: 'pass' } });
    expect(fakes.names()).toEqual(['beginRollback', 'rehearseRollback']);
    expect(await cardOf(run)).toContain('| recovery time | 1.2 s |');
  });
});

describe('monitor', () => {
  it('judges every window that is due, one step each, and then looks at the alias', async () => {
    const fakes = new Fakes({
      monitorWindow: async (args) => ({
        ...(await new Fakes().activities.monitorWindow(args)),
        verdict: args.window.start === monitorPlan.windows[0]?.start ? 'pass' : 'inconclusive',
      }),
    });
    const run = await room.start('monitor', input, fakes);
    expect(await resultOf<MonitorResult>(run)).toMatchObject({
      summary: 'Judged 2 window(s): 1 pass, 0 fail, 1 inconclusive.',
      alias: 'champion moved to version 2',
    });
    expect(fakes.argumentsOf('monitorWindow').map(({ window }) => window)).toEqual(monitorPlan.windows);
    await recordHistory(run, 'monitor');
  });

  it('says so when nothing is due, and when the registry is away', async () => {
    const fakes = new Fakes({
      beginMonitor: () => Promise.resolve({ ...monitorPlan, windows: [] }),
      projectChampion: () => Promise.reject(new Error('no answer')),
    });
    const run = await room.start('monitor', input, fakes);
    expect(await resultOf<MonitorResult>(run)).toEqual({
      summary: 'Nothing is due.',
      windows: [],
      alias: 'the registry did not answer; the alias is checked again by the next run',
    });
  });
});

// Last, because the test server skips no time any more once a run has left a child behind.
describe('a promotion that retrain starts', () => {
  it('runs on its own: retrain does not wait for it, and never starts it twice', async () => {
    const promoting = new Fakes();
    const promotion = room.adopt('promote/flights/v3', promoting);
    const fakes = new Fakes();
    const run = await room.start('retrain', input, fakes);
    expect(await resultOf<RetrainResult>(run)).toMatchObject({
      status: 'trained',
      model: { version: '3' },
      promotionWorkflowId: 'promote/flights/v3',
    });
    await untilAsked(promotion);
    expect(promoting.argumentsOf('beginPromotion')[0]?.input).toEqual({
      pipeline: 'flights',
      version: '3',
      asOf: retrainPlan.asOf,
      by: 'Anna',
      reason: 'a test',
    });
    const started = (await historyOf(run)).flatMap((e) => e.startChildWorkflowExecutionInitiatedEventAttributes ?? []);
    expect(started.map(({ parentClosePolicy }) => parentClosePolicy)).toEqual([abandon]);
    await recordHistory(run, 'retrain-trained');

    const again = await room.start('retrain', input, new Fakes());
    expect((await resultOf<RetrainResult>(again)).promotionWorkflowId).toBe('promote/flights/v3');
    expect((await statusOf(again)).notes).toEqual(['A promotion of version 3 runs already.']);
    await promotion.signal('abort', { by: 'Anna' });
    await promotion.result();
  });
});

/** PARENT_CLOSE_POLICY_ABANDON. */
const abandon = 2;

function resultOf<T>(run: WorkflowHandle): Promise<T> {
  return run.result() as Promise<T>;
}
