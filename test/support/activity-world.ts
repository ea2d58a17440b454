import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { appendRecord } from '../../activities/ledger/append-record.js';
import { readLedger } from '../../activities/ledger/read-ledger.js';
import type { Definitions } from '../../activities/ports/definitions.js';
import type { TableName } from '../../activities/ports/prediction-table.js';
import { adoptTableFile, type TableFileFacts } from '../../activities/publication/table-file.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import { openStore, type OpenedStore } from '../../adapters/store/open-store.js';
import { canonicalJson, digestOf } from '../../contracts/digest.js';
import { ledgerRecordPath } from '../../contracts/ledger-record.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';
import type { LedgerRecord } from '../../domain/ledger/record.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { TableFile } from '../../domain/published-table.js';
import type { RunContext, Stamp } from '../../workflows/run-context.js';
import { flightsDefinition } from './flights-definition.js';
import { entryOf, hour, pipeline, type LedgerBuilder } from './ledger.js';
import { tableFile } from './publications.js';

/** A store on the real disk with a ledger and tables, and definitions that a test can change. */
export class ActivityWorld {
  readonly store: OpenedStore;
  readonly table: DeltaPredictionTable;
  readonly definitions: ChangeableDefinitions;

  private constructor(store: OpenedStore, definition: PipelineDefinition) {
    this.store = store;
    this.table = new DeltaPredictionTable(store);
    this.definitions = new ChangeableDefinitions(definition);
  }

  /** A world whose ledger holds what the builder has. */
  static async create(ledger: LedgerBuilder, definition = flightsDefinition()): Promise<ActivityWorld> {
    const world = new ActivityWorld(
      await openStore(await mkdtemp(path.join(os.tmpdir(), 'gauntlet-world-'))),
      definition,
    );
    for (const { record } of ledger.records) {
      await world.store.createIfAbsent(ledgerRecordPath(pipeline, record.number), `${canonicalJson(record)}\n`);
    }
    return world;
  }

  /** What most activities need. */
  get services() {
    const { store, table, definitions } = this;
    return { store, table, definitions };
  }

  async remove(): Promise<void> {
    await rm(this.store.root, { recursive: true, force: true });
  }

  async append(event: LedgerEvent, recordId = digestOf(event), at = hour(40)): Promise<void> {
    const result = await appendRecord(this.store, pipeline, entryOf(event, { recordId, at }));
    if (result.status === 'refused') throw new Error(JSON.stringify(result.problems));
  }

  async state(): Promise<LedgerState> {
    return (await readLedger(this.store, pipeline)).state;
  }

  async records(): Promise<readonly LedgerRecord[]> {
    return (await readLedger(this.store, pipeline)).records.map(({ record }) => record);
  }

  async lastEvent(): Promise<LedgerEvent | undefined> {
    return (await this.records()).at(-1)?.event;
  }

  /** A file of a table with real bytes behind it, which nothing names yet. */
  async adopt(facts: Partial<TableFileFacts> = {}, name: TableName = 'predictions'): Promise<TableFile> {
    const { store, table } = this;
    const { rows, window, windowEnd, runIdentity, modelDigest, decisionEpoch, snapshotDigest } = tableFile(facts);
    const given = { rows, window, windowEnd, runIdentity, modelDigest, decisionEpoch, snapshotDigest };
    const stagedPath = await store.stage('test', 'parquet');
    await writeFile(stagedPath, canonicalJson(given));
    return adoptTableFile({ store, table, pipeline, name, stagedPath, facts: given });
  }

  /** Publishes a file past all rules. */
  async commit(file: TableFile): Promise<void> {
    const { version } = await this.table.load(pipeline, 'predictions');
    const info = {
      operation: 'publish',
      at: hour(30),
      ledgerNumber: 0,
      ledgerHash: null,
      workflowId: 'w',
      workflowRunId: 'r',
      reason: 'a test',
      identity: file.runIdentity,
      decisionEpoch: file.decisionEpoch,
      windows: [file.window],
    } as const;
    await this.table.commit(pipeline, 'predictions', version + 1, { add: [file], remove: [], info });
  }
}

/** One pipeline whose definition changes when a test says so; what was loaded stays pinned. */
export class ChangeableDefinitions implements Definitions {
  readonly #pinned = new Map<string, PipelineDefinition>();
  current: PipelineDefinition;

  constructor(definition: PipelineDefinition) {
    this.current = definition;
  }

  list() {
    return Promise.resolve([this.current.name]);
  }

  load() {
    const digest = digestOf(this.current);
    this.#pinned.set(digest, this.current);
    return Promise.resolve({ definition: this.current, digest });
  }

  loadPinned(digest: string) {
    const pinned = this.#pinned.get(digest);
    return pinned === undefined ? Promise.reject(new Error(`nobody loaded ${digest}`)) : Promise.resolve(pinned);
  }
}

/** A run that a person started by hand. */
export function runOf(runId: string, overrides: Partial<RunContext> = {}): RunContext {
  return {
    workflow: { workflowId: `flights/${runId}`, runId },
    startedAt: '2001-06-01T00:00:00.000Z',
    scheduledFor: null,
    scheduleId: null,
    parentWorkflowId: null,
    ...overrides,
  };
}

/** A stamp of a run, hours after the start of a day in March. */
export function stampOf(runId: string, hours = 50): Stamp {
  return { at: hour(hours), actor: { name: 'Anna', kind: 'person' }, workflow: runOf(runId).workflow };
}
