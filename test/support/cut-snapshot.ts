import type { DatasetBuilder } from '../../activities/ports/dataset.js';
import type { Store } from '../../activities/ports/store.js';
import type { ScoringSnapshot } from '../../activities/scoring/scoring-activities.js';
import { publishSnapshot, snapshotRef, type StagedPart } from '../../adapters/duckdb/snapshot-files.js';
import { hashFile } from '../../adapters/store/durable-file.js';
import { pipeline } from './ledger.js';
import { runSql } from './parquet.js';

/** The same snapshot in parts of few rows, as a large one is cut. */
export async function cutSnapshot(
  { store, dataset }: { readonly store: Store; readonly dataset: DatasetBuilder },
  snapshot: ScoringSnapshot,
  partRows: number,
): Promise<ScoringSnapshot> {
  const manifest = await dataset.loadSnapshot(pipeline, snapshot.digest);
  const [whole = ''] = await dataset.localParts(manifest);
  const parts: StagedPart[] = [];
  for (let first = 0; first < manifest.rows; first += partRows) {
    const stagedPath = await store.stage('snapshot', 'parquet');
    const span = `LIMIT ${String(partRows)} OFFSET ${String(first)}`;
    await runSql(
      `COPY (SELECT * FROM read_parquet('${whole}') ORDER BY row_key ${span}) TO '${stagedPath}' (FORMAT parquet)`,
    );
    const path = `part-${String(parts.length).padStart(5, '0')}.parquet`;
    const rows = Math.min(partRows, manifest.rows - first);
    parts.push({ stagedPath, ref: { path, ...(await hashFile(stagedPath)), rows } });
  }
  const cut = { ...manifest, parts: parts.map(({ ref }) => ref) };
  const digest = await publishSnapshot(store, cut, parts);
  return { ...snapshotRef({ snapshot: digest, warnings: [] }, cut), parts: parts.length };
}
