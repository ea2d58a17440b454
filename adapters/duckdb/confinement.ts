import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString } from './sql-text.js';

/**
 * Shuts an instance in: only the given folders and files, no network, no extensions, and no way for later SQL to open
 * it again. The order matters, since a folder cannot be allowed once external access is off, and nothing can be changed
 * once the configuration is locked.
 */
export async function confine(connection: DuckDBConnection, allowed: readonly string[]): Promise<void> {
  const { folders, files } = await splitAllowed(allowed);
  await connection.run(`SET TimeZone = 'UTC'`);
  await connection.run(`SET allowed_directories = [${folders.map(sqlString).join(', ')}]`);
  await connection.run(`SET allowed_paths = [${files.map(sqlString).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

async function splitAllowed(allowed: readonly string[]): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of allowed) {
    const absolute = path.resolve(entry);
    // A file that is still to be written is not there yet; only what exists as a folder is allowed as one.
    const isFolder = await stat(absolute).then(
      (facts) => facts.isDirectory(),
      () => false,
    );
    (isFolder ? folders : files).push(absolute);
  }
  return { folders, files };
}
