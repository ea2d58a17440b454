import { rm } from 'node:fs/promises';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRollbackActivities } from '../../../activities/rollback/rollback-activities.js';
import { rehearsalsIn } from '../../../adapters/store/rehearsal-folder.js';
import type { RollbackPlan } from '../../../activities/rollback/rollback-plan.js';
import { runOf, stampOf } from '../../support/activity-world.js';
import { pipeline } from '../../support/ledger.js';
import { runSql } from '../../support/parquet.js';
import { RealScoring } from '../../support/real-scoring.js';

let scoring: RealScoring;
let folder: string;
beforeEach(async () => {
  scoring = await RealScoring.create();
  folder = `${scoring.world.store.root}-rehearsals`;
  await scoring.run('r1');
});
afterEach(async () => {
  await scoring.remove();
  await rm(folder, { recursive: true, force: true });
});

function activities() {
  const services = scoring.services();
  return createRollbackActivities({ ...services, rehearsals: rehearsalsIn(folder, services.store) });
}

function inContext<A, R>(step: (argument: A) => Promise<R>, argument: A): Promise<R> {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(step, argument);
}

function begin(input: object = {}, runId = 'x1'): Promise<RollbackPlan> {
  return inContext(activities().beginRollback, { input: { pipeline, ...input }, run: runOf(runId) });
}

async function rollBack() {
  const plan = await begin();
  await activities().restoreChampion({ plan, stamp: stampOf('x1') });
  return inContext(activities().replacePublished, { plan, stamp: stampOf('x1') });
}

function scoreOf(row: Record<string, unknown>): readonly unknown[] {
  return [row['row_key'], row['score'], row['decision'], row['model_digest']];
}

async function scoresIn(files: readonly string[]): Promise<readonly unknown[]> {
  const rows = await Promise.all(files.map((file) => runSql(`FROM read_parquet('${file}')`)));
  return rows.flat().map(scoreOf);
}

/** The shadow files of the window, by their path in the store. */
async function shadowPaths(): Promise<readonly string[]> {
  const { table } = scoring.world;
  const { files } = await table.load(pipeline, 'shadow-predictions');
  return files.map((file) => `${table.folder(pipeline, 'shadow-predictions')}/${file.path}`);
}

async function standing() {
  const { head, champion } = await scoring.world.state();
  return { head, champion, published: await scoring.published() };
}

describe('a rollback with the real engine', () => {
  it('serves the shadow scores byte for byte, and verifies clean', async () => {
    const plan = await begin({ dryRun: true });
    expect(plan.preview.blast).toMatchObject([{ window: '2024-01-05', rows: 3, keptRows: 0, source: 'shadow' }]);
    const result = await rollBack();
    expect(result).toMatchObject({ fromShadow: 1, rescored: 0, rowsReplaced: 3 });
    expect(result.decisionsChanged).toBe(plan.preview.decisionsChanged);
    expect(result.positives).toEqual(plan.preview.positives);
    const { files } = await scoring.world.table.load(pipeline, 'predictions');
    const { files: along } = await scoring.world.table.load(pipeline, 'shadow-predictions');
    expect(files.map(({ sha256 }) => sha256)).toEqual(along.map(({ sha256 }) => sha256));
    expect(await scoring.problems()).toEqual([]);
  });

  it('records how many rows each version calls positive, as a count of the served rows before and after says', async () => {
    const positives = async () => (await scoring.rows()).flat().filter((row) => row['decision'] === true).length;
    const before = await positives();
    const result = await rollBack();
    expect(result.positives).toEqual({ before, after: await positives() });
    const { replacements } = await scoring.world.state();
    expect([...replacements.values()]).toMatchObject([
      { positives: result.positives, correctionRows: expect.any(Number) as number },
    ]);
  });

  it('scores the same again where the shadow scores are damaged, and says so in its correction file', async () => {
    const paths = await shadowPaths();
    const along = await scoresIn(await Promise.all(paths.map((each) => scoring.world.store.localPath(each))));
    for (const each of paths) await scoring.damage(each, (bytes) => Buffer.concat([bytes, Buffer.from('x')]));
    const result = await rollBack();
    expect(result).toMatchObject({ fromShadow: 0, rescored: 1, rowsReplaced: 3 });
    expect((await scoring.rows()).flat().map(scoreOf)).toEqual(along);
    const file = await scoring.world.store.localPath(result.correctionFile ?? '');
    const rows = await runSql(`SELECT row_key, entity, new_model_digest FROM read_parquet('${file}') ORDER BY row_key`);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((row) => row['entity'] !== null && row['new_model_digest'] === scoring.models.a)).toBe(true);
  });

  it('as a drill leaves everything that is served as it was', async () => {
    const before = await standing();
    const plan = await begin({ drill: true });
    const result = await inContext(activities().rehearseRollback, { plan, stamp: stampOf('x1') });
    expect(result.drill).toMatchObject({ verdict: 'pass' });
    expect(result.positives).toBeDefined();
    expect((await standing()).published).toEqual(before.published);
    expect((await standing()).champion).toEqual(before.champion);
    expect(await scoring.problems()).toEqual([]);
  });
});

describe('a target that is damaged', () => {
  it.each(['model.onnx', 'golden.parquet'])(
    'in its %s is refused before anything is changed, saying that nobody else is left',
    async (name) => {
      await scoring.damage(`models/${scoring.models.a}/${name}`, (bytes) => {
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
        return bytes;
      });
      const before = await standing();
      await expect(begin()).rejects.toMatchObject({ type: 'ROLLBACK_TARGET_UNVERIFIED' });
      await expect(begin()).rejects.toThrow('reproduces its golden rows: there is none');
      expect(await standing()).toEqual(before);
    },
  );

  it('fails a drill, which is on record', async () => {
    await rm(path.join(scoring.world.store.root, 'models', scoring.models.a), { recursive: true });
    await expect(begin({ drill: true })).rejects.toMatchObject({ type: 'ROLLBACK_TARGET_UNVERIFIED' });
    expect((await scoring.world.state()).drills).toMatchObject([{ verdict: 'fail', recoveryMs: 0 }]);
  });
});
