import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { computeModelDigest } from '../../contracts/model-bundle.js';
import { openBundle } from '../../adapters/model-bundle/model-bundle.js';
import { writeBundle, type TestBundle } from '../support/model-bundles.js';
import { logisticModel } from '../support/onnx-models.js';
import { scratchFolder, testDictionary, testFeatures } from '../support/scoring.js';

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let bundle: TestBundle;

beforeEach(async () => {
  scratch = await scratchFolder();
  bundle = await writeBundle(path.join(scratch.folder, 'bundle'), {
    model: logisticModel([1, 2, 3], 0),
    features: testFeatures,
    dictionary: testDictionary,
  });
});

afterEach(() => scratch.remove());

const inBundle = (name: string) => path.join(bundle.bundlePath, name);

describe('a model bundle', () => {
  it('opens when every file is what its manifest says', async () => {
    const opened = await openBundle(bundle.bundlePath, bundle.modelDigest);
    expect(opened.features.features).toEqual(testFeatures);
    expect(opened.dictionary).toEqual(testDictionary);
    expect(opened.manifest.modelDigest).toBe(bundle.modelDigest);
  });

  it('without a manifest is missing', async () => {
    await rm(inBundle('manifest.json'));
    await expect(openBundle(bundle.bundlePath)).rejects.toMatchObject({ type: 'MODEL_MISSING' });
  });

  it('is corrupt when files changed or are gone, and all of them are named', async () => {
    await writeFile(inBundle('dictionary.json'), '{"origin":[]}');
    await rm(inBundle('golden.parquet'));
    await expect(openBundle(bundle.bundlePath)).rejects.toMatchObject({
      type: 'MODEL_CORRUPT',
      problems: [{ field: 'dictionary.json' }, { field: 'golden.parquet', found: 'nothing' }],
    });
  });

  it('is corrupt when it is another model than the one asked for', async () => {
    await expect(openBundle(bundle.bundlePath, '0'.repeat(64))).rejects.toMatchObject({
      type: 'MODEL_CORRUPT',
      problems: [{ found: `model ${bundle.modelDigest}`, expected: `model ${'0'.repeat(64)}` }],
    });
  });

  it('is corrupt when a dictionary lists a value twice or lacks a categorical feature', async () => {
    const write = (dictionary: Record<string, readonly string[]>) =>
      writeBundle(path.join(scratch.folder, 'other'), {
        model: logisticModel([1], 0),
        features: testFeatures,
        dictionary,
      });
    await write({ origin: ['ATL', 'ATL'] });
    const other = path.join(scratch.folder, 'other');
    await expect(openBundle(other)).rejects.toMatchObject({ problems: [{ field: 'dictionary.json origin' }] });
    await write({});
    await expect(openBundle(other)).rejects.toMatchObject({
      problems: [{ field: 'dictionary.json origin', found: 'nothing' }],
    });
  });

  it('has a digest of its model, dictionary and feature list in no particular order', () => {
    const hashes = { 'model.onnx': '1'.repeat(64), 'dictionary.json': '2'.repeat(64), 'features.json': '3'.repeat(64) };
    const shuffled = {
      'features.json': '3'.repeat(64),
      'model.onnx': '1'.repeat(64),
      'dictionary.json': '2'.repeat(64),
    };
    expect(computeModelDigest(shuffled)).toBe(computeModelDigest(hashes));
    expect(computeModelDigest({ ...hashes, 'features.json': '4'.repeat(64) })).not.toBe(computeModelDigest(hashes));
  });
});
