import { DuckDBInstance } from '@duckdb/node-api';
import { adoptTableFile } from '../../../activities/publication/table-file.js';
import { publishWindow } from '../../../activities/publication/publish-window.js';
import { DeltaPredictionTable } from '../../../adapters/delta/delta-prediction-table.js';
import { openStore } from '../../../adapters/store/open-store.js';
import { model, pipeline } from '../ledger.js';
import { info, tableFile } from '../publications.js';
import { streamed } from '../window-stream.js';

/** Publishes a stream of windows, one version after the other: `publish-windows.ts ROOT VERSIONS`. Says each version. */
const [root = '', versions = '0'] = process.argv.slice(2);
const store = await openStore(root);
const table = new DeltaPredictionTable(store);
const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
const { modelDigest } = model('b');

for (let version = 0; version < Number(versions); version++) {
  const { window, runIdentity, rows, scores } = streamed(version);
  const stagedPath = await store.stage('stream', 'parquet');
  await connection.run(
    `COPY (SELECT 'r' || i AS row_key, score::FLOAT AS score, score >= 0.5 AS decision, '${modelDigest}' AS model_digest,
                  'champion' AS cohort, '${runIdentity}' AS run_identity
           FROM (SELECT unnest(range(${String(rows)})) AS i, unnest([${scores.join(', ')}]) AS score))
     TO '${stagedPath}' (FORMAT parquet)`,
  );
  const { windowEnd, snapshotDigest } = tableFile();
  const facts = { rows, window, windowEnd, runIdentity, modelDigest, decisionEpoch: 2, snapshotDigest };
  const served = await adoptTableFile({ store, table, pipeline, name: 'predictions', stagedPath, facts });
  const pins = { pipeline, decisionEpoch: 2, champion: model('b'), ledger: { number: 0, hash: null } };
  const result = await publishWindow({ store, table, pins, runIdentity, window, served: [served], shadows: [], info });
  if (result.status !== 'published') throw new Error(`version ${String(version)} was ${result.status}`);
  process.stdout.write(`${String(result.version)}\n`);
}
