import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rehearseRollback, type RehearsalServices } from '../../../activities/rollback/rehearse-rollback.js';
import { rehearsalsIn } from '../../../adapters/store/rehearsal-folder.js';
import { PermanentFailure } from '../../../domain/failure-types.js';
import type { RollbackResult } from '../../../workflows/api.js';
import { stampOf } from '../../support/activity-world.js';
import { pipeline } from '../../support/ledger.js';
import { rungOf, ScoringWorld } from '../../support/scoring-world.js';
import { rollbackPlan } from '../../support/workflow-fakes.js';

let scoring: ScoringWorld;
let folder: string;
beforeEach(async () => {
  scoring = await ScoringWorld.create();
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-drill-'));
});
afterEach(async () => {
  await scoring.world.remove();
  await rm(folder, { recursive: true, force: true });
});

async function publishBad(rung: 'with shadow' | 'without shadow'): Promise<void> {
  const plan = await scoring.pin();
  const chosen = rungOf(plan, rung === 'with shadow' ? 0 : 1);
  await scoring.shard(plan, { rung: chosen });
  await scoring.publish(plan, { rung: chosen, grounds: [] });
}

async function drill(maxDifference = 0): Promise<RollbackResult> {
  const { digest } = await scoring.world.definitions.load();
  const plan = { ...rollbackPlan, rollbackId: 'flights/drill/r1', definitionDigest: digest, drill: true };
  const real = scoring.services;
  const scorer = { ...real.scorer, checkBundle: () => Promise.resolve({ rows: 1_000, maxDifference }) };
  const services: RehearsalServices = { ...real, scorer, rehearsals: rehearsalsIn(folder, real.store) };
  const watching = { signal: new AbortController().signal, report: () => undefined };
  return rehearseRollback(services, { plan, stamp: stampOf('r1'), ...watching });
}

/** Every file of the store but the ledger's, with what a reader sees. */
async function standing(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const file of scoring.world.store.listRecursive('')) {
    if (!file.path.startsWith('ledger/')) found.push(`${file.path} ${String(file.bytes)}`);
  }
  return found.sort();
}

describe('a drill', () => {
  it.each(['with shadow', 'without shadow'] as const)(
    'of a window %s leaves no trace but its record, which says how long recovery would take',
    async (along) => {
      await publishBad(along);
      const before = await standing();
      const result = await drill();
      expect(result).toMatchObject({
        status: 'drilled',
        windows: ['2001-03-05'],
        rollbackId: null,
        correctionFile: null,
        fromShadow: along === 'with shadow' ? 1 : 0,
        rescored: along === 'with shadow' ? 0 : 1,
        drill: { verdict: 'pass', grounds: [] },
      });
      expect(await standing()).toEqual(before);
      expect(await readdir(folder)).toEqual([]);
      const state = await scoring.world.state();
      expect(state).toMatchObject({ decisionEpoch: 2, revocations: [] });
      expect(state.drills).toHaveLength(1);
      expect(state.drills[0]).toMatchObject({ verdict: 'pass', windows: [{ start: '2001-03-05T00:00:00.000Z' }] });
      expect(state.drills[0]?.recoveryMs).toBeGreaterThanOrEqual(0);
    },
  );

  it('that is repeated finds the record of its first attempt, with the time that one took', async () => {
    await publishBad('with shadow');
    const first = await drill();
    expect((await drill()).drill).toEqual(first.drill);
    expect((await scoring.world.state()).drills).toHaveLength(1);
  });

  it('takes its place away also when the model fails in the middle of it', async () => {
    await publishBad('without shadow');
    const before = await standing();
    scoring.script = () => {
      throw new PermanentFailure('MODEL_CORRUPT', 'it is broken');
    };
    await expect(drill()).rejects.toMatchObject({ type: 'MODEL_CORRUPT' });
    expect((await scoring.world.state()).drills).toMatchObject([{ verdict: 'fail', grounds: ['it is broken'] }]);
    expect(await standing()).toEqual(before);
    expect(await readdir(folder)).toEqual([]);
    expect((await scoring.world.table.load(pipeline, 'predictions')).version).toBe(0);
  });

  it('finds a target whose golden rows have moved', async () => {
    await publishBad('with shadow');
    await expect(drill(1)).rejects.toMatchObject({ type: 'ROLLBACK_TARGET_UNVERIFIED' });
  });
});
