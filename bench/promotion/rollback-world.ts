import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { publishWindow } from '../../activities/publication/publish-window.js';
import type { DatasetBuilder } from '../../activities/ports/dataset.js';
import type { Definitions } from '../../activities/ports/definitions.js';
import type { ReplacementServices } from '../../activities/rollback/provide-replacement.js';
import { openModels } from '../../activities/scoring/open-models.js';
import { scorePart } from '../../activities/scoring/score-part.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import { withDuckDb } from '../../adapters/duckdb/connection.js';
import { sqlString } from '../../adapters/duckdb/sql-text.js';
import { StoredModelBundles } from '../../adapters/model-bundle/bundles.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { openStore } from '../../adapters/store/open-store.js';
import { digestOf } from '../../contracts/digest.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';
import { boostedFeatures, boostedRowsSql, trainBoostedModel } from '../support/boosted-model.js';
import { benchStamp, crownTwo } from './two-champions.js';

export interface RollbackWorld {
  readonly services: ReplacementServices;
  readonly good: ModelRef;
  readonly bad: ModelRef;
  /** Snapshots by digest, oldest window first. */
  readonly snapshots: ReadonlyMap<string, SnapshotManifest>;
}

const dayMs = 86_400_000;
const baseline = { expression: '0.5', threshold: 0.5 };
const definition = { baseline, decision: { positiveRate: 0.2 } };

/** A store with two trained models and so many daily snapshots; nothing is published yet. */
export async function prepareWorld(
  folder: string,
  sizes: { readonly windows: number; readonly rows: number },
): Promise<RollbackWorld> {
  const store = await openStore(path.join(folder, 'store'));
  const scorer = createScorer({ tempDirectory: folder });
  const bundles = new StoredModelBundles({ store, scorer, tempDirectory: folder });
  const good = await registerModel(bundles, path.join(folder, 'good'), { version: '1', trees: 200 });
  const bad = await registerModel(bundles, path.join(folder, 'bad'), { version: '2', trees: 150 });
  const snapshots = new Map<string, SnapshotManifest>();
  for (let index = 0; index < sizes.windows; index++) {
    const manifest = await writeSnapshot({ store, folder, index, rows: sizes.rows });
    snapshots.set(manifest.logicalDigest, manifest);
  }
  const dataset = {
    loadSnapshot: (_pipeline: string, digest: string) => {
      const found = snapshots.get(digest);
      return found === undefined ? Promise.reject(new Error(`no snapshot ${digest}`)) : Promise.resolve(found);
    },
  } as unknown as DatasetBuilder;
  const definitions = { loadPinned: () => Promise.resolve(definition) } as unknown as Definitions;
  const table = new DeltaPredictionTable(store);
  const services = { store, scorer, bundles, dataset, definitions, table, scoreTimeoutMs: 600_000 };
  return { services, good, bad, snapshots };
}

/** Trained by the shipped trainer, so as many trees as a model in use has, and of the same kind. */
async function registerModel(
  bundles: StoredModelBundles,
  folder: string,
  { version, trees }: { readonly version: string; readonly trees: number },
): Promise<ModelRef> {
  await mkdir(folder, { recursive: true });
  const { modelPath } = await trainBoostedModel(folder, 20_000, trees);
  const window = { start: '2001-01-01T00:00:00.000Z', end: '2001-02-01T00:00:00.000Z' };
  const material = path.join(folder, 'bundle');
  await mkdir(material);
  const { modelDigest } = await bundles.assemble({
    folder: material,
    modelPath,
    features: { features: boostedFeatures.map((name) => ({ name, kind: 'numeric' })), kind: 'binary' },
    dictionary: {},
    trainingPath: path.join(folder, 'train.parquet'),
    validationPath: path.join(folder, 'validation.parquet'),
    decisionRate: 0.2,
    inputs: { rows: 0, numeric: {}, categorical: {} },
    lineage: {
      pipeline: 'bench',
      definitionDigest: digestOf('definition'),
      trainingSnapshotDigest: digestOf('training'),
      trainingWindow: window,
      validationWindow: window,
      trainer: { command: ['bench'], params: {}, seed: 7, metrics: {}, importance: {}, libraryVersions: {} },
    },
  });
  return { modelDigest, registeredName: 'bench', version };
}

async function writeSnapshot({
  store,
  folder,
  index,
  rows,
}: {
  readonly store: Awaited<ReturnType<typeof openStore>>;
  readonly folder: string;
  readonly index: number;
  readonly rows: number;
}): Promise<SnapshotManifest> {
  const start = Date.parse('2001-03-01T00:00:00.000Z') + index * dayMs;
  const window = { start: new Date(start).toISOString(), end: new Date(start + dayMs).toISOString() };
  const staged = await store.stage('snapshot', 'parquet');
  const source = boostedRowsSql(index * rows, (index + 1) * rows);
  const select = `SELECT 'flights-3m:' || lpad(i::VARCHAR, 10, '0') AS row_key, 'route ' || (i % 5000) AS entity,
                         ${boostedFeatures.join(', ')} FROM (${source}) ORDER BY row_key`;
  await withDuckDb({ allowed: [staged], tempDirectory: folder, threads: 1, memoryLimitMb: 1_024 }, (connection) =>
    connection.run(`COPY (${select}) TO ${sqlString(staged)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`),
  );
  const logicalDigest = digestOf({ index, rows });
  const part = await store.adopt(staged, `snapshots/bench/${logicalDigest}/part-00000.parquet`);
  return {
    schemaVersion: 1,
    pipeline: 'bench',
    purpose: 'scoring',
    window,
    asOf: window.start,
    rowsFound: rows,
    rows,
    quarantined: 0,
    quarantine: null,
    validation: { status: 'passed', grounds: [], warnings: [], results: [] },
    labelledRows: 0,
    columns: [
      { name: 'row_key', type: 'VARCHAR' },
      { name: 'entity', type: 'VARCHAR' },
      ...boostedFeatures.map((name) => ({ name, type: 'FLOAT' })),
    ],
    parts: [{ ...part, rows }],
    logicalDigest,
    datasetDigest: digestOf('dataset'),
    sources: [],
    engine: { duckdb: 'bench' },
  };
}

/** Lets the bad model publish every window of a pipeline of its own, with or without the good one in shadow. */
export async function publishAll(world: RollbackWorld, pipeline: string, withShadow: boolean): Promise<void> {
  const { services, good, bad } = world;
  await crownTwo(services.store, pipeline, world);
  for (const [snapshotDigest, snapshot] of world.snapshots) {
    const window = snapshot.window.start.slice(0, 10);
    const runIdentity = digestOf({ pipeline, snapshotDigest });
    const facts = { window, windowEnd: snapshot.window.end, runIdentity, decisionEpoch: 2, snapshotDigest };
    const { record } = await scorePart(services, {
      pipeline,
      snapshot,
      partIndex: 0,
      openModels: () => openModels(services.bundles, { baseline }, withShadow ? [bad, good] : [bad]),
      cohort: 'champion',
      facts,
      live: null,
      sliceColumns: [],
    });
    const published = await publishWindow({
      store: services.store,
      table: services.table,
      pins: { pipeline, decisionEpoch: 2, champion: bad, ledger: { number: 0, hash: null } },
      runIdentity,
      window,
      served: record.files.filter(({ modelDigest }) => modelDigest === bad.modelDigest),
      shadows: record.files.filter(({ modelDigest }) => modelDigest === good.modelDigest),
      info: { at: benchStamp.at, workflowId: 'bench', workflowRunId: 'bench', reason: 'bench' },
    });
    if (published.status !== 'published') throw new Error(`${window} was not published: ${published.status}`);
  }
}
