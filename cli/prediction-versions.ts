import { PermanentFailure } from '../domain/failure-types.js';
import type { TableCommit, TableFile, TableState } from '../domain/published-table.js';
import type { LedgerState } from '../domain/ledger/state.js';
import { cohortOfFile, type Cohort } from '../domain/served-rows.js';
import { modelNames } from './champion-history.js';
import type { ModelNames } from './record-sentence.js';
import type { S3Connection } from '../adapters/s3/s3-client.js';
import { composeQueries, type PredictionQueries } from './prediction-queries.js';
import { countOf, formatCount, formatInstant, renderTable, shortDigest } from './text-table.js';

/** One commit of the table as it is listed. */
export interface VersionLine {
  readonly version: number;
  readonly operation: TableCommit['operation'];
  readonly at: string;
  readonly decisionEpoch: number;
  readonly windows: readonly string[];
  readonly rowsAdded: number;
  readonly filesAdded: number;
  readonly filesRemoved: number;
  readonly reason: string;
  /** The ledger record it was pinned to. */
  readonly ledgerNumber: number;
}

/** One live file, with who made it. Files of one window and model are in key order. */
export interface LiveFile {
  readonly window: string;
  readonly rows: number;
  readonly model: string;
  readonly modelDigest: string;
  /** The challenger of a rollout serves its cohort of the entities, the champion the others. */
  readonly cohort: Cohort;
  readonly runIdentity: string;
  readonly decisionEpoch: number;
  readonly snapshotDigest: string;
  /** Absolute, or an `s3://` address. */
  readonly path: string;
}

/** What is served, at one version of the table. */
export interface ServedPredictions {
  readonly pipeline: string;
  /** Absolute folder of the Delta table, or its `s3://` address. */
  readonly folder: string;
  readonly version: number;
  readonly newestVersion: number;
  /** Partition value that was asked for; null means all of them. */
  readonly window: string | null;
  readonly rows: number;
  /** Newest first. */
  readonly versions: readonly VersionLine[];
  /** Newest window first. */
  readonly files: readonly LiveFile[];
  readonly queries: PredictionQueries;
}

export function composeServed(facts: {
  readonly pipeline: string;
  readonly folder: string;
  readonly table: TableState;
  readonly commits: readonly TableCommit[];
  readonly window: string | null;
  readonly state: LedgerState;
  readonly connection: S3Connection | null;
}): ServedPredictions {
  const { pipeline, folder, table, commits, window, state, connection } = facts;
  const nameOf = modelNames(state);
  if (window !== null && !table.windows.has(window)) throw notPublished(pipeline, window, table);
  const inScope = table.files.filter((file) => window === null || file.window === window).sort(newestFirst);
  const files = inScope.map((file) => liveFile(folder, file, { state, nameOf }));
  const newestVersion = commits.length - 1;
  const scope = { folder, version: table.version, window, connection };
  return {
    pipeline,
    folder,
    version: table.version,
    newestVersion,
    window,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    versions: commits
      .filter((commit) => window === null || commit.windows.includes(window))
      .map(versionLine)
      .reverse(),
    files,
    queries: composeQueries({ ...scope, files: files.map((file) => file.path) }),
  };
}

function newestFirst(a: TableFile, b: TableFile): number {
  return a.window === b.window ? 0 : a.window < b.window ? 1 : -1;
}

function liveFile(
  folder: string,
  file: TableFile,
  { state, nameOf }: { readonly state: LedgerState; readonly nameOf: ModelNames },
): LiveFile {
  const { window, rows, modelDigest, runIdentity, decisionEpoch, snapshotDigest } = file;
  const path = `${folder}/${file.path}`;
  const made = { model: nameOf(modelDigest), modelDigest, cohort: cohortOfFile(state, file) };
  return { window, rows, ...made, runIdentity, decisionEpoch, snapshotDigest, path };
}

function versionLine(commit: TableCommit): VersionLine {
  return {
    version: commit.version,
    operation: commit.operation,
    at: commit.at,
    decisionEpoch: commit.decisionEpoch,
    windows: commit.windows,
    rowsAdded: commit.added.reduce((sum, { rows }) => sum + rows, 0),
    filesAdded: commit.added.length,
    filesRemoved: commit.removed.length,
    reason: commit.reason,
    ledgerNumber: commit.ledgerNumber,
  };
}

/** The failure for a window that no commit up to this version speaks for. */
export function notPublished(pipeline: string, window: string, table: TableState): PermanentFailure {
  const windows = [...table.windows.keys()].sort();
  const range = windows.length === 0 ? 'none yet' : `${windows[0] ?? ''} to ${windows.at(-1) ?? ''}`;
  return new PermanentFailure('INVALID_INPUT', `${pipeline} has published no such window.`, {
    problems: [{ field: '--window', found: JSON.stringify(window), expected: `a published window: ${range}` }],
    example: `gauntlet predictions ${pipeline} --window ${windows.at(-1) ?? '2001-03-05'}`,
  });
}

const right = (title: string) => ({ title, align: 'right' }) as const;

/** For a terminal: versions, live files, queries. Long lists end at `limit` and say so. */
export function renderServed(served: ServedPredictions, limit: number): string {
  const { pipeline, version, rows, files, versions, queries } = served;
  if (served.newestVersion < 0) return `${pipeline} has published nothing yet: gauntlet score ${pipeline}`;
  const about = served.window === null ? '' : `, window ${served.window}`;
  return [
    `${pipeline}: version ${version} of ${served.newestVersion}${about}: ${countOf(rows, 'row')} in ${countOf(files.length, 'live file')}\n${served.folder}`,
    `Versions${moreThan(versions.length, limit)}\n${renderVersions(versions.slice(0, limit))}`,
    `Live files${moreThan(files.length, limit)}\n${renderFiles(files.slice(0, limit))}`,
    `# Python: Polars\n${queries.polars}`,
    `# Python: deltalake and pandas\n${queries.deltalake}`,
    `# Python: DuckDB with its delta extension (the newest version); first: pip install duckdb\n${queries.duckdb}`,
    ...filesQueryText(served, limit),
  ].join('\n\n');
}

function filesQueryText({ files, queries, pipeline }: ServedPredictions, limit: number): readonly string[] {
  if (queries.duckdbFiles === null) return [];
  if (files.length <= limit) return [`-- DuckDB without the extension: the live files by name\n${queries.duckdbFiles}`];
  const window = files[0]?.window ?? '';
  return [
    `-- DuckDB without the extension: ${formatCount(files.length)} files to name; add --window ${window}, or --limit ${files.length}:\n-- gauntlet predictions ${pipeline} --window ${window}`,
  ];
}

function moreThan(count: number, limit: number): string {
  return count > limit
    ? ` (the newest ${formatCount(limit)} of ${formatCount(count)}; --limit ${count} shows all)`
    : '';
}

function renderVersions(versions: readonly VersionLine[]): string {
  const columns = [right('version'), 'operation', 'at', right('epoch'), right('rows'), 'windows', 'reason'];
  const rows = versions.map((line) => [
    String(line.version),
    line.operation,
    formatInstant(line.at),
    String(line.decisionEpoch),
    formatCount(line.rowsAdded),
    windowsText(line.windows),
    line.reason,
  ]);
  return renderTable(columns, rows);
}

function windowsText(windows: readonly string[]): string {
  if (windows.length <= 3) return windows.join(', ');
  const sorted = [...windows].sort();
  return `${formatCount(sorted.length)}: ${sorted[0] ?? ''} to ${sorted.at(-1) ?? ''}`;
}

function renderFiles(files: readonly LiveFile[]): string {
  return renderTable(
    ['window', right('rows'), 'model', 'cohort', right('epoch'), 'run', 'file'],
    files.map((file) => [
      file.window,
      formatCount(file.rows),
      file.model,
      file.cohort,
      String(file.decisionEpoch),
      shortDigest(file.runIdentity),
      file.path.slice(file.path.lastIndexOf('/') + 1),
    ]),
  );
}
