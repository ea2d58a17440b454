import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { computeModelDigest } from '../../contracts/model-bundle.js';
import type { CategoryDictionary, FeatureList, ModelManifest } from '../../domain/model-bundle.js';
import { writeParquet } from './parquet.js';

export interface TestBundle {
  readonly bundlePath: string;
  readonly modelDigest: string;
}

/** Writes a complete bundle. `golden` rows hold the encoded features in order, then the expected score. */
export async function writeBundle(
  bundlePath: string,
  content: {
    readonly model: Uint8Array;
    readonly features: FeatureList['features'];
    readonly dictionary?: CategoryDictionary;
    readonly golden?: readonly (readonly number[])[];
    readonly manifest?: Partial<ModelManifest>;
    /** More files by name, listed in the manifest. */
    readonly extraFiles?: Readonly<Record<string, Uint8Array>>;
  },
): Promise<TestBundle> {
  await mkdir(bundlePath, { recursive: true });
  await writeFile(path.join(bundlePath, 'model.onnx'), content.model);
  const list: FeatureList = { features: content.features, kind: 'binary' };
  await writeFile(path.join(bundlePath, 'features.json'), JSON.stringify(list));
  await writeFile(path.join(bundlePath, 'dictionary.json'), JSON.stringify(content.dictionary ?? {}));
  const columns = [...content.features.map((feature) => feature.name), 'expected_score'];
  await writeParquet(
    path.join(bundlePath, 'golden.parquet'),
    columns.map((name) => ({ name, type: 'FLOAT' })),
    content.golden ?? [columns.map(() => 0)],
  );
  const extra = Object.entries(content.extraFiles ?? {});
  for (const [name, bytes] of extra) await writeFile(path.join(bundlePath, name), bytes);
  const names = ['model.onnx', 'features.json', 'dictionary.json', 'golden.parquet', ...extra.map(([name]) => name)];
  const files = await hashFiles(bundlePath, names);
  const hash = (name: string) => files.find((file) => file.name === name)?.sha256 ?? '';
  const modelDigest = computeModelDigest({
    'model.onnx': hash('model.onnx'),
    'dictionary.json': hash('dictionary.json'),
    'features.json': hash('features.json'),
  });
  const manifest = { ...testManifest(modelDigest, files), ...content.manifest };
  await writeFile(path.join(bundlePath, 'manifest.json'), JSON.stringify(manifest));
  return { bundlePath, modelDigest };
}

async function hashFiles(folder: string, names: readonly string[]): Promise<ModelManifest['files']> {
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(path.join(folder, name));
      return { name, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength };
    }),
  );
}

function testManifest(modelDigest: string, files: ModelManifest['files']): ModelManifest {
  return {
    schemaVersion: 1,
    modelDigest,
    pipeline: 'flights',
    definitionDigest: '1'.repeat(64),
    trainingSnapshotDigest: '2'.repeat(64),
    trainingWindow: { start: '2001-01-01T00:00:00Z', end: '2001-01-29T00:00:00Z' },
    validationWindow: { start: '2001-01-29T00:00:00Z', end: '2001-02-05T00:00:00Z' },
    decisionThreshold: 0.5,
    trainer: { command: ['train'], params: {}, seed: 1, metrics: {}, importance: {}, libraryVersions: {} },
    files,
  };
}
