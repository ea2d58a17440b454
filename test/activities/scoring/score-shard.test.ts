import { readdir, rm, writeFile, chmod } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runIdentityOf } from '../../../activities/scoring/run-identity.js';
import { shardRecordPath } from '../../../contracts/shard-record.js';
import { PermanentFailure } from '../../../domain/failure-types.js';
import { digest, model, pipeline } from '../../support/ledger.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import { rungOf, ScoringWorld } from '../../support/scoring-world.js';

let scoring: ScoringWorld;
beforeEach(async () => {
  scoring = await ScoringWorld.create();
});
afterEach(() => scoring.world.remove());

const partsAsked = () => scoring.requests.map(({ partPath }) => Number(partPath.split('-').at(-1)));

/** The engine dies, or the machine does, when it has this part before it. */
function diesAt(part: number): void {
  scoring.script = ({ partPath }) => {
    if (partPath.endsWith(`part-${String(part)}`)) throw new Error('the worker is gone');
    return {};
  };
}

function heals(): void {
  scoring.script = () => ({});
  scoring.requests.length = 0;
}

async function recordsOf(): Promise<readonly string[]> {
  const plan = await scoring.pin();
  const runIdentity = runIdentityOf(plan, scoring.snapshot.digest, rungOf(plan));
  const folder = path.posix.dirname(shardRecordPath({ pipeline, runIdentity, comparedWith: null, partIndex: 0 }));
  const names = await scoring.world.store.list(folder);
  return names.map((name) => `${folder}/${name}`);
}

describe('a shard', () => {
  it('scores its parts one after the other, all models in one pass, and says how many rows are done', async () => {
    const plan = await scoring.pin();
    const progress: unknown[] = [];
    const report = (beat: unknown) => void progress.push(beat);
    scoring.script = ({ onProgress }) => (onProgress?.({ rowsDone: 4, rows: 10 }), {});
    const result = await scoring.shard(plan, { span: { firstPart: 1, parts: 2 }, report });
    expect(result).toEqual({ status: 'scored', rows: 20, partsTakenOver: 0 });
    expect(partsAsked()).toEqual([1, 2]);
    expect(progress).toEqual([4, 10, 14, 20].map((rowsDone) => ({ rowsDone, rows: 20 })));
    const [request] = scoring.requests;
    expect(request?.models.map(({ scoring: { modelDigest }, cohort }) => [modelDigest, cohort])).toEqual([
      [model('b').modelDigest, 'champion'],
      [model('a').modelDigest, 'shadow'],
    ]);
    expect(request?.models[0]).toMatchObject({ decisionThreshold: 0.5, scoreCuts: [0.5] });
    expect(request).toMatchObject({ rows: 10, churn: { livePaths: [], sliceColumns: [] } });
  });

  it('opens its models for each part that it scores, right before, and for no part that it takes over', async () => {
    const plan = await scoring.pin();
    const pair = [model('b').modelDigest, model('a').modelDigest];
    const openedBefore: number[] = [];
    scoring.script = () => (openedBefore.push(scoring.opened.length), {});
    await scoring.shard(plan, { span: { firstPart: 0, parts: 2 } });
    expect(openedBefore).toEqual([2, 4]);
    await scoring.shard(plan);
    expect(scoring.opened).toEqual([...pair, ...pair, ...pair]);
  });

  it('that ends in the middle has lost the part under way and no other', async () => {
    const plan = await scoring.pin();
    diesAt(2);
    await expect(scoring.shard(plan)).rejects.toThrow('the worker is gone');
    expect(await recordsOf()).toHaveLength(2);
    heals();
    expect(await scoring.shard(plan)).toEqual({ status: 'scored', rows: 30, partsTakenOver: 2 });
    expect(partsAsked()).toEqual([2]);
  });

  it('killed between the files of a part and its record scores that part again, to the same files', async () => {
    const plan = await scoring.pin();
    await scoring.shard(plan);
    const folder = path.join(scoring.world.store.root, scoring.world.table.folder(pipeline, 'predictions'));
    const before = await readdir(path.join(folder, 'window=2001-03-05'));
    const [, second] = await recordsOf();
    await rm(path.join(scoring.world.store.root, second ?? ''));
    heals();
    expect(await scoring.shard(plan)).toMatchObject({ partsTakenOver: 2 });
    expect(partsAsked()).toEqual([1]);
    expect(await readdir(path.join(folder, 'window=2001-03-05'))).toEqual(before);
  });

  it('takes over what another run with the same identity scored', async () => {
    await scoring.shard(await scoring.pin('r1'));
    heals();
    expect(await scoring.shard(await scoring.pin('r2'))).toMatchObject({ partsTakenOver: 3 });
    expect(scoring.requests).toEqual([]);
  });

  it('takes nothing over from other models: they are another identity', async () => {
    const plan = await scoring.pin();
    await scoring.shard(plan);
    heals();
    expect(await scoring.shard(plan, { rung: rungOf(plan, 1) })).toMatchObject({ partsTakenOver: 0 });
    expect(scoring.requests.map(({ models }) => models.length)).toEqual([1, 1, 1]);
  });

  it('scores a part again whose file is gone', async () => {
    const plan = await scoring.pin();
    await scoring.shard(plan);
    const folder = scoring.world.table.folder(pipeline, 'predictions');
    const inside = path.join(scoring.world.store.root, folder, 'window=2001-03-05');
    const [first = ''] = await readdir(inside);
    await rm(path.join(inside, first));
    heals();
    expect(await scoring.shard(plan)).toMatchObject({ partsTakenOver: 2 });
    expect(await readdir(inside)).toContain(first);
  });

  it.each([
    ['is no JSON', () => 'torn'],
    ['has a field too many', (text: string) => text.replace('{', '{"more":1,')],
    ['is of another part', (text: string) => text.replace('"partIndex":0', '"partIndex":1')],
    ['is of another snapshot', (text: string) => text.replace(/"partSha256":"[^"]*"/, `"partSha256":"${digest('x')}"`)],
  ])('does not go on from a record that %s', async (_what, change) => {
    const plan = await scoring.pin();
    await scoring.shard(plan);
    const [first = ''] = await recordsOf();
    const bytes = await scoring.world.store.read(first);
    const file = path.join(scoring.world.store.root, first);
    await chmod(file, 0o644);
    await writeFile(file, change(new TextDecoder().decode(bytes ?? undefined)));
    await expect(scoring.shard(plan)).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
  });

  it('stops between two parts when it is cancelled', async () => {
    const plan = await scoring.pin();
    const control = new AbortController();
    scoring.script = () => (control.abort(new Error('cancelled')), {});
    await expect(scoring.shard(plan, { signal: control.signal })).rejects.toThrow('cancelled');
    expect(partsAsked()).toEqual([0]);
    expect(await recordsOf()).toHaveLength(1);
  });

  it('leaves nothing staged, however it ended', async () => {
    const plan = await scoring.pin();
    diesAt(1);
    await expect(scoring.shard(plan)).rejects.toThrow();
    const staged = await scoring.world.store.stage('look', 'tmp');
    expect(await readdir(path.dirname(staged))).toEqual([]);
  });

  it('of a window without rows keeps a record without files', async () => {
    await scoring.world.remove();
    scoring = await ScoringWorld.create([0]);
    expect(await scoring.shard(await scoring.pin())).toMatchObject({ status: 'scored', rows: 0 });
    const [record = ''] = await recordsOf();
    const bytes = await scoring.world.store.read(record);
    expect(JSON.parse(new TextDecoder().decode(bytes ?? undefined))).toMatchObject({ files: [] });
  });
});

describe('decisions are compared', () => {
  it('with the file of the same part where the same snapshot is published, by the columns of slice gates', async () => {
    await scoring.world.remove();
    const slice = { metric: 'auc', minRows: 1, harm: 0.1 } as const;
    const gates = ['origin', 'destination', 'origin'].map((column) => ({
      mode: 'enforce' as const,
      check: 'worst-slice' as const,
      column,
      ...slice,
    }));
    scoring = await ScoringWorld.create(undefined, flightsDefinition({ gates }));
    expect((await scoring.run()).status).toBe('published');
    const plan = await scoring.pin('r2');
    heals();
    await scoring.shard({ ...plan, asOf: '2001-03-05T01:00:00.000Z' });
    const compared = scoring.requests.map(({ churn }) => churn);
    expect(compared.map(({ livePaths }) => livePaths.length)).toEqual([1, 1, 1]);
    expect(new Set(compared.flatMap(({ livePaths }) => livePaths)).size).toBe(3);
    expect(compared[0]?.sliceColumns).toEqual(['origin']);
  });

  it('with nothing when the run itself is what is published', async () => {
    await scoring.run();
    heals();
    expect(await scoring.shard(await scoring.pin('r2'))).toMatchObject({ partsTakenOver: 3 });
    expect(scoring.requests).toEqual([]);
  });

  it('anew when somebody else published in between: those counts are of another publication', async () => {
    await scoring.shard(await scoring.pin());
    await scoring.world.commit(await scoring.world.adopt({ runIdentity: digest('somebody') }));
    heals();
    expect(await scoring.shard(await scoring.pin('r2'))).toMatchObject({ partsTakenOver: 0 });
  });
});

describe('a failure while scoring', () => {
  it.each(['MODEL_CORRUPT', 'MODEL_BAD_OUTPUT', 'MODEL_TIMEOUT', 'MODEL_OUT_OF_MEMORY'] as const)(
    'of the model (%s) is an answer: another model may still score',
    async (type) => {
      scoring.script = () => {
        throw new PermanentFailure(type, 'the model is at fault');
      };
      const answer = await scoring.shard(await scoring.pin(), { attempt: 2 });
      expect(answer).toEqual({ status: 'model-failed', why: 'the model is at fault' });
    },
  );

  it.each(['MODEL_TIMEOUT', 'MODEL_OUT_OF_MEMORY'] as const)(
    'that a slow or full host may explain (%s) is tried again once before the model is given up',
    async (type) => {
      scoring.script = () => {
        throw new PermanentFailure(type, 'the model is at fault');
      };
      await expect(scoring.shard(await scoring.pin())).rejects.not.toBeInstanceOf(PermanentFailure);
    },
  );

  it('of the data is a failure of the run', async () => {
    scoring.script = () => {
      throw new PermanentFailure('BAD_DATA', 'the part is damaged');
    };
    await expect(scoring.shard(await scoring.pin())).rejects.toMatchObject({ type: 'BAD_DATA' });
  });
});
