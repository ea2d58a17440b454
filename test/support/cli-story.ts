import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { appendRecord } from '../../activities/ledger/append-record.js';
import { readLedger } from '../../activities/ledger/read-ledger.js';
import { publishWindow, type PublishWindowArgs } from '../../activities/publication/publish-window.js';
import { replacePredictions } from '../../activities/publication/replace-predictions.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import { openStore, type OpenedStore } from '../../adapters/store/open-store.js';
import { canonicalJson, digestOf, sha256Hex } from '../../contracts/digest.js';
import type { DecisionReceived } from '../../domain/ledger/decision-events.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { TableFile } from '../../domain/published-table.js';
import { digest, entryOf } from './ledger.js';
import { writeBundle } from './model-bundles.js';
import { logisticModel } from './onnx-models.js';
import { testDictionary, testFeatures } from './scoring.js';
import { alias, at, closed, held, monitored, storyPipeline, storyReport, windowOfDay } from './story-events.js';
import {
  adoptRows,
  days,
  rowsPerDay,
  scoredRows,
  weights,
  writeDaySnapshot,
  type PublishedRows,
} from './story-rows.js';

export { at, storyPipeline } from './story-events.js';
export { expectedScore, rowsOf, rowsPerDay } from './story-rows.js';

/**
 * A state folder with a store in which a pipeline has lived: version 1 promoted by Ada, version 2 promoted and rolled
 * back with its window replaced, version 3 refused, version 4 waiting for an approval, a window held, one monitored.
 * Every file is real; what happened lies one minute apart.
 */
export class CliStory {
  readonly stateDir: string;
  readonly store: OpenedStore;
  readonly table: DeltaPredictionTable;
  readonly models: ModelRef[] = [];
  readonly reports = new Map<string, string>();
  #definitionDigest = '';
  #minutes = 0;
  #snapshots = new Map<string, string>();

  private constructor(stateDir: string, store: OpenedStore) {
    this.stateDir = stateDir;
    this.store = store;
    this.table = new DeltaPredictionTable(store);
  }

  static async create(): Promise<CliStory> {
    const stateDir = await mkdtemp(path.join(tmpdir(), 'gauntlet-cli-'));
    const story = new CliStory(stateDir, await openStore(path.join(stateDir, 'store')));
    const definition = canonicalJson({ name: storyPipeline, dataset: { sources: {} } });
    story.#definitionDigest = sha256Hex(definition);
    await story.store.createIfAbsent(`definitions/${story.#definitionDigest}/definition.json`, definition);
    for (const day of days) story.#snapshots.set(day, await writeDaySnapshot(story.store, day));
    return story;
  }

  /** The whole story up to the approval that waits. */
  static async lived(): Promise<CliStory> {
    const story = await CliStory.create();
    await story.promote('p1', null, await story.register(0));
    await story.append(alias(story.model(0), story.#lastChange));
    await story.publish('2001-03-05', story.model(0), 1);
    await story.promote('p2', story.model(0), await story.register(-0.5));
    await story.publish('2001-03-06', story.model(1), 2);
    await story.append({ type: 'retrain-decided', asOf: at(0), decision: 'skip', grounds: ['retrained 2 days ago'] });
    await story.rollBack();
    await story.refuse('p3', story.model(0), await story.register(-1));
    await story.append(held('2001-03-07'));
    await story.append(monitored('2001-03-05'));
    await story.open('p4', story.model(0), await story.register(-2));
    return story;
  }

  async remove(): Promise<void> {
    await rm(this.stateDir, { recursive: true, force: true });
  }

  model(index: number): ModelRef {
    const ref = this.models[index];
    if (ref === undefined) throw new Error(`the story has no model ${String(index)}`);
    return ref;
  }

  async append(event: LedgerEvent, reason = 'a test'): Promise<number> {
    const entry = entryOf(event, { recordId: digestOf(event), at: at(this.#minutes++), reason });
    const result = await appendRecord(this.store, storyPipeline, entry);
    if (result.status === 'appended') return result.record.number;
    throw new Error(`${event.type} was ${JSON.stringify(result)}`);
  }

  #lastChange = 0;

  async register(bias: number): Promise<ModelRef> {
    const folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-bundle-'));
    const trainingSnapshotDigest = this.snapshot('2001-03-05');
    const { modelDigest } = await writeBundle(folder, {
      model: logisticModel(weights, bias),
      features: testFeatures,
      dictionary: testDictionary,
      golden: [[1, 0.5, 0, 0.5]],
      manifest: { pipeline: storyPipeline, definitionDigest: this.#definitionDigest, trainingSnapshotDigest },
    });
    for (const name of await readdir(folder)) {
      await this.store.adopt(path.join(folder, name), `models/${modelDigest}/${name}`);
    }
    await rm(folder, { recursive: true });
    const model = { modelDigest, registeredName: storyPipeline, version: String(this.models.length + 1) };
    this.models.push(model);
    await this.append({
      type: 'model-registered',
      model,
      definitionDigest: this.#definitionDigest,
      trainingSnapshotDigest,
      trainingWindow: windowOfDay('2001-02-01'),
      validationWindow: windowOfDay('2001-02-02'),
      asOf: at(0),
      registryRunId: 'run',
    });
    return model;
  }

  /** Opens a promotion and measures its gates; an approval is asked for when they pass. */
  async open(promotionId: string, champion: ModelRef | null, challenger: ModelRef, passes = true): Promise<string> {
    const { state } = await readLedger(this.store, storyPipeline);
    const report = storyReport(champion, challenger, passes, state.decisionEpoch);
    const reportDigest = digestOf(report);
    this.reports.set(promotionId, reportDigest);
    await this.store.createIfAbsent(`reports/${reportDigest}/report.json`, canonicalJson(report));
    await this.store.createIfAbsent(`reports/${reportDigest}/report.html`, `<html>${promotionId}</html>`);
    const kind = champion === null ? 'bootstrap' : 'promotion';
    await this.append({ type: 'promotion-opened', promotionId, kind, challenger });
    await this.append({
      type: 'gates-evaluated',
      promotionId,
      reportDigest,
      challengerDigest: challenger.modelDigest,
      championDigest: champion?.modelDigest ?? null,
      decisionEpoch: state.decisionEpoch,
      verdict: report.verdict,
      checks: report.checks.map(({ name, verdict, why }) => ({ name, verdict, why })),
      validUntil: at(10_000),
    });
    if (passes) await this.append({ type: 'approval-requested', promotionId, reportDigest, deadlineAt: at(5_000) });
    return reportDigest;
  }

  /** Approved by Ada, or as `approvals` of the report say; over with the change, or taken back by its watch. */
  async promote(
    promotionId: string,
    champion: ModelRef | null,
    challenger: ModelRef,
    course: {
      readonly approvals?: (reportDigest: string) => readonly DecisionReceived[];
      readonly outcome?: 'promoted' | 'rolled-back';
    } = {},
  ): Promise<void> {
    const { approvals, outcome = 'promoted' } = course;
    const reportDigest = await this.open(promotionId, champion, challenger);
    const byAda: DecisionReceived = {
      type: 'decision-received',
      promotionId,
      decision: 'approve',
      by: 'Ada',
      reportDigest,
      accepted: true,
      note: '',
    };
    let approvalNumber = 0;
    for (const approval of approvals?.(reportDigest) ?? [byAda]) approvalNumber = await this.append(approval);
    this.#lastChange = await this.append(
      {
        type: 'champion-changed',
        cause: champion === null ? 'bootstrap' : 'promotion',
        decisionId: promotionId,
        from: champion,
        to: challenger,
        reportDigest,
        approvalNumber,
        revokedDigests: [],
      },
      `because of ${promotionId}`,
    );
    await this.append(closed(promotionId, challenger, reportDigest, outcome));
  }

  async refuse(promotionId: string, champion: ModelRef, challenger: ModelRef): Promise<void> {
    const reportDigest = await this.open(promotionId, champion, challenger, false);
    await this.append(closed(promotionId, challenger, reportDigest, 'refused', ['the AUC is worse']));
  }

  async rollBack(): Promise<void> {
    const [to, from] = [this.model(0), this.model(1)];
    const evidence = { reportDigest: null, approvalNumber: null, revokedDigests: [from.modelDigest] };
    await this.append(
      { type: 'champion-changed', cause: 'rollback', decisionId: 'r1', from, to, ...evidence },
      'it hurt',
    );
    const { version } = await replacePredictions({
      store: this.store,
      table: this.table,
      pipeline: storyPipeline,
      rollbackId: 'r1',
      info: { ...info, at: at(this.#minutes), reason: 'it hurt' },
      provide: async ({ window, decisionEpoch }) => [
        await this.#publication(window, to, decisionEpoch, `again ${window}`),
      ],
    });
    await this.append({
      type: 'predictions-replaced',
      rollbackId: 'r1',
      tableVersion: version,
      windows: [windowOfDay('2001-03-06')],
      rowsReplaced: rowsPerDay,
      decisionsChanged: 2,
      correctionFile: null,
    });
  }

  async publish(day: string, model: ModelRef, decisionEpoch: number): Promise<void> {
    await this.publishRows(day, model, decisionEpoch, scoredRows(day, model, digest(`run ${day}`)));
  }

  /** Publishes any rows at all, as a run of this model. */
  async publishRows(day: string, model: ModelRef, decisionEpoch: number, rows: PublishedRows): Promise<void> {
    const { state } = await readLedger(this.store, storyPipeline);
    const served = await this.#adopt(day, model, decisionEpoch, { runIdentity: digest(`run ${day}`), rows });
    const args: PublishWindowArgs = {
      store: this.store,
      table: this.table,
      pins: { pipeline: storyPipeline, decisionEpoch, champion: model, ledger: state.head },
      runIdentity: served.runIdentity,
      window: day,
      served: [served],
      shadows: [],
      info: { ...info, at: at(this.#minutes) },
    };
    const { status } = await publishWindow(args);
    if (status !== 'published') throw new Error(`${day} was ${status}`);
  }

  snapshot(day: string): string {
    const found = this.#snapshots.get(day);
    if (found === undefined) throw new Error(`the story has no snapshot of ${day}`);
    return found;
  }

  #publication(day: string, model: ModelRef, decisionEpoch: number, run: string): Promise<TableFile> {
    const runIdentity = digest(run);
    return this.#adopt(day, model, decisionEpoch, { runIdentity, rows: scoredRows(day, model, runIdentity) });
  }

  #adopt(
    day: string,
    { modelDigest }: ModelRef,
    decisionEpoch: number,
    { runIdentity, rows }: { readonly runIdentity: string; readonly rows: PublishedRows },
  ): Promise<TableFile> {
    const facts = { window: day, runIdentity, modelDigest, decisionEpoch, snapshotDigest: this.snapshot(day) };
    return adoptRows(this, rows, facts);
  }
}

const info = { at: at(0), workflowId: 'w', workflowRunId: 'r', reason: 'scheduled' };
