import { chmod, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { appendRecord } from '../../activities/ledger/append-record.js';
import { readLedger } from '../../activities/ledger/read-ledger.js';
import type { RowFaults } from '../../activities/ports/row-counter.js';
import { publishWindow, type PublishResult } from '../../activities/publication/publish-window.js';
import { replacePredictions, type ReplaceResult } from '../../activities/publication/replace-predictions.js';
import { adoptTableFile } from '../../activities/publication/table-file.js';
import type { PlacedAnchor } from '../../activities/verify/check-anchors.js';
import { verifyPipeline } from '../../activities/verify/verify-pipeline.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import { openStore, type OpenedStore } from '../../adapters/store/open-store.js';
import { canonicalJson, digestOf, sha256Hex } from '../../contracts/digest.js';
import { computeModelDigest } from '../../contracts/model-bundle.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';
import type { LedgerHead } from '../../domain/ledger/record.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { TableFile } from '../../domain/published-table.js';
import type { VerifyCheck } from '../../domain/verify/check.js';
import { passingReport } from './gate-reports.js';
import { day, digest, entryOf, hour, pipeline } from './ledger.js';
import { info } from './publications.js';

/** Stands for a definition: its digest is all that is looked at. */
const definition = '{}';

/**
 * A pipeline whose files are all there: models, snapshots, reports, ledger and tables on a real disk. Rows are counted
 * as the lines of a published file, so that no engine is needed.
 */
export class VerifiedPipeline {
  readonly store: OpenedStore;
  readonly table: DeltaPredictionTable;
  readonly #models = new Map<string, ModelRef>();
  /** Digest of the one snapshot that everything was scored from. */
  snapshot = '';
  /** What is found in the rows of each publication; no engine looks. */
  faults: Partial<RowFaults> = {};

  private constructor(store: OpenedStore) {
    this.store = store;
    this.table = new DeltaPredictionTable(store);
  }

  /** Champions `a`, then `b`, one window published by each, and `b` rolled back with its window replaced. */
  static async create(): Promise<VerifiedPipeline> {
    const store = await openStore(await mkdtemp(path.join(tmpdir(), 'gauntlet-verify-')));
    const made = new VerifiedPipeline(store);
    await made.#writeSnapshot();
    await made.#writeFile(`definitions/${sha256Hex(definition)}/definition.json`, definition);
    await made.promote('p1', null, 'a');
    await made.publish('2001-03-05', 'a', 1);
    await made.promote('p2', 'a', 'b');
    await made.publish('2001-03-06', 'b', 2);
    await made.appendRollback();
    await made.replace();
    return made;
  }

  async remove(): Promise<void> {
    await rm(this.store.root, { recursive: true, force: true });
  }

  model(letter: string): ModelRef {
    const ref = this.#models.get(letter);
    if (ref === undefined) throw new Error(`nobody wrote model ${letter}`);
    return ref;
  }

  async append(event: LedgerEvent, recordId = digestOf(event)): Promise<number> {
    const result = await appendRecord(this.store, pipeline, entryOf(event, { recordId, at: hour(1) }));
    if (result.status === 'appended') return result.record.number;
    throw new Error(`${event.type} was ${JSON.stringify(result)}`);
  }

  async promote(promotionId: string, from: string | null, to: string): Promise<void> {
    const challenger = await this.#writeModel(to);
    const champion = from === null ? null : this.model(from);
    const kind = from === null ? 'bootstrap' : 'promotion';
    const challengerDigest = challenger.modelDigest;
    const { reportDigest, pages } = await this.#writeReport(champion, challenger);
    await this.append({
      type: 'model-registered',
      model: challenger,
      definitionDigest: sha256Hex(definition),
      trainingSnapshotDigest: this.snapshot,
      trainingWindow: day,
      validationWindow: day,
      asOf: day.end,
      registryRunId: 'run',
    });
    await this.append({ type: 'promotion-opened', promotionId, kind, challenger });
    await this.append({
      type: 'gates-evaluated',
      promotionId,
      reportDigest,
      challengerDigest,
      championDigest: champion?.modelDigest ?? null,
      decisionEpoch: from === null ? 0 : 1,
      verdict: 'pass',
      checks: [{ name: 'calibrated()', verdict: 'pass', why: 'as measured' }],
      pages,
      validUntil: hour(100),
    });
    await this.append({ type: 'approval-requested', promotionId, reportDigest, deadlineAt: hour(72) });
    const approvalNumber = await this.append({
      type: 'decision-received',
      promotionId,
      decision: 'approve',
      by: 'Ada',
      reportDigest,
      accepted: true,
      note: '',
    });
    await this.append({
      type: 'champion-changed',
      cause: kind,
      decisionId: promotionId,
      from: champion,
      to: challenger,
      reportDigest,
      approvalNumber,
      revokedDigests: [],
    });
    await this.append({
      type: 'promotion-closed',
      promotionId,
      outcome: 'promoted',
      challengerDigest,
      reportDigest,
      grounds: [],
    });
  }

  async publish(
    window: string,
    letter: string,
    decisionEpoch: number,
    run = `run of ${window}`,
  ): Promise<PublishResult> {
    const served = await this.adopt(window, letter, decisionEpoch, run);
    const ledger = await this.#headOf(decisionEpoch);
    const pins = { pipeline, decisionEpoch, champion: this.model(letter), ledger };
    return publishWindow({
      store: this.store,
      table: this.table,
      pins,
      runIdentity: digest(run),
      window,
      served: [served],
      shadows: [],
      info,
    });
  }

  async appendRollback(): Promise<void> {
    const [from, to] = [this.model('b'), this.model('a')];
    const evidence = { reportDigest: null, approvalNumber: null, revokedDigests: [from.modelDigest] };
    await this.append({ type: 'champion-changed', cause: 'rollback', decisionId: 'r', from, to, ...evidence });
  }

  replace(): Promise<ReplaceResult> {
    return replacePredictions({
      store: this.store,
      table: this.table,
      pipeline,
      rollbackId: 'r',
      info,
      provide: async ({ window, decisionEpoch }) => [await this.adopt(window, 'a', decisionEpoch, `again ${window}`)],
    });
  }

  async adopt(
    window: string,
    letter: string,
    decisionEpoch: number,
    run: string,
    lines = 2,
    mark = '',
  ): Promise<TableFile> {
    const stagedPath = await this.store.stage('rows', 'parquet');
    await writeFile(stagedPath, `${letter} ${window}${mark}\n`.repeat(lines));
    const made = { modelDigest: this.model(letter).modelDigest, runIdentity: digest(run), decisionEpoch, rows: lines };
    const facts = { window, windowEnd: day.end, snapshotDigest: this.snapshot, ...made };
    return adoptTableFile({ store: this.store, table: this.table, pipeline, name: 'predictions', stagedPath, facts });
  }

  /** What verify says, by a process that has read nothing before. */
  async verify(anchors: readonly PlacedAnchor[] = []): Promise<readonly VerifyCheck[]> {
    const store = await openStore(this.store.root);
    const countRows = async (file: string): Promise<number> => (await readFile(file, 'utf8')).split('\n').length - 1;
    const countFaults = () => Promise.resolve({ repeatedKeys: 0, badScores: 0, otherOrigins: 0, ...this.faults });
    const countCohortFaults = () => Promise.resolve({ strangers: 0, missed: 0, mislabelled: 0 });
    const rowCounter = { countRows, countFaults, countCohortFaults };
    const table = new DeltaPredictionTable(store);
    return verifyPipeline({ store, table, rowCounter, pipeline, anchors });
  }

  /** Names of the checks that found something. */
  async failures(anchors: readonly PlacedAnchor[] = []): Promise<readonly string[]> {
    return (await this.verify(anchors)).filter(({ problems }) => problems.length > 0).map(({ name }) => name);
  }

  /** Changes a stored file behind the store's back; null deletes it. */
  async tamper(file: string, change: (text: string) => string | null): Promise<void> {
    const local = path.join(this.store.root, file);
    const before = await readFile(local, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`${file} would stay the same`);
    if (after === null) return unlink(local);
    await chmod(local, 0o644);
    await writeFile(local, after);
  }

  async #writeSnapshot(): Promise<void> {
    const content = 'two rows';
    const part = { path: 'part-0.parquet', sha256: sha256Hex(content), bytes: content.length, rows: 2 };
    const left = 'one row\n';
    const sha256 = sha256Hex(left);
    const file = { path: `quarantine/${pipeline}/${sha256}.parquet`, sha256, bytes: left.length, rows: 1 };
    const quarantine = { file, rows: 1, reasons: { 'finite(distance)': 1 } };
    const facts = { window: day, rowsFound: 3, rows: 2, quarantine, parts: [part] };
    const manifest = { schemaVersion: 1, pipeline, purpose: 'scoring', ...facts };
    await this.#writeFile(file.path, left);
    this.snapshot = digestOf(manifest);
    await this.#writeFile(`snapshots/${pipeline}/${this.snapshot}/part-0.parquet`, content);
    await this.#writeFile(`snapshots/${pipeline}/${this.snapshot}/manifest.json`, canonicalJson(manifest));
  }

  async #writeModel(letter: string): Promise<ModelRef> {
    const names = ['model.onnx', 'dictionary.json', 'features.json'] as const;
    const files = names.map((name) => ({
      name,
      sha256: sha256Hex(`${letter} ${name}`),
      bytes: letter.length + 1 + name.length,
    }));
    const [onnx, dictionary, features] = files.map(({ sha256 }) => sha256);
    const modelDigest = computeModelDigest({
      'model.onnx': onnx ?? '',
      'dictionary.json': dictionary ?? '',
      'features.json': features ?? '',
    });
    for (const { name } of files) await this.#writeFile(`models/${modelDigest}/${name}`, `${letter} ${name}`);
    const trainer = { command: ['train'], params: {}, seed: 1, metrics: {}, importance: {}, libraryVersions: {} };
    const windows = { trainingWindow: day, validationWindow: day };
    const origin = { pipeline, definitionDigest: sha256Hex(definition), trainingSnapshotDigest: this.snapshot };
    const manifest = { schemaVersion: 1, modelDigest, ...origin, ...windows, decisionThreshold: 0.5, trainer, files };
    await this.#writeFile(`models/${modelDigest}/manifest.json`, canonicalJson(manifest));
    const ref = { modelDigest, registeredName: pipeline, version: String(this.#models.size + 1) };
    this.#models.set(letter, ref);
    return ref;
  }

  /** Where the ledger stood when an epoch began. */
  async #headOf(epoch: number): Promise<LedgerHead> {
    const { records, state } = await readLedger(this.store, pipeline);
    const number = state.championHistory[epoch - 1]?.recordNumber ?? 0;
    return { number, hash: records[number - 1]?.hash ?? null };
  }

  async #writeReport(champion: ModelRef | null, challenger: ModelRef) {
    const report = passingReport(champion, challenger, 'calibrated()');
    const reportDigest = digestOf(report);
    await this.#writeFile(`reports/${reportDigest}/report.json`, canonicalJson(report));
    const page = { path: `reports/${reportDigest}/report.html`, text: `<p>${reportDigest}</p>` };
    await this.#writeFile(page.path, page.text);
    return { reportDigest, pages: [{ path: page.path, sha256: sha256Hex(page.text), bytes: page.text.length }] };
  }

  async #writeFile(file: string, text: string): Promise<void> {
    await this.store.createIfAbsent(file, text);
  }
}
