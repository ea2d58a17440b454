import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceServed } from '../../../activities/rollback/replace-served.js';
import type { ReplacedPredictions } from '../../../activities/rollback/rollback-plan.js';
import { stampOf } from '../../support/activity-world.js';
import { collectHere } from '../../support/collections.js';
import { collectUntil } from '../../support/cut-collections.js';
import { digest, model, pipeline, rolledBack } from '../../support/ledger.js';
import { rungOf, ScoringWorld } from '../../support/scoring-world.js';
import { modelFacts } from '../../support/shard-facts.js';
import { rollbackPlan } from '../../support/workflow-fakes.js';

const rollbackId = 'flights/rollback/r1';

let scoring: ScoringWorld;
beforeEach(async () => {
  scoring = await ScoringWorld.create();
});
afterEach(() => scoring.world.remove());

/** The bad champion `b` publishes a window of three parts; `along` says whether `a` scored in shadow. */
async function publishBad(along: 'with shadow' | 'without shadow'): Promise<void> {
  const plan = await scoring.pin();
  const rung = rungOf(plan, along === 'with shadow' ? 0 : 1);
  await scoring.shard(plan, { rung });
  await scoring.publish(plan, { rung, grounds: [] });
  scoring.requests.length = 0;
  await scoring.world.append(rolledBack(rollbackId, 'b', 'a'));
}

async function replace(): Promise<ReplacedPredictions> {
  const { digest } = await scoring.world.definitions.load();
  const plan = { ...rollbackPlan, rollbackId, definitionDigest: digest };
  const watching = { signal: new AbortController().signal, report: () => undefined };
  return replaceServed(scoring.services, { plan, stamp: stampOf('r1'), ...watching });
}

/** Rows that were scored along go on to say so: they are the same bytes. */
async function expectReplaced(cohort: 'champion' | 'shadow' = 'champion'): Promise<void> {
  const { version, files } = await scoring.world.table.load(pipeline, 'predictions');
  expect(version).toBe(1);
  expect(files.map(({ modelDigest, rows }) => [modelDigest, rows])).toEqual(
    [0, 1, 2].map(() => [model('a').modelDigest, 10]),
  );
  const served = (await scoring.served()).map((text) => JSON.parse(text) as Record<string, unknown>);
  expect(served.map(({ part, cohort }) => [part, cohort])).toEqual(
    ['part-0', 'part-1', 'part-2'].map((part) => [part, cohort]),
  );
}

describe('a window of several files that is rolled back', () => {
  it('is served from its shadow files one by one, in one commit, without scoring', async () => {
    await publishBad('with shadow');
    expect(await replace()).toMatchObject({ windows: ['2001-03-05'], fromShadow: 1, rescored: 0, tableVersion: 1 });
    await expectReplaced('shadow');
    expect(scoring.requests).toEqual([]);
  });

  it('is scored again part by part where nothing scored in shadow', async () => {
    await publishBad('without shadow');
    expect(await replace()).toMatchObject({ windows: ['2001-03-05'], fromShadow: 0, rescored: 1, tableVersion: 1 });
    await expectReplaced();
    expect(scoring.requests.map(({ models, churn }) => [models.length, churn.livePaths.length])).toEqual(
      [0, 1, 2].map(() => [1, 0]),
    );
  });

  it('loses the part under way when the worker dies, and no other', async () => {
    await publishBad('without shadow');
    scoring.script = ({ partPath }) => {
      if (partPath.endsWith('part-2')) throw new Error('the worker is gone');
      return {};
    };
    await expect(replace()).rejects.toThrow('the worker is gone');
    scoring.script = () => ({});
    scoring.requests.length = 0;
    await replace();
    expect(scoring.requests).toHaveLength(1);
    await expectReplaced();
  });

  it('is not put together from parts that retention has named since an attempt that died', async () => {
    await publishBad('without shadow');
    scoring.script = ({ partPath }) => {
      if (partPath.endsWith('part-2')) throw new Error('the worker is gone');
      return {};
    };
    await expect(replace()).rejects.toThrow('the worker is gone');
    await collectUntil('after-collect-record', scoring.world.store);
    expect((await scoring.world.state()).collected.size).toBe(2);
    scoring.script = () => ({});
    scoring.requests.length = 0;
    await replace();
    expect(scoring.requests).toHaveLength(3);
    await expectReplaced();
    expect((await collectHere(scoring.world.store)).removed.files).toBeGreaterThanOrEqual(2);
    expect(await scoring.served()).toHaveLength(3);
  });

  it('has its corrections counted over all files, old and new', async () => {
    await publishBad('with shadow');
    await replace();
    expect(
      scoring.corrections.map(({ window, oldPaths, newPaths }) => [window, oldPaths.length, newPaths.length]),
    ).toEqual([['2001-03-05', 3, 3]]);
    expect(new Set(scoring.corrections.flatMap(({ oldPaths, newPaths }) => [...oldPaths, ...newPaths])).size).toBe(6);
  });

  it('is scored again as a whole and replaced row for row where another model serves the rest of it', async () => {
    await publishBad('without shadow');
    const other = await scoring.world.adopt({ modelDigest: model('a').modelDigest, rows: 7, decisionEpoch: 2 });
    await scoring.world.commit(other);
    expect(await replace()).toMatchObject({ windows: ['2001-03-05'], fromShadow: 0, rescored: 1, tableVersion: 2 });
    const { files } = await scoring.world.table.load(pipeline, 'predictions');
    expect(files.map(({ modelDigest, rows }) => [modelDigest, rows])).toEqual([
      [model('a').modelDigest, 7],
      ...[0, 1, 2].map(() => [model('a').modelDigest, 10]),
    ]);
    const served = (await scoring.served()).map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(served.filter(({ kept }) => kept === 10)).toHaveLength(3);
  });

  it('is not replaced when its snapshot lacks rows that are served', async () => {
    await publishBad('without shadow');
    const extra = { rows: 10, decisionEpoch: 2, runIdentity: digest('extra') };
    await scoring.world.commit(await scoring.world.adopt(extra));
    await scoring.world.commit(await scoring.world.adopt({ ...extra, modelDigest: model('a').modelDigest }));
    const { version } = await scoring.world.table.load(pipeline, 'predictions');
    await expect(replace()).rejects.toMatchObject({
      type: 'STORE_MISMATCH',
      problems: [{ field: 'window 2001-03-05', found: '30 rows', expected: '40 rows' }],
    });
    expect((await scoring.world.table.load(pipeline, 'predictions')).version).toBe(version);
  });

  it('stays as it is when the target gives no score for a row', async () => {
    await publishBad('without shadow');
    const served = await scoring.served();
    scoring.script = () => ({ models: [modelFacts({ modelDigest: model('a').modelDigest, nonFinite: 1 })] });
    await expect(replace()).rejects.toMatchObject({ type: 'MODEL_BAD_OUTPUT' });
    expect(await scoring.served()).toEqual(served);
  });
});
