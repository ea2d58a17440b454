import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoredModelBundles } from '../../adapters/model-bundle/bundles.js';
import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { openStore, type OpenedStore } from '../../adapters/store/open-store.js';
import { day, digest } from '../support/ledger.js';
import { logisticModel } from '../support/onnx-models.js';
import { writeParquet } from '../support/parquet.js';
import { scratchFolder, testFeatures } from '../support/scoring.js';

const features = testFeatures.slice(0, 2);
const scorer = createScorer();

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let store: OpenedStore;
let bundles: StoredModelBundles;

const file = (name: string) => path.join(scratch.folder, name);

beforeAll(async () => {
  scratch = await scratchFolder();
  await writeFile(file('model.onnx'), logisticModel([0.25, -1.5], 0.5));
  for (const [name, first] of [
    ['one', 0],
    ['other', 5],
  ] as const) {
    const rows = Array.from({ length: 200 }, (_row, index) => [((first + index) % 12) + 1, (index * 13 + first) % 100]);
    const columns = features.map((feature) => ({ name: feature.name, type: 'FLOAT' }));
    await writeParquet(file(`${name}.parquet`), columns, rows);
  }
});

beforeEach(async () => {
  store = await openStore(await mkdtemp(file('store-')));
  bundles = new StoredModelBundles({ store, scorer, tempDirectory: scratch.folder });
});

afterAll(() => scratch.remove());

/** Makes the one model into a bundle, with golden rows and a profile of these validation rows. */
async function assemble(validation: 'one' | 'other' = 'one'): Promise<string> {
  const folder = await mkdtemp(file('material-'));
  const { modelDigest } = await bundles.assemble({
    folder,
    modelPath: file('model.onnx'),
    features: { features, kind: 'binary' },
    dictionary: {},
    validationPath: file(`${validation}.parquet`),
    trainingPath: file('one.parquet'),
    decisionRate: 0.2,
    inputs: { rows: 200, numeric: {}, categorical: {} },
    lineage: {
      pipeline: 'flights',
      definitionDigest: digest('definition'),
      trainingSnapshotDigest: digest('snapshot'),
      trainingWindow: day,
      validationWindow: day,
      trainer: { command: ['train'], params: {}, seed: 1, metrics: {}, importance: {}, libraryVersions: {} },
    },
  });
  return modelDigest;
}

/** Retention takes files and leaves the manifest. */
async function take(modelDigest: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) await rm(path.join(store.root, 'models', modelDigest, name));
}

describe('a model that is made again', () => {
  it('is the bundle that is there', async () => {
    const modelDigest = await assemble();
    const before = await store.read(`models/${modelDigest}/manifest.json`);
    expect(await assemble('other')).toBe(modelDigest);
    expect(await store.read(`models/${modelDigest}/manifest.json`)).toEqual(before);
    await expect(bundles.open(modelDigest)).resolves.toMatchObject({ manifest: { modelDigest } });
  });

  it('gets back the files that retention took', async () => {
    const modelDigest = await assemble();
    await take(modelDigest, 'model.onnx', 'dictionary.json', 'features.json', 'profile.json', 'golden.parquet');
    await expect(bundles.open(modelDigest)).rejects.toMatchObject({ type: 'MODEL_CORRUPT' });
    expect(await assemble()).toBe(modelDigest);
    await expect(bundles.open(modelDigest)).resolves.toMatchObject({ manifest: { modelDigest } });
  });

  it('gets back a profile from before validation rows were counted as it was', async () => {
    const modelDigest = await assemble();
    const { scores, ...inputs } = await bundles.profile(modelDigest);
    expect(scores.rows).toBe(200);
    const { mean, cuts, shares } = scores;
    const sha256 = sha256Hex(canonicalJson({ ...inputs, scores: { mean, cuts, shares } }));
    const { manifest } = await bundles.open(modelDigest);
    const files = manifest.files.map((stored) => (stored.name === 'profile.json' ? { ...stored, sha256 } : stored));
    await writeFile(
      path.join(store.root, 'models', modelDigest, 'manifest.json'),
      canonicalJson({ ...manifest, files }),
    );
    await take(modelDigest, 'profile.json');
    expect(await assemble()).toBe(modelDigest);
    expect((await bundles.profile(modelDigest)).scores).toEqual({ mean, cuts, shares });
  });

  it('is refused where the manifest promises other files, which are named; equal ones are put back', async () => {
    const modelDigest = await assemble();
    await take(modelDigest, 'model.onnx', 'profile.json', 'golden.parquet');
    await expect(assemble('other')).rejects.toMatchObject({
      type: 'MODEL_CORRUPT',
      problems: [{ field: `models/${modelDigest}/profile.json` }, { field: `models/${modelDigest}/golden.parquet` }],
    });
    expect(await store.list(`models/${modelDigest}`)).toEqual([
      'dictionary.json',
      'features.json',
      'manifest.json',
      'model.onnx',
    ]);
  });
});
