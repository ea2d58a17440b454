import path from 'node:path';
import { version, type DuckDBConnection } from '@duckdb/node-api';
import type { DatasetBuilder, SnapshotRequest } from '../../activities/ports/dataset.js';
import type { Store } from '../../activities/ports/store.js';
import { digestOf } from '../../contracts/digest.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { CategoryDictionary, TrainingProfile } from '../../domain/model-bundle.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotManifest, SnapshotRef } from '../../domain/snapshot.js';
import type { Window } from '../../domain/window.js';
import type { RemoteSources } from '../sources/remote-sources.js';
import { withDuckDb, type DuckDbSettings } from './connection.js';
import { assertCovered, queryCoverage, type Coverage } from './coverage.js';
import { encodeRows, learnCategories, profileRows } from './encoded-rows.js';
import { coverageKey, datasetDigest, requestDigestOf, withCanonicalInstants } from './snapshot-identity.js';
import { withLeanMemory } from './lean-memory.js';
import { needsOneThread } from './select-statement.js';
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
import { countLabels, snapshotColumns } from './snapshot-columns.js';
import { createRows } from './snapshot-sql.js';
import { describeSources } from './source-columns.js';
import { locateFailure } from './source-failures.js';
import { sourceChanged, SourceFiles, type ChangedSource, type LoadedSource } from './source-files.js';
import { pathsOf } from './source-scans.js';
import { describeForManifest, SourceSchemas } from './source-schemas.js';
import { trackStaged, type StagedFiles } from './staged-files.js';
import { createSourceViews, type DescribedSource } from './source-views.js';
import { validateRows } from './validate-rows.js';

export interface DatasetBuilderOptions {
  readonly store: Store;
  /** Parent of the engine's spill folders, on a local disk. */
  readonly tempDirectory: string;
  readonly threads: number;
  readonly memoryLimitMb: number;
  /** Objects that `s3://` sources name; such a source is refused without. */
  readonly remote?: RemoteSources;
}

/** A source that is replaced while it is read is read again this often; one that never rests is a failure. */
const MAX_ATTEMPTS = 3;

/** What one reading of the sources gave. */
interface BuiltSnapshot {
  readonly manifest: SnapshotManifest;
  readonly parts: readonly StagedPart[];
  readonly quarantine: StagedPart | null;
  readonly sources: readonly DescribedSource[];
  /** What is new in the sources. */
  readonly warnings: readonly string[];
}

/** What differs between the pieces of work. */
type BuildSettings = Pick<DuckDbSettings, 'allowed' | 'signal'> &
  Partial<Pick<DuckDbSettings, 'threads' | 'memoryLimitMb'>>;

/** Snapshots by the real DuckDB engine: one confined instance per piece of work. */
export class DuckDbDatasetBuilder implements DatasetBuilder {
  readonly #options: DatasetBuilderOptions;
  readonly #store: Store;
  readonly #sources: SourceFiles;
  readonly #schemas: SourceSchemas;
  readonly #coverage = new Map<string, Coverage | null>();

  constructor(options: DatasetBuilderOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#sources = new SourceFiles(options.remote);
    this.#schemas = new SourceSchemas(options.store);
  }

  async coverage(definition: PipelineDefinition): Promise<Coverage | null> {
    const sources = await this.#sources.load(definition.dataset);
    const known = this.#coverage.get(coverageKey(definition, sources));
    if (known !== undefined) return known;
    return this.#withSources(
      sources,
      { allowed: [], threads: this.#options.threads },
      async (connection, described) => {
        await createSourceViews(connection, described, null);
        return this.#queryCoverage(connection, definition, sources);
      },
    );
  }

  async buildSnapshot(request: SnapshotRequest): Promise<SnapshotRef> {
    try {
      return await this.#buildOrFind(withCanonicalInstants(request));
    } catch (error) {
      // An engine that was interrupted complains of its statement, and its complaint says nothing about the data.
      request.signal?.throwIfAborted();
      throw error;
    }
  }

  async #buildOrFind(request: SnapshotRequest): Promise<SnapshotRef> {
    for (let attempt = 1; ; attempt += 1) {
      const sources = await this.#sources.load(request.definition.dataset, request.signal);
      const requestDigest = requestDigestOf(request, sources);
      const earlier = await this.#find(request.definition.name, requestDigest);
      if (earlier !== null) return earlier;
      const outcome = await this.#buildUndisturbed(request, sources);
      if ('built' in outcome) return this.#publish(outcome.built, requestDigest);
      if (attempt === MAX_ATTEMPTS) throw sourceChanged(outcome.changed, MAX_ATTEMPTS);
    }
  }

  /**
   * A snapshot of sources that stayed as they were while it was built, or what changed of them: then neither rows nor
   * failures mean anything, and nothing of it has been published. Without a snapshot nothing stays staged.
   */
  async #buildUndisturbed(
    request: SnapshotRequest,
    sources: readonly LoadedSource[],
  ): Promise<{ readonly built: BuiltSnapshot } | { readonly changed: readonly ChangedSource[] }> {
    const staged = trackStaged(this.#store);
    const build = withLeanMemory(this.#options.memoryLimitMb, async (memoryLimitMb) => {
      await staged.remove();
      return this.#build(request, sources, staged, memoryLimitMb);
    });
    try {
      await build.catch(() => undefined);
      request.signal?.throwIfAborted();
      const changed = await this.#sources.findChanged(sources);
      if (changed.length === 0) return { built: await build };
      await staged.remove();
      return { changed };
    } catch (error) {
      await staged.remove();
      throw error;
    }
  }

  async #publish(built: BuiltSnapshot, requestDigest: string): Promise<SnapshotRef> {
    const { manifest, parts, quarantine, sources, warnings } = built;
    if (quarantine !== null) await this.#store.adopt(quarantine.stagedPath, quarantine.ref.path);
    const answer = { snapshot: await publishSnapshot(this.#store, manifest, parts), warnings };
    await this.#schemas.accept(manifest, sources);
    await writeRequest(this.#store, manifest.pipeline, requestDigest, answer);
    return snapshotRef(answer, manifest);
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
    return this.#withFiles({ allowed: parts }, (connection) =>
      learnCategories(connection, { definition, parts, window }),
    );
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
    return this.#withFiles({ allowed }, (connection) => encodeRows(connection, { ...args, parts }));
  }

  async profileInputs(
    definition: PipelineDefinition,
    snapshot: SnapshotManifest,
    window: Window,
  ): Promise<Omit<TrainingProfile, 'scores'>> {
    const parts = await this.localParts(snapshot);
    return this.#withFiles({ allowed: parts }, (connection) => profileRows(connection, { definition, parts, window }));
  }

  /** An earlier snapshot for the same inputs, if every file of it is still there and whole. */
  async #find(pipeline: string, requestDigest: string): Promise<SnapshotRef | null> {
    const answer = await readRequest(this.#store, pipeline, requestDigest);
    const manifest = answer === null ? null : await readSnapshot(this.#store, pipeline, answer.snapshot);
    if (answer === null || manifest === null) return null;
    const quarantined = manifest.quarantine === null ? [] : [manifest.quarantine.file];
    const files = [...manifest.parts, ...quarantined].map((file) => this.#store.localPath(file));
    const whole = await Promise.all(files).then(
      () => true,
      () => false,
    );
    return whole ? snapshotRef(answer, manifest) : null;
  }

  async #build(
    request: SnapshotRequest,
    loaded: readonly LoadedSource[],
    files: StagedFiles,
    memoryLimitMb: number,
  ): Promise<BuiltSnapshot> {
    const { definition, purpose, window, asOf, signal } = request;
    const staging = path.dirname(await files.stage('snapshot', 'parquet'));
    const threads = await this.#threadsFor(definition.dataset.sql);
    const settings = { allowed: [staging], threads, memoryLimitMb, ...(signal === undefined ? {} : { signal }) };
    return this.#withSources(loaded, settings, async (connection, sources) => {
      const warnings = await this.#schemas.check(definition.name, datasetDigest(definition), sources);
      await createSourceViews(connection, sources, null);
      assertCovered(definition, window, await this.#queryCoverage(connection, definition, sources));
      await createSourceViews(connection, sources, asOf);
      const carried = await createRows(connection, 'found', request);
      const columns = snapshotColumns(definition, purpose);
      const names = columns.map((column) => column.name);
      const checked = { table: 'found', request, carried, columns: names };
      const { table, staged, ...validated } = await validateRows(connection, files, checked);
      const { rowsFound, rows, validation, quarantine } = validated;
      const parts = await stageParts(connection, files, table, rows);
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
        ...describeForManifest(sources, columns),
        engine: { duckdb: version() },
      };
      return { manifest, parts, quarantine: staged, sources, warnings };
    });
  }

  async #queryCoverage(
    connection: DuckDBConnection,
    definition: PipelineDefinition,
    sources: readonly LoadedSource[],
  ): Promise<Coverage | null> {
    const key = coverageKey(definition, sources);
    const known = this.#coverage.get(key);
    if (known !== undefined) return known;
    const coverage = await queryCoverage(connection, definition);
    this.#coverage.set(key, coverage);
    return coverage;
  }

  /** Threads that give a text the same rows every time: one where the order of rows can show in them. */
  async #threadsFor(sql: string): Promise<number> {
    const { threads } = this.#options;
    if (threads === 1) return 1;
    const alone = await this.#withFiles({ allowed: [], threads: 1 }, (connection) => needsOneThread(connection, sql));
    return alone ? 1 : threads;
  }

  #withSources<T>(
    sources: readonly LoadedSource[],
    settings: BuildSettings & { readonly threads: number },
    use: (connection: DuckDBConnection, sources: readonly DescribedSource[]) => Promise<T>,
  ): Promise<T> {
    const files = sources.flatMap(pathsOf);
    return this.#withFiles({ ...settings, allowed: [...files, ...settings.allowed] }, async (connection) => {
      try {
        return await use(connection, await describeSources(connection, sources));
      } catch (error) {
        settings.signal?.throwIfAborted();
        throw await locateFailure(connection, error, sources);
      }
    });
  }

  #withFiles<T>(settings: BuildSettings, use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const { tempDirectory, threads, memoryLimitMb } = this.#options;
    return withDuckDb({ tempDirectory, threads, memoryLimitMb, ...settings }, use);
  }
}
