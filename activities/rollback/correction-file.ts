import { sha256Hex } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { FileRef } from '../../domain/model-ref.js';
import type { ReplacedWindow } from '../publication/replace-predictions.js';
import { localPathsOf } from '../publication/table-file.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { CorrectionPair, Scorer } from '../ports/scorer.js';
import type { Store } from '../ports/store.js';

export interface CorrectionServices {
  readonly store: Store;
  readonly table: PredictionTable;
  readonly dataset: Pick<DatasetBuilder, 'loadSnapshot'>;
  readonly scorer: Pick<Scorer, 'writeCorrections'>;
}

export interface Corrections {
  readonly rowsReplaced: number;
  readonly decisionsChanged: number;
  readonly file: FileRef | null;
}

/** What was taken back, and in whose name. */
export interface CorrectionQuestion {
  readonly pipeline: string;
  readonly rollbackId: string;
  readonly windows: readonly ReplacedWindow[];
}

/** One Parquet file with the rows whose score or decision changed, old and new, for those who acted on the old ones. */
export async function writeCorrectionFile(
  services: CorrectionServices,
  { pipeline, rollbackId, windows }: CorrectionQuestion,
): Promise<Corrections> {
  const { store, scorer } = services;
  const folder = services.table.folder(pipeline, 'predictions');
  const pairs: CorrectionPair[] = [];
  for (const { window, removed, added } of windows) {
    if (removed.length === 0 || added.length === 0) continue;
    pairs.push({
      window,
      oldPaths: await localPathsOf(store, folder, removed),
      newPaths: await localPathsOf(store, folder, added),
      snapshotPaths: await snapshotPathsOf(services, pipeline, removed[0]?.snapshotDigest ?? ''),
    });
  }
  if (pairs.length === 0) return { rowsReplaced: 0, decisionsChanged: 0, file: null };
  const outputPath = await store.stage('corrections', 'parquet');
  const { rowsReplaced, decisionsChanged } = await scorer.writeCorrections({ pairs, outputPath });
  const file = await store.adopt(
    outputPath,
    ({ sha256 }) => `corrections/${pipeline}/${sha256Hex(rollbackId).slice(0, 12)}-${sha256.slice(0, 12)}.parquet`,
  );
  return { rowsReplaced, decisionsChanged, file };
}

/** A snapshot that retention has taken out leaves the entity unsaid: the rows still count. */
async function snapshotPathsOf(
  { store, dataset }: CorrectionServices,
  pipeline: string,
  snapshotDigest: string,
): Promise<readonly string[] | null> {
  try {
    const { columns, parts } = await dataset.loadSnapshot(pipeline, snapshotDigest);
    if (columns.every(({ name }) => name !== 'entity')) return null;
    return await Promise.all(parts.map((part) => store.localPath(part)));
  } catch (error) {
    if (error instanceof PermanentFailure) return null;
    throw error;
  }
}
