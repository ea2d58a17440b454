import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LocalCache } from '../../adapters/s3/local-cache.js';
import type { S3Connection } from '../../adapters/s3/s3-client.js';
import { openSharedStore, type SharedStore } from '../../adapters/store/open-shared-store.js';

/** One host's view of a location: with a work folder of its own, which is made when needed and removed by `close`. */
export interface TestHost {
  readonly store: SharedStore;
  readonly workDir: string;
  close(): Promise<void>;
}

/** Opens a store as one more host would. For processes of their own the connection stands in the environment. */
export async function openTestHost(
  location: string,
  options: { readonly connection?: S3Connection; readonly cacheBytes?: number; readonly workDir?: string } = {},
): Promise<TestHost> {
  const workDir = options.workDir ?? path.join(tmpdir(), `gauntlet-host-${randomUUID()}`);
  const cache = new LocalCache({ folder: path.join(workDir, 'cache'), maxBytes: options.cacheBytes ?? 1e9 });
  const connection = options.connection ?? {
    endpoint: process.env['GAUNTLET_S3_ENDPOINT'] ?? null,
    region: 'us-east-1',
  };
  const store = await openSharedStore(location, { workDir, cache, connection });
  return { store, workDir, close: () => rm(workDir, { recursive: true, force: true }) };
}
