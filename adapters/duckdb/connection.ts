import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { confine } from './confinement.js';

const INTERRUPT_EVERY_MS = 50;

/** What one piece of DuckDB work may use. Instances are in-memory compute over immutable files and live for one call. */
export interface DuckDbSettings {
  /** Folders, or single files, that may be read and written. Everything else on the disk is out of reach. */
  readonly allowed: readonly string[];
  /** Parent of the spill folder. Each instance gets a fresh folder of its own under it: two that share one corrupt it. */
  readonly tempDirectory: string;
  /** 1 where sums of doubles become evidence (they are not reproducible with more). */
  readonly threads: number;
  /** DuckDB's own limit; the process needs 150 to 550 MB more. */
  readonly memoryLimitMb: number;
  /** Interrupts the running statement, which then rejects. */
  readonly signal?: AbortSignal;
}

/** Runs `use` on a fresh confined DuckDB and closes everything afterwards, also when it throws. */
export async function withDuckDb<T>(
  settings: DuckDbSettings,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  await mkdir(settings.tempDirectory, { recursive: true });
  const spill = await mkdtemp(path.join(settings.tempDirectory, 'duckdb-'));
  try {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(settings.threads),
      memory_limit: `${String(settings.memoryLimitMb)}MiB`,
      temp_directory: spill,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    try {
      return await withConnection(instance, settings, use);
    } finally {
      instance.closeSync();
    }
  } finally {
    await rm(spill, { recursive: true, force: true });
  }
}

async function withConnection<T>(
  instance: DuckDBInstance,
  settings: DuckDbSettings,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect();
  let repeat: NodeJS.Timeout | undefined;
  // An interrupt that falls between two statements is lost, so it is repeated until the work has ended.
  const interrupt = () => {
    connection.interrupt();
    repeat ??= setInterval(interrupt, INTERRUPT_EVERY_MS);
  };
  try {
    await confine(connection, settings.allowed);
    settings.signal?.throwIfAborted();
    settings.signal?.addEventListener('abort', interrupt);
    return await use(connection);
  } finally {
    settings.signal?.removeEventListener('abort', interrupt);
    clearInterval(repeat);
    connection.closeSync();
  }
}

/** All rows of a small result, with counts as numbers, timestamps as `Date` and text as strings. Never for data rows. */
export async function queryRows<Row extends object>(
  connection: DuckDBConnection,
  sql: string,
  values?: Record<string, DuckDBValue>,
): Promise<readonly Row[]> {
  const reader = await connection.runAndReadAll(sql, values);
  return reader.getRowObjectsJS().map((row) => {
    const plain = Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]);
    return Object.fromEntries(plain) as Row;
  });
}

/** The only row of a result. */
export async function queryRow<Row extends object>(
  connection: DuckDBConnection,
  sql: string,
  values?: Record<string, DuckDBValue>,
): Promise<Row> {
  const [row] = await queryRows<Row>(connection, sql, values);
  if (row === undefined) throw new Error(`a query gave no row: ${sql.slice(0, 200)}`);
  return row;
}
