import path from 'node:path';
import { version, type DuckDBConnection } from '@duckdb/node-api';
import type { DatasetBuilder, SnapshotRequest } from '../../activities/ports/dataset.js';
import type { Store } from '../../activities/ports/store.js';
import { digestOf } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { CategoryDictionary, TrainingProfile } from '../../domain/model-bundle.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotManifest, SnapshotPurpose, SnapshotRef } from '../../domain/snapshot.js';
import type { Window } from '../../domain/window.js';
import { queryRow, withDuckDb } from './connection.js';
import { assertCovered, queryCoverage, type Coverage } from './coverage.js';
import { encodeRows, learnCategories, profileRows } from './encoded-rows.js';
import { rulesFor } from '../../domain/validation/rules-for.js';
import { computeLogicalSums } from './snapshot-checks.js';
import {
  publishSnapshot,
  readRequest,
  readSnapshot,
  snapshotRef,
  stageParts,
  writeRequest,
  type StagedPart,
} from './snapshot-files.js';
import { createRows, createSourceViews, featureType } from './snapshot-sql.js';
import { assertUnchanged, SourceFiles, type SourceFile } from './source-files.js';
import { validateRows } from './validate-rows.js';

export interface DatasetBuilderOptions {
  readonly store: Store;
  /** Parent of the engine's spill folders, on a local disk. */
  readonly tempDirectory: string;
  readonly threads: number;
  readonly memoryLimitMb: number;
}

/** Snapshots by the real DuckDB engine: one confined instance per piece of work. */
export class DuckDbDatasetBuilder implements DatasetBuilder {
  readonly #options: DatasetBuilderOptions;
  readonly #store: Store;
  readonly #sources = new SourceFiles();
  readonly #coverage = new Map<string, Coverage | null>();

  constructor(options: DatasetBuilderOptions) {
    this.#options = options;
    this.#store = options.store;
  }

  async coverage(definition: PipelineDefinition): Promise<Coverage | null> {
    const sources = await this.#sources.load(definition.dataset);
    const known = this.#coverage.get(coverageKey(definition, sources));
    if (known !== undefined) return known;
    return this.#withSources(sources, [], (connection) => this.#queryCoverage(connection, definition, sources));
  }

  async buildSnapshot(request: SnapshotRequest): Promise<SnapshotRef> {
    const exact = withCanonicalInstants(request);
    const sources = await this.#sources.load(exact.definition.dataset);
    const requestDigest = digestOf(requestIdentity(exact, sources));
    const earlier = await this.#find(exact.definition.name, requestDigest);
    if (earlier !== null) return earlier;
    const { manifest, parts, quarantine } = await this.#build(exact, sources);
    await assertUnchanged(sources);
    if (quarantine !== null) await this.#store.adopt(quarantine.stagedPath, quarantine.ref.path);
    const digest = await publishSnapshot(this.#store, manifest, parts);
    await writeRequest(this.#store, manifest.pipeline, requestDigest, digest);
    return snapshotRef(digest, manifest);
  }

  async loadSnapshot(pipeline: string, digest: string): Promise<SnapshotManifest> {
    const manifest = await readSnapshot(this.#store, pipeline, digest);
    if (manifest !== null) return manifest;
    throw new PermanentFailure('STORE_MISMATCH', `There is no snapshot ${digest} of ${pipeline} in the store.`, {
      problems: [
        { field: 'snapshotDigest', found: digest, expected: 'the digest of a snapshot that was built before' },
      ],
    });
  }

  localParts(manifest: SnapshotManifest): Promise<readonly string[]> {
    return Promise.all(manifest.parts.map((part) => this.#store.localPath(part)));
  }

  async learnDictionary(
    definition: PipelineDefinition,
    snapshot: SnapshotManifest,
    window: Window,
  ): Promise<CategoryDictionary> {
    const parts = await this.localParts(snapshot);
    return this.#withFiles(parts, (connection) => learnCategories(connection, { definition, parts, window }));
  }

  async writeEncoded(args: {
    readonly definition: PipelineDefinition;
    readonly snapshot: SnapshotManifest;
    readonly dictionary: CategoryDictionary;
    readonly window: Window;
    readonly outputPath: string;
  }): Promise<number> {
    const parts = await this.localParts(args.snapshot);
    const allowed = [...parts, args.outputPath];
    return this.#withFiles(allowed, (connection) => encodeRows(connection, { ...args, parts }));
  }

  async profileInputs(
    definition: PipelineDefinition,
    snapshot: SnapshotManifest,
    window: Window,
  ): Promise<Omit<TrainingProfile, 'scores'>> {
    const parts = await this.localParts(snapshot);
    return this.#withFiles(parts, (connection) => profileRows(connection, { definition, parts, window }));
  }

  /** An earlier snapshot for the same inputs, if every file of it is still there and whole. */
  async #find(pipeline: string, requestDigest: string): Promise<SnapshotRef | null> {
    const digest = await readRequest(this.#store, pipeline, requestDigest);
    const manifest = digest === null ? null : await readSnapshot(this.#store, pipeline, digest);
    if (digest === null || manifest === null) return null;
    const quarantined = manifest.quarantine === null ? [] : [manifest.quarantine.file];
    const files = [...manifest.parts, ...quarantined].map((file) => this.#store.localPath(file));
    const whole = await Promise.all(files).then(
      () => true,
      () => false,
    );
    return whole ? snapshotRef(digest, manifest) : null;
  }

  async #build(
    request: SnapshotRequest,
    sources: readonly SourceFile[],
  ): Promise<{ manifest: SnapshotManifest; parts: readonly StagedPart[]; quarantine: StagedPart | null }> {
    const { definition, purpose, window, asOf } = request;
    const staging = path.dirname(await this.#store.stage('snapshot', 'parquet'));
    return this.#withSources(sources, [staging], async (connection) => {
      assertCovered(definition, window, await this.#queryCoverage(connection, definition, sources));
      const carried = await createRows(connection, 'found', request);
      const columns = snapshotColumns(definition, purpose);
      const names = columns.map((column) => column.name);
      const checked = { table: 'found', request, carried, columns: names };
      const { table, staged, ...validated } = await validateRows(connection, this.#store, checked);
      const { rowsFound, rows, validation, quarantine } = validated;
      const parts = await stageParts(connection, this.#store, table, rows);
      const manifest: SnapshotManifest = {
        schemaVersion: 1,
        pipeline: definition.name,
        purpose,
        window,
        asOf,
        rowsFound,
        rows,
        quarantined: rowsFound - rows,
        quarantine,
        validation,
        labelledRows: await countLabels(connection, table, purpose),
        columns,
        parts: parts.map((part) => part.ref),
        logicalDigest: digestOf({ columns, rows, ...(await computeLogicalSums(connection, table, columns)) }),
        datasetDigest: datasetDigest(definition),
        sources: sources.map(({ name, sha256, bytes }) => ({ name, sha256, bytes })),
        engine: { duckdb: version() },
      };
      return { manifest, parts, quarantine: staged };
    });
  }

  async #queryCoverage(
    connection: DuckDBConnection,
    definition: PipelineDefinition,
    sources: readonly SourceFile[],
  ): Promise<Coverage | null> {
    const key = coverageKey(definition, sources);
    const known = this.#coverage.get(key);
    if (known !== undefined) return known;
    const coverage = await queryCoverage(connection, definition);
    this.#coverage.set(key, coverage);
    return coverage;
  }

  #withSources<T>(
    sources: readonly SourceFile[],
    allowed: readonly string[],
    use: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    return this.#withFiles([...sources.map((source) => source.path), ...allowed], async (connection) => {
      await createSourceViews(connection, sources);
      return use(connection);
    });
  }

  #withFiles<T>(allowed: readonly string[], use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const { tempDirectory, threads, memoryLimitMb } = this.#options;
    return withDuckDb({ allowed, tempDirectory, threads, memoryLimitMb }, use);
  }
}

/**
 * The identity of a dataset: everything of its definition that shapes rows. Versions that share it share snapshots,
 * whatever else differs between them.
 */
export function datasetDigest({ dataset, label }: PipelineDefinition): string {
  const { sql, key, entity, eventTime, features, sources } = dataset;
  const formats = Object.entries(sources).map(([name, { format }]) => ({ name, format }));
  return digestOf({
    sql,
    key,
    entity,
    eventTime,
    features,
    sources: formats,
    label: { column: label.column, kind: label.kind, availableAt: label.availableAt },
  });
}

function requestIdentity(request: SnapshotRequest, sources: readonly SourceFile[]) {
  const { definition, purpose, window, asOf, reference } = request;
  const declared = definition.validation;
  return {
    schemaVersion: 2,
    rules: rulesFor({ dataset: definition.dataset, declared, purpose, textColumns: [] }),
    maxQuarantineShare: definition.audit.maxQuarantineShare,
    reference: reference?.modelDigest ?? null,
    purpose,
    window,
    asOf,
    datasetDigest: datasetDigest(definition),
    sources: sources.map(({ name, sha256 }) => ({ name, sha256 })),
    engine: version(),
  };
}

/** The same instant may be written in several ways, and must not give several snapshots. */
function withCanonicalInstants(request: SnapshotRequest): SnapshotRequest {
  const iso = (instant: string) => new Date(instant).toISOString();
  const { start, end } = request.window;
  return { ...request, asOf: iso(request.asOf), window: { start: iso(start), end: iso(end) } };
}

function coverageKey({ dataset }: PipelineDefinition, sources: readonly SourceFile[]): string {
  return digestOf({ sql: dataset.coverage, sources: sources.map(({ name, sha256 }) => ({ name, sha256 })) });
}

function snapshotColumns(definition: PipelineDefinition, purpose: SnapshotPurpose) {
  return [
    { name: 'row_key', type: 'VARCHAR' },
    { name: 'entity', type: 'VARCHAR' },
    { name: 'event_time', type: 'TIMESTAMP' },
    ...definition.dataset.features.map(({ name, kind }) => ({ name, type: featureType(kind) })),
    ...(purpose === 'labelled' ? [{ name: 'label', type: 'DOUBLE' }] : []),
  ];
}

async function countLabels(connection: DuckDBConnection, table: string, purpose: SnapshotPurpose): Promise<number> {
  if (purpose === 'scoring') return 0;
  return (await queryRow<{ labels: number }>(connection, `SELECT count(label) AS labels FROM ${table}`)).labels;
}
