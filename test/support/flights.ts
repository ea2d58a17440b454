import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../adapters/built-entry.js';
import { FileDefinitions } from '../../adapters/definitions/file-definitions.js';
import { DuckDbDatasetBuilder } from '../../adapters/duckdb/dataset-builder.js';
import { openStore, type OpenedStore } from '../../adapters/store/open-store.js';
import type { LoadedDefinition } from '../../activities/ports/definitions.js';

/** The shipped example with a store of its own. */
export interface FlightsWorld {
  readonly root: string;
  readonly store: OpenedStore;
  readonly loaded: LoadedDefinition;
  readonly builder: DuckDbDatasetBuilder;
  remove(): Promise<void>;
}

export async function createFlightsWorld(): Promise<FlightsWorld> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-flights-'));
  const store = await openStore(path.join(root, 'store'));
  const definitions = new FileDefinitions(path.join(projectRoot(), 'pipelines'), store);
  return {
    root,
    store,
    loaded: await definitions.load('flights'),
    builder: new DuckDbDatasetBuilder({
      store,
      tempDirectory: path.join(root, 'spill'),
      threads: 2,
      memoryLimitMb: 512,
    }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
