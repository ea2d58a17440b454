import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isClean } from '../../../domain/verify/check.js';
import { pipeline } from '../../support/ledger.js';
import { VerifiedPipeline } from '../../support/verified-pipeline.js';

let made: VerifiedPipeline;

beforeEach(async () => {
  made = await VerifiedPipeline.create();
});

afterEach(async () => {
  await made.remove();
});

const record = (number: number): string => `ledger/${pipeline}/${String(number).padStart(8, '0')}.json`;
const commit = (version: number): string =>
  `predictions/${pipeline}/_delta_log/${String(version).padStart(20, '0')}.json`;

async function servedPath(version: number): Promise<string> {
  const commits = await made.table.history(pipeline, 'predictions');
  return `predictions/${pipeline}/${commits[version]?.added[0]?.path ?? ''}`;
}

describe('a pipeline that is as it should be', () => {
  it('passes every check, and every check looked at something', async () => {
    const checks = await made.verify();
    expect(checks.flatMap(({ problems }) => problems)).toEqual([]);
    expect(isClean(checks)).toBe(true);
    const idle = checks.filter(({ checked }) => checked === 0).map(({ name }) => name);
    expect(idle).toEqual([
      'every anchored head is still in the ledger',
      'every decision that is called verified has its signature',
      'every step of a rollout follows a look that passed, or a go-ahead',
      'every rollout took the steps of its plan, and all of them before the champion changed',
      'every decision that counted is signed or allowed by its policy',
      'every analysis of a rollout is there with its digest, and says what its record says',
      'every correction file is there with its hash',
      'the challenger of a rollout served the cohort that its epoch drew, and nobody else',
      'every replacement is the commit that its record names',
      `every file of shadow-predictions/${pipeline} is there with its hash and rows`,
    ]);
  });
});

describe('what was tampered with is found', () => {
  it('a changed record, named by its number, and nothing behind it is trusted', async () => {
    await made.tamper(record(5), (text) => text.replace('Ada', 'Eve'));
    const [chain] = await made.verify();
    expect(chain).toMatchObject({ checked: 15, problems: [{ field: record(5) }], badRecord: { number: 5 } });
  });

  it('once: what only looks wrong because records behind it cannot be trusted is left open', async () => {
    await made.tamper(record(5), (text) => text.replace('Ada', 'Eve'));
    const checks = await made.verify([{ place: 'a file', anchor: { pipeline, number: 12, hash: 'f'.repeat(64) } }]);
    expect(checks.filter(({ problems }) => problems.length > 0).map(({ name }) => name)).toEqual([checks[0]?.name]);
    const open = checks.filter(({ isOpen }) => isOpen === true);
    expect(open.map(({ checked }) => checked)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(open.map(({ name }) => name)).toContain('every publication names its place in the ledger');
  });

  it('and so is what does not follow from it', async () => {
    await made.tamper(record(5), (text) => text.replace('Ada', 'Eve'));
    await made.tamper(await servedPath(1), (text) => text.replace('b', 'x'));
    expect(await made.failures()).toEqual([
      'the ledger is one unbroken chain',
      `every file of predictions/${pipeline} is there with its hash and rows`,
    ]);
  });

  it('a torn last record', async () => {
    await made.tamper(record(15), (text) => text.slice(0, 50));
    expect(await made.failures()).toContain('the ledger is one unbroken chain');
  });

  it('a last record rewritten with a valid form, by the publications that name its hash', async () => {
    await made.tamper(record(15), (text) => text.replace('a test', 'a jest'));
    expect(await made.failures()).toEqual(['every publication names its place in the ledger']);
  });

  it('a missing record in the middle', async () => {
    await made.tamper(record(3), () => null);
    const [chain] = await made.verify();
    expect(chain?.problems).toEqual([{ field: record(3), found: 'nothing', expected: 'record 3' }]);
  });

  it('a file in the ledger that is no record', async () => {
    await made.store.createIfAbsent(`ledger/${pipeline}/notes.txt`, 'hello');
    expect(await made.failures()).toEqual(['the ledger is one unbroken chain']);
  });

  it('a changed published file, also one that is no longer live', async () => {
    await made.tamper(await servedPath(1), (text) => text.replace('b', 'x'));
    expect(await made.failures()).toEqual([`every file of predictions/${pipeline} is there with its hash and rows`]);
  });

  it('a missing published file', async () => {
    await made.tamper(await servedPath(0), () => null);
    expect(await made.failures()).toEqual([`every file of predictions/${pipeline} is there with its hash and rows`]);
  });

  it('other rows in a file than the log says', async () => {
    await made.tamper(commit(0), (text) => text.replace('numRecords\\":2', 'numRecords\\":3'));
    expect(await made.failures()).toEqual([
      `every file of predictions/${pipeline} is there with its hash and rows`,
      'every publication has the rows of its snapshot',
    ]);
  });

  it('a changed report', async () => {
    const digest = (await made.store.list('reports'))[0] ?? '';
    await made.tamper(`reports/${digest}/report.json`, (text) => text.replace('pass', 'fail'));
    expect(await made.failures()).toEqual([
      'every gate report is there with its digest',
      'every gate report says what its record says',
    ]);
  });

  it.each([
    ['a changed page of a report', (text: string) => text.replace('<p>', '<p>passed ')],
    ['a missing page of a report', () => null],
  ])('%s', async (_, change) => {
    const digest = (await made.store.list('reports'))[0] ?? '';
    await made.tamper(`reports/${digest}/report.html`, change);
    expect(await made.failures()).toEqual(['every page of a gate report is the one that was written']);
  });

  it('a missing report', async () => {
    const digest = (await made.store.list('reports'))[0] ?? '';
    await made.tamper(`reports/${digest}/report.json`, () => null);
    expect(await made.failures()).toEqual(['every gate report is there with its digest']);
  });

  it('a changed model', async () => {
    const { modelDigest } = made.model('a');
    await made.tamper(`models/${modelDigest}/model.onnx`, (text) => `${text}!`);
    expect(await made.failures()).toEqual(['every registered model is there with its files']);
  });

  it('a manifest that names another model’s files', async () => {
    const [a, b] = [made.model('a').modelDigest, made.model('b').modelDigest];
    const other = new TextDecoder().decode((await made.store.read(`models/${b}/manifest.json`)) ?? new Uint8Array());
    await made.tamper(`models/${a}/manifest.json`, () => other);
    expect(await made.failures()).toEqual(['every registered model is there with its files']);
  });

  it('a changed snapshot part', async () => {
    await made.tamper(`snapshots/${pipeline}/${made.snapshot}/part-0.parquet`, (text) => `${text}!`);
    expect(await made.failures()).toEqual(['every snapshot is there with its parts']);
  });

  describe('of the rows that validation left out', () => {
    const file = 'every quarantine file is there with its hash and rows';
    const manifest = () => `snapshots/${pipeline}/${made.snapshot}/manifest.json`;
    const digest = 'every snapshot is there with its parts';

    it('a changed or missing file', async () => {
      const [name = ''] = await made.store.list(`quarantine/${pipeline}`);
      await made.tamper(`quarantine/${pipeline}/${name}`, (text) => `${text}!`);
      expect(await made.failures()).toEqual([file]);
      await made.tamper(`quarantine/${pipeline}/${name}`, () => null);
      expect(await made.failures()).toEqual([file]);
    });

    it('other rows in the file than its snapshot says, and rows that are nowhere', async () => {
      await made.tamper(manifest(), (text) => text.replace('"reasons":{"finite(distance)":1},"rows":1', '"rows":2'));
      const rows = 'rows out and quarantined rows are the rows that were found, in every snapshot';
      expect(await made.failures()).toEqual([digest, rows, file]);
    });

    it('nothing where a snapshot is from before rows were held to rules', async () => {
      await made.tamper(manifest(), (text) => text.replace('"rowsFound":3,', '').replace('quarantine', 'other'));
      expect(await made.failures()).toEqual([digest]);
    });
  });

  it('a log that cannot be read, while the other checks still speak', async () => {
    await made.tamper(commit(1), () => null);
    const checks = await made.verify();
    expect(checks.length).toBeGreaterThan(8);
    expect(await made.failures()).toEqual([`the log of predictions/${pipeline} can be read`]);
  });
});

describe('what the rules forbid is found', () => {
  it('rows of a model that was not champion in their epoch', async () => {
    const file = await made.adopt('2001-03-08', 'b', 1, 'wrong model');
    const { version } = await made.table.load(pipeline, 'predictions');
    const [info] = await made.table.history(pipeline, 'predictions');
    if (info === undefined) throw new Error('nothing was published');
    const change = { add: [file], remove: [], info: { ...info, identity: file.runIdentity, windows: [file.window] } };
    expect(await made.table.commit(pipeline, 'predictions', version + 1, change)).toBe('created');
    expect(await made.failures()).toEqual([
      'every published file comes from a model that was entitled to serve',
      'no served file comes from a model that was rolled back',
    ]);
  });

  it('rows that are missing from one of the files of a publication, and nothing where they are all there', async () => {
    const [info] = await made.table.history(pipeline, 'predictions');
    if (info === undefined) throw new Error('nothing was published');
    const publish = async (window: string, marks: readonly string[]) => {
      const files = await Promise.all(marks.map((mark) => made.adopt(window, 'a', 1, `parts of ${window}`, 1, mark)));
      const { version } = await made.table.load(pipeline, 'predictions');
      const own = { ...info, identity: `parts of ${window}`, windows: [window] };
      await made.table.commit(pipeline, 'predictions', version + 1, { add: files, remove: [], info: own });
    };
    await publish('2001-03-08', ['first', 'second']);
    expect(await made.failures()).toEqual([]);
    await publish('2001-03-09', ['first']);
    expect(await made.failures()).toEqual(['every publication has the rows of its snapshot']);
  });

  it('other bytes for the same run', async () => {
    const file = await made.adopt('2001-03-05', 'a', 1, 'run of 2001-03-05', 3);
    const { version } = await made.table.load(pipeline, 'predictions');
    const [info] = await made.table.history(pipeline, 'predictions');
    if (info === undefined) throw new Error('nothing was published');
    await made.table.commit(pipeline, 'predictions', version + 1, { add: [file], remove: [], info });
    expect(await made.failures()).toEqual([
      'every publication has the rows of its snapshot',
      'the same run identity gives the same bytes',
      'every publication is made once, and never replaces one of a later epoch',
    ]);
  });
});
