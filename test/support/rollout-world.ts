import path from 'node:path';
import type { TableName } from '../../activities/ports/prediction-table.js';
import { adoptTableFile } from '../../activities/publication/table-file.js';
import { lookAtRollout } from '../../activities/rollout/look-at-rollout.js';
import type { LookServices } from '../../activities/rollout/look-services.js';
import { createRolloutComparer } from '../../adapters/duckdb/rollout-comparer.js';
import type { SplitChanged } from '../../domain/ledger/promotion-events.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { AnalysisPolicy, RolloutStep } from '../../domain/rollout/rollout-policy.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { TableFile } from '../../domain/published-table.js';
import type { RolloutAnalysis } from '../../domain/rollout/analysis.js';
import { defaultAnalysis } from '../../domain/rollout/default-analysis.js';
import type { RolloutLook } from '../../domain/rollout/look.js';
import type { Window } from '../../domain/window.js';
import { ActivityWorld, stampOf } from './activity-world.js';
import { dayMs, flightsDefinition } from './flights-definition.js';
import {
  changed,
  decided,
  digest,
  evaluated,
  hour,
  LedgerBuilder,
  model,
  opened,
  pipeline,
  registered,
  requested,
  rolledBack,
} from './ledger.js';
import { runSql } from './parquet.js';

/** A row that both sides score; rows of an entity go to the challenger where it belongs to the cohort. */
export interface RolloutRow {
  readonly entity: string;
  readonly label: number | null;
  readonly champion: number;
  readonly challenger: number;
}

/** Day `k` of the rollout: 10 March 2001 is day 0. */
export function rolloutDay(k: number): Window {
  const start = Date.parse('2001-03-10T00:00:00.000Z') + k * dayMs;
  return { start: new Date(start).toISOString(), end: new Date(start + dayMs).toISOString() };
}

/** Version 2 is tried beside version 1 on a real store, with real tables, Parquet and DuckDB; datasets are given by hand. */
export class RolloutWorld {
  readonly world: ActivityWorld;
  /** Labelled snapshots that were asked for: the window and the data clock. */
  readonly asked: { readonly start: string; readonly asOf: string }[] = [];
  /** Windows that were compared. */
  compared = 0;
  readonly #labels = new Map<string, { readonly rows: readonly RolloutRow[]; readonly knownAt: string }>();
  readonly #parts = new Map<string, string>();
  #definitionDigest = '';

  private constructor(world: ActivityWorld) {
    this.world = world;
  }

  static async create(
    change: { readonly rollout?: readonly RolloutStep[]; readonly analysis?: Partial<AnalysisPolicy> } & Partial<
      Pick<PipelineDefinition, 'decision'>
    > = {},
  ): Promise<RolloutWorld> {
    const { rollout = [{ kind: 'shadow', cycles: 2 }], analysis, ...rest } = change;
    const definition = flightsDefinition({
      rollout,
      analysis: { ...defaultAnalysis('binary'), maxScorePsi: null, ...analysis },
      ...rest,
    });
    const ledger = new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).append(opened('p2', 'b'));
    ledger
      .append(evaluated('p2', 'b', 'a', 1))
      .append(requested('p2'))
      .append(decided('p2', 'approve'));
    const created = new RolloutWorld(await ActivityWorld.create(ledger, definition));
    created.#definitionDigest = (await created.world.definitions.load()).digest;
    return created;
  }

  remove(): Promise<void> {
    return this.world.remove();
  }

  /** A step of the rollout is in force from here on. */
  async begin(step: number, sharePercent: number): Promise<void> {
    const event: SplitChanged = {
      type: 'split-changed',
      promotionId: 'p2',
      step,
      challenger: model('b'),
      sharePercent,
      salt: 'salt',
      grounds: [],
      revokedDigests: [],
    };
    await this.world.append(event, `step-${String(step)}`);
  }

  /** The challenger is champion from here on, and watched. */
  async changeChampion(): Promise<void> {
    const approval = (await this.world.records()).find(
      ({ event }) => event.type === 'decision-received' && event.promotionId === 'p2',
    );
    await this.world.append(changed('p2', 'a', 'b', approval?.number ?? 0), 'champion-p2');
  }

  /** Publishes a day: the cohort's rows are the challenger's, every row is in shadow by the side that does not serve it. */
  async publish(
    k: number,
    rows: readonly RolloutRow[],
    { cohort = [] as readonly string[], labelsAt = 2, onlyChampion = false, onlyChallenger = false } = {},
  ): Promise<void> {
    const window = rolloutDay(k);
    const epoch = (await this.world.state()).decisionEpoch;
    const inCohort = ({ entity }: RolloutRow) => !onlyChampion && (cohort.includes('*') || cohort.includes(entity));
    const keyed = rows.map((row, index) => ({ ...row, key: `${String(k)}-${String(index)}` }));
    const snapshotDigest = digest(`scoring ${String(k)}`);
    await this.#writePart(
      snapshotDigest,
      keyed.map(({ key, entity }) => `('${key}', '${entity}')`).join(', '),
      'row_key, entity',
    );
    const facts = {
      window: window.start.slice(0, 10),
      windowEnd: window.end,
      runIdentity: digest(`run ${String(k)} ${String(epoch)}`),
      decisionEpoch: epoch,
      snapshotDigest,
    };
    const file = async (table: TableName, side: 'champion' | 'challenger', serves: boolean): Promise<TableFile[]> => {
      const own = keyed.filter((row) => (inCohort(row) === (side === 'challenger')) === serves);
      const isLeftOut = side === 'challenger' ? onlyChampion : onlyChallenger;
      if (own.length === 0 || isLeftOut) return [];
      const letter = side === 'challenger' ? 'b' : 'a';
      const values = own
        .map((row) => `('${row.key}', ${String(row[side])}::FLOAT, ${String(row[side] >= 0.5)})`)
        .join(', ');
      const stagedPath = await this.#write(values, 'row_key, score, decision');
      const { store, table: tables } = this.world;
      const given = { ...facts, rows: own.length, modelDigest: model(letter).modelDigest };
      return [await adoptTableFile({ store, table: tables, pipeline, name: table, stagedPath, facts: given })];
    };
    const shadows = [
      ...(await file('shadow-predictions', 'champion', false)),
      ...(await file('shadow-predictions', 'challenger', false)),
    ];
    const served = [
      ...(await file('predictions', 'champion', true)),
      ...(await file('predictions', 'challenger', true)),
    ];
    await this.#commit('shadow-predictions', shadows, facts);
    await this.#commit('predictions', served, facts);
    const knownAt = new Date(Date.parse(window.start) + labelsAt * dayMs).toISOString();
    this.#labels.set(window.start, { rows, knownAt });
  }

  /** The challenger could not score a day that it was meant to score, and what is published came of that run. */
  async fallBack(k: number): Promise<void> {
    const window = rolloutDay(k);
    const { decisionEpoch } = await this.world.state();
    await this.world.append({
      type: 'fallback-scored',
      window,
      runIdentity: digest(`run ${String(k)} ${String(decisionEpoch)}`),
      intendedDigest: model('b').modelDigest,
      servedDigest: model('a').modelDigest,
      grounds: ['it gave no numbers'],
    });
  }

  rollBack(): Promise<void> {
    return this.world.append(rolledBack('r1', 'b', 'a'));
  }

  look(phase: 'step' | 'watch' = 'step'): Promise<RolloutLook> {
    const promotion = {
      pipeline,
      promotionId: 'p2',
      definitionDigest: this.#definitionDigest,
      challenger: model('b'),
      champion: model('a') as ModelRef | null,
      reason: 'a test',
    };
    const { signal } = new AbortController();
    return lookAtRollout(this.services, { promotion, phase, stamp: stampOf('r1'), signal });
  }

  async analysis(look: RolloutLook): Promise<RolloutAnalysis> {
    const bytes = await this.world.store.read(`reports/${look.reportDigest ?? ''}/rollout.json`);
    return JSON.parse(Buffer.from(bytes ?? []).toString('utf8')) as RolloutAnalysis;
  }

  get services(): LookServices {
    const comparer = createRolloutComparer({
      tempDirectory: path.join(this.world.store.root, 'spill'),
      memoryLimitMb: 256,
    });
    const compareWindow: typeof comparer.compareWindow = (comparison) => {
      this.compared += 1;
      return comparer.compareWindow(comparison);
    };
    const dataset = {
      buildSnapshot: ({ window, asOf }: { window: Window; asOf: string }) => this.#buildLabelled(window, asOf),
      loadSnapshot: (_pipeline: string, snapshot: string) => Promise.resolve({ snapshot }),
      localParts: ({ snapshot }: { snapshot: string }) => Promise.resolve([this.#parts.get(snapshot) ?? '']),
    };
    const bundles = {
      profile: () => Promise.resolve({ rows: 1_000, scores: { mean: 0.5, cuts: [0.25, 0.5, 0.75], shares: [] } }),
    };
    return {
      ...this.world.services,
      dataset,
      bundles,
      comparer: { ...comparer, compareWindow },
    } as unknown as LookServices;
  }

  /** Labels that were not known by the data clock are missing. */
  async #buildLabelled(window: Window, asOf: string): Promise<{ readonly digest: string }> {
    this.asked.push({ start: window.start, asOf });
    const { rows = [], knownAt = '' } = this.#labels.get(window.start) ?? {};
    const k = String((Date.parse(window.start) - Date.parse(rolloutDay(0).start)) / dayMs);
    const isKnown = knownAt <= asOf;
    const values = rows.map(
      ({ label }, index) => `('${k}-${String(index)}', ${isKnown && label !== null ? String(label) : 'NULL'}::DOUBLE)`,
    );
    const name = digest(`labels ${window.start} ${asOf}`);
    await this.#writePart(name, values.join(', '), 'row_key, label');
    return { digest: name };
  }

  async #writePart(name: string, values: string, columns: string): Promise<void> {
    this.#parts.set(name, await this.#write(values, columns));
  }

  async #write(values: string, columns: string): Promise<string> {
    const staged = await this.world.store.stage('test', 'parquet');
    const source =
      values === '' ? `(SELECT ${columns.replace(/\w+/g, 'NULL AS $&')} LIMIT 0)` : `(VALUES ${values}) t(${columns})`;
    await runSql(`COPY (SELECT * FROM ${source}) TO '${staged}' (FORMAT parquet)`);
    return staged;
  }

  async #commit(
    name: TableName,
    add: readonly TableFile[],
    facts: Pick<TableFile, 'window' | 'runIdentity' | 'decisionEpoch'>,
  ): Promise<void> {
    const { table } = this.world;
    const before = await table.load(pipeline, name);
    const info = {
      operation: 'publish',
      at: hour(30),
      ledgerNumber: 0,
      ledgerHash: null,
      workflowId: 'w',
      workflowRunId: 'r',
      reason: 'a test',
      identity: facts.runIdentity,
      decisionEpoch: facts.decisionEpoch,
      windows: [facts.window],
    } as const;
    const remove = name === 'predictions' ? before.files.filter(({ window }) => window === facts.window) : [];
    await table.commit(pipeline, name, before.version + 1, { add, remove, info });
  }
}

/** Rows of as many entities as asked for, one each; both sides are as good unless `harm` moves the challenger off. */
export function rolloutRows(count: number, { harm = 0, seed = 0 } = {}): readonly RolloutRow[] {
  return Array.from({ length: count }, (_, index) => {
    const label = (index * 7 + seed * 3) % 10 < 4 ? 1 : 0;
    const near = label === 1 ? 0.7 : 0.3;
    const wobble = (((index * 13 + seed * 29) % 17) - 8) / 200;
    const worse = label === 1 ? -harm : harm;
    return { entity: `e${String(index)}`, label, champion: near + wobble, challenger: near - wobble + worse };
  });
}
