import { appendRecord } from '../../activities/ledger/append-record.js';
import { readLedger } from '../../activities/ledger/read-ledger.js';
import { publishWindow, type PublishResult } from '../../activities/publication/publish-window.js';
import {
  replacePredictions,
  type ReplacementRequest,
  type ReplaceResult,
} from '../../activities/publication/replace-predictions.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import type { TableFile, TableState } from '../../domain/published-table.js';
import { digest, entryOf, hour, LedgerBuilder, model, pipeline, rolledBack } from './ledger.js';
import { MemoryStore, type Gate } from './memory-store.js';

export const info = { at: hour(30), workflowId: 'w', workflowRunId: 'r', reason: 'a test' };

/** A file as a scoring step would have adopted it. */
export function tableFile(overrides: Partial<TableFile> = {}): TableFile {
  const file = {
    bytes: 100,
    rows: 10,
    window: '2001-03-05',
    windowEnd: '2001-03-06T00:00:00.000Z',
    runIdentity: digest('run'),
    modelDigest: model('b').modelDigest,
    decisionEpoch: 2,
    snapshotDigest: digest('snapshot'),
    ...overrides,
  };
  const name = [file.runIdentity, file.modelDigest].map((text) => text.slice(0, 8)).join('-');
  return { path: `window=${file.window}/${name}.parquet`, sha256: digest(name), ...file };
}

/** One process: its own view of the shared files, with nothing remembered from others. */
export class TestProcess {
  readonly store: MemoryStore;
  readonly table: DeltaPredictionTable;

  constructor(files: Map<string, Uint8Array>, gate?: Gate) {
    this.store = new MemoryStore(files, gate);
    this.table = new DeltaPredictionTable(this.store);
  }

  /** A process that has read everything there is before its steps are counted: fewer steps, the same decisions. */
  static async warm(files: Map<string, Uint8Array>, gate: Gate): Promise<TestProcess> {
    let isWarm = false;
    const process = new TestProcess(files, (step) => (isWarm ? gate(step) : Promise.resolve()));
    await process.load();
    await process.table.load(pipeline, 'shadow-predictions');
    await process.revocations();
    isWarm = true;
    return process;
  }

  /** Publishes a window as a run that pinned a champion in an epoch. */
  publish(run: {
    readonly name: string;
    readonly letter: string;
    readonly epoch: number;
    readonly window?: string;
    readonly shadow?: string;
  }): Promise<PublishResult> {
    const window = run.window ?? '2001-03-05';
    const file = { window, runIdentity: digest(run.name), decisionEpoch: run.epoch };
    const shadows =
      run.shadow === undefined ? [] : [tableFile({ ...file, modelDigest: model(run.shadow).modelDigest })];
    return publishWindow({
      store: this.store,
      table: this.table,
      pins: { pipeline, decisionEpoch: run.epoch, champion: model(run.letter), ledger: { number: 0, hash: null } },
      runIdentity: digest(run.name),
      window,
      served: [tableFile({ ...file, modelDigest: model(run.letter).modelDigest })],
      shadows,
      info,
    });
  }

  appendRollback(id = 'r', from = 'b', to = 'a') {
    return appendRecord(
      this.store,
      pipeline,
      entryOf(rolledBack(id, from, to), { recordId: `rollback ${id}`, at: hour(40) }),
    );
  }

  replace(id = 'r', onProvide: (request: ReplacementRequest) => void = () => undefined): Promise<ReplaceResult> {
    return replacePredictions({
      store: this.store,
      table: this.table,
      pipeline,
      rollbackId: id,
      info,
      provide: (request) => {
        onProvide(request);
        return Promise.resolve([replacementFor(request)]);
      },
    });
  }

  load(): Promise<TableState> {
    return this.table.load(pipeline, 'predictions');
  }

  async revocations() {
    return (await readLedger(this.store, pipeline)).state;
  }
}

/** What a rollback puts in for a window. */
export function replacementFor(request: ReplacementRequest): TableFile {
  return tableFile({
    window: request.window,
    runIdentity: digest(`replaced ${request.window}`),
    modelDigest: request.target.modelDigest,
    decisionEpoch: request.decisionEpoch,
  });
}

/** Files in which `a` and then `b` became champion: epoch 2, ready for a rollback to `a`. */
export function twoChampions(): Map<string, Uint8Array> {
  const store = new MemoryStore();
  new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b').writeTo(store);
  return store.files;
}

/** Lets `c` follow `b`: epoch 3. The first records are the same as before, so what was read stays true. */
export function promoteThird(store: MemoryStore): void {
  new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b').promote('p3', 'b', 'c').writeTo(store);
}
