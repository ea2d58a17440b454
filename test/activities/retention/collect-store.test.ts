import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../../activities/ledger/read-ledger.js';
import { assertReadable, isThere } from '../../../activities/retention/collected-files.js';
import type { CrashPoint } from '../../../activities/crash-point.js';
import { outputOf, startScript } from '../../support/child-process.js';
import { collectHere, daysLater } from '../../support/collections.js';
import { collectUntil } from '../../support/cut-collections.js';
import { pipeline } from '../../support/ledger.js';
import { VerifiedPipeline } from '../../support/verified-pipeline.js';

let made: VerifiedPipeline;
/** The file of the rolled-back version, which no version shows any more. */
let old: string;

beforeEach(async () => {
  made = await VerifiedPipeline.create();
  await made.append({
    type: 'predictions-replaced',
    rollbackId: 'r',
    tableVersion: 2,
    windows: [],
    rowsReplaced: 2,
    decisionsChanged: 0,
    correctionFile: null,
  });
  const [file] = (await made.table.load(pipeline, 'predictions', 1)).files.filter(
    ({ window }) => window === '2001-03-06',
  );
  old = `predictions/${pipeline}/${file?.path ?? ''}`;
});

afterEach(() => made.remove());

const collect = (overrides?: Parameters<typeof collectHere>[1]) => collectHere(made.store, overrides);

describe('collecting', () => {
  it('says what would go and removes nothing, unless it is told to', async () => {
    const { removed, files, rules } = await collect({ apply: false });
    expect(files.map(({ path: file, rule }) => [file, rule])).toEqual([[old, 'publications']]);
    expect(rules).toEqual([{ name: 'publications', files: 1, bytes: files[0]?.bytes }]);
    expect(removed).toEqual({ files: 0, bytes: 0 });
    expect(await isThere(made.store, old)).toBe(true);
    expect((await readLedger(made.store, pipeline)).state.collected.size).toBe(0);
  });

  it('removes what no version within the horizon shows, after a record of its hash and rule', async () => {
    const { removed, recordNumbers, files } = await collect();
    expect(removed).toEqual({ files: 1, bytes: files[0]?.bytes });
    expect(await isThere(made.store, old)).toBe(false);
    const { records } = await readLedger(made.store, pipeline);
    const [commit] = (await made.table.history(pipeline, 'predictions')).filter(({ version }) => version === 1);
    expect(records.at(-1)?.record).toMatchObject({
      number: recordNumbers[0],
      actor: { name: 'Ada' },
      reason: 'a test',
      event: { type: 'collected', files: [{ path: old, sha256: commit?.added[0]?.sha256, rule: 'publications' }] },
    });
    expect((await collect()).files).toEqual([]);
  });

  it('removes nothing while the horizon reaches back to it', async () => {
    expect((await collect({ now: daysLater(89) })).files).toEqual([]);
  });

  it('leaves everything that verify looks at, but for what the record names', async () => {
    await collect();
    expect(await made.failures()).toEqual([]);
    const { files } = await made.table.load(pipeline, 'predictions');
    await made.tamper(`predictions/${pipeline}/${files[0]?.path ?? ''}`, () => null);
    expect(await made.failures()).toEqual([`every file of predictions/${pipeline} is there with its hash and rows`]);
  });

  it('lets newer versions be read, and says of an older one that it was collected', async () => {
    await collect();
    const read = async (number: number) => {
      const { files } = await made.table.load(pipeline, 'predictions', number);
      return assertReadable(made.store, pipeline, { number, folder: `predictions/${pipeline}`, files });
    };
    await expect(read(2)).resolves.toBeUndefined();
    await expect(read(1)).rejects.toMatchObject({ type: 'COLLECTED', problems: [{ field: old }] });
  });

  it('takes what dead processes left, and nothing that is being written', async () => {
    const dead = `rows-999999999-00000000-0000-0000-0000-000000000000.parquet`;
    await writeFile(path.join(made.store.root, '.staging', dead), 'left');
    await writeFile(await made.store.stage('rows', 'parquet'), 'being written');
    const { files, removed } = await collect({ now: daysLater(2) });
    expect(files.map(({ path: file }) => file)).toEqual([`.staging/${dead}`]);
    expect(removed).toEqual({ files: 1, bytes: 4 });
  });

  it('takes a file that nobody committed, and lets its run publish it anew under another name', async () => {
    const left = await made.adopt('2001-03-09', 'a', 3, 'a run that died');
    await collect({ now: daysLater(8) });
    expect(await isThere(made.store, `predictions/${pipeline}/${left.path}`)).toBe(false);
    const again = await made.publish('2001-03-09', 'a', 3, 'a run that died');
    expect(again.status).toBe('published');
    const { files } = await made.table.load(pipeline, 'predictions');
    expect(files.find(({ window }) => window === '2001-03-09')?.path).toBe(
      left.path.replace('.parquet', '-again1.parquet'),
    );
    expect(await made.failures()).toEqual([]);
  });
});

describe('a collection that is cut off', () => {
  it.each<[CrashPoint, number, boolean]>([
    ['before-collect', 0, true],
    ['after-collect-record', 1, true],
    ['after-collect', 1, false],
  ])('%s is finished by the next one', async (point, recorded, isLeft) => {
    await collectUntil(point, made.store);
    expect((await readLedger(made.store, pipeline)).state.collected.size).toBe(recorded);
    expect(await isThere(made.store, old)).toBe(isLeft);
    expect(await made.failures()).toEqual([]);
    expect(await outputOf(startScript('collect.ts', [made.store.root]))).toBe(isLeft ? '1\n' : '0\n');
    const { records } = await readLedger(made.store, pipeline);
    expect(records.filter(({ record }) => record.event.type === 'collected')).toHaveLength(1);
    expect(await isThere(made.store, old)).toBe(false);
    expect(await made.failures()).toEqual([]);
  });
});
