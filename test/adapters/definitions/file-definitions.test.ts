import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileDefinitions } from '../../../adapters/definitions/file-definitions.js';
import { openStore, type OpenedStore } from '../../../adapters/store/open-store.js';
import { canonicalJson, sha256Hex } from '../../../contracts/digest.js';

const PIPELINE = `
import { definePipeline, notWorse } from 'gauntlet';
const name: string = 'parcels';
export default definePipeline({
  name,
  dataset: { sources: { parcels: 'data/parcels.csv' }, sql: 'features.sql', key: 'id', entity: 'depot', eventTime: 'day',
             features: { weight: 'numeric' } },
  window: { every: '1 day', start: '2024-01-01' },
  label: { column: 'lost', delay: '1 day' },
  decision: { positiveRate: 0.1 },
  baseline: { expression: 'weight / 100' },
  training: { command: ['node', 'train.js'], window: '14 days', validation: '2 days' },
  gates: [notWorse('auc', { margin: 0.01 })],
});
`;

let root: string;
let store: OpenedStore;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-definitions-'));
  store = await openStore(path.join(root, 'store'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function writePipeline(folder: string, files: Record<string, string>): Promise<FileDefinitions> {
  const target = path.join(root, folder, 'parcels');
  await mkdir(target, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(target, name), content);
  return new FileDefinitions(path.join(root, folder), store);
}

const whole = { 'pipeline.ts': PIPELINE, 'features.sql': 'SELECT 1' };

describe('a definition file', () => {
  it('is loaded with its SQL read and its sources found beside it', async () => {
    const definitions = await writePipeline('pipelines', whole);
    expect(await definitions.list()).toEqual(['parcels']);
    const { definition } = await definitions.load('parcels');
    expect(definition.dataset.sql).toBe('SELECT 1');
    expect(definition.dataset.sources['parcels']?.path).toBe(path.join(root, 'pipelines/parcels/data/parcels.csv'));
  });

  it('may be JavaScript', async () => {
    const script = PIPELINE.replace('name: string', 'name');
    const definitions = await writePipeline('pipelines', { 'pipeline.js': script, 'features.sql': 'SELECT 1' });
    expect((await definitions.load('parcels')).definition.name).toBe('parcels');
  });

  it('has the same digest wherever it lies, another one when its SQL changes, at once', async () => {
    const here = await writePipeline('pipelines', whole);
    const there = await writePipeline('deeper/down', whole);
    const { digest } = await here.load('parcels');
    expect((await there.load('parcels')).digest).toBe(digest);
    await writePipeline('pipelines', { 'features.sql': 'SELECT 2' });
    expect((await here.load('parcels')).digest).not.toBe(digest);
    await writePipeline('pipelines', { ...whole, 'pipeline.ts': PIPELINE.replace('0.1', '0.2') });
    expect((await here.load('parcels')).definition.decision.positiveRate).toBe(0.2);
  });

  it('is kept in the store, from where a run that was pinned to it gets it back', async () => {
    const definitions = await writePipeline('pipelines', whole);
    const { definition, digest } = await definitions.load('parcels');
    const copy = path.join(store.root, 'definitions', digest, 'definition.json');
    expect(sha256Hex(await readFile(copy))).toBe(digest);
    await writePipeline('pipelines', { 'pipeline.ts': 'export default 1' });
    expect(await definitions.loadPinned(digest)).toEqual(definition);
    await expect(definitions.loadPinned('0'.repeat(64))).rejects.toMatchObject({ type: 'UNKNOWN_PIPELINE' });
    await expect(definitions.loadPinned('../..')).rejects.toMatchObject({ type: 'UNKNOWN_PIPELINE' });
    await writeFile(copy, '{}');
    await expect(definitions.loadPinned(digest)).rejects.toMatchObject({ type: 'STORE_MISMATCH' });
  });

  it('kept by an earlier version is read with the defaults of today, under the digest it was kept by', async () => {
    const definitions = await writePipeline('pipelines', whole);
    const { definition } = await definitions.load('parcels');
    const later = ['validation', 'ingestionDelayMs', 'weight', 'scheme', 'blocks', 'mode'];
    const content = canonicalJson(
      JSON.parse(JSON.stringify(definition, (key, value: unknown) => (later.includes(key) ? undefined : value))),
    );
    await store.createIfAbsent(`definitions/${sha256Hex(content)}/definition.json`, content);
    expect(await definitions.loadPinned(sha256Hex(content))).toEqual(definition);
  });

  it.each([
    ['does not run', "throw new Error('no')", /could not be run: Error: no/],
    ['exports nothing', 'export const x = 1', /default export: found/],
    [
      'has another name than its folder',
      PIPELINE.replace("'parcels'", "'letters'"),
      /name: found "letters", expected "parcels"/,
    ],
    ['names a SQL file that is not there', PIPELINE.replace('features.sql', 'f.sql'), /dataset\.sql: found "f\.sql"/],
  ])('that %s is refused and says why', async (_, script, message) => {
    const definitions = await writePipeline('pipelines', { ...whole, 'pipeline.ts': script });
    await expect(definitions.load('parcels')).rejects.toMatchObject({ type: 'INVALID_DEFINITION' });
    await expect(definitions.load('parcels')).rejects.toThrow(message);
  });
});

describe('an unknown pipeline', () => {
  it.each(['letters', 'Parcels', '../parcels', ''])('%j is answered with the known ones', async (name) => {
    const definitions = await writePipeline('pipelines', whole);
    await expect(definitions.load(name)).rejects.toMatchObject({
      type: 'UNKNOWN_PIPELINE',
      problems: [{ field: 'pipeline', found: JSON.stringify(name), expected: 'one of parcels' }],
      example: '{"pipeline":"parcels"}',
    });
  });

  it('is answered with where to put one when there is none', async () => {
    const definitions = new FileDefinitions(path.join(root, 'nowhere'), store);
    expect(await definitions.list()).toEqual([]);
    await expect(definitions.load('flights')).rejects.toThrow(/a folder with a pipeline\.ts under pipelines\//);
  });
});
