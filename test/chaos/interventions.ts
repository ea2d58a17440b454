import { chmod, mkdir, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LedgerState } from '../../domain/ledger/state.js';
import { oneBitFlipped } from '../support/damage.js';
import type { SmallPipeline } from './small-pipeline.js';

/** What somebody who is not Gauntlet can get hold of. */
export interface LifeScene {
  readonly pipeline: SmallPipeline;
  /** Folder of a store on the file system. */
  readonly storeFolder: string;
  readonly trackingUri: string;
  readonly ledger: () => Promise<LedgerState>;
}

const wholeName = 'model.onnx.whole';

/** Breaks the file of the champion's model, or of every model's. */
export async function spoilModels({ storeFolder, ledger }: LifeScene, which: 'champion' | 'all'): Promise<void> {
  const { champion, models } = await ledger();
  const digests = which === 'all' ? [...models.keys()] : champion === null ? [] : [champion.modelDigest];
  for (const digest of digests) {
    const folder = path.join(storeFolder, 'models', digest);
    if ((await readdir(folder)).includes(wholeName)) continue;
    const file = path.join(folder, 'model.onnx');
    const spoiled = oneBitFlipped(Buffer.from(await readFile(file)));
    await rename(file, path.join(folder, wholeName));
    await writeFile(file, spoiled);
  }
}

/** Puts the files back that `spoilModels` took away, if it did. */
export async function restoreModels({ storeFolder }: LifeScene): Promise<void> {
  const models = path.join(storeFolder, 'models');
  for (const digest of await readdir(models).catch(() => [])) {
    const folder = path.join(models, digest);
    if ((await readdir(folder)).includes(wholeName))
      await rename(path.join(folder, wholeName), path.join(folder, 'model.onnx'));
  }
}

/** Somebody sets the alias by hand. */
export async function moveAlias({ trackingUri, pipeline }: LifeScene, version: string): Promise<void> {
  const response = await fetch(`${trackingUri}/api/2.0/mlflow/registered-models/alias`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: pipeline.name, alias: 'champion', version }),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** Half a year goes by: every file is old, and one lies there that nobody ever committed. */
export async function collectable({ storeFolder, pipeline }: LifeScene): Promise<void> {
  const window = path.join(storeFolder, 'predictions', pipeline.name, 'window=2024-01-15');
  await mkdir(window, { recursive: true });
  await writeFile(path.join(window, 'left-behind.parquet'), 'written by a run that nobody knows');
  const then = new Date(Date.now() - 180 * 86_400_000);
  for (const entry of await readdir(storeFolder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    await chmod(file, 0o644);
    await utimes(file, then, then);
  }
}
