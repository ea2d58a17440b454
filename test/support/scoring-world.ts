import { readFile, writeFile } from 'node:fs/promises';
import type { Scorer, ShardRequest } from '../../activities/ports/scorer.js';
import type { ReplacementServices } from '../../activities/rollback/replace-served.js';
import { pinScore } from '../../activities/scoring/begin-score.js';
import type { ScorePlan } from '../../activities/scoring/begin-score.js';
import { publishScored, type PublishServices } from '../../activities/scoring/publish-scored.js';
import {
  scoreShard,
  type ShardArgs,
  type ShardResult,
  type ShardServices,
} from '../../activities/scoring/score-shard.js';
import { storeFileOf } from '../../activities/publication/table-file.js';
import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { planLadder, type Rung } from '../../domain/score-ladder.js';
import type { ModelShardFacts, ShardFacts } from '../../domain/shard-facts.js';
import type { SnapshotManifest, SnapshotRef } from '../../domain/snapshot.js';
import type { ScoreResult } from '../../workflows/api.js';
import { ActivityWorld, runOf, stampOf } from './activity-world.js';
import { day, digest, LedgerBuilder, pipeline } from './ledger.js';
import { modelFacts, shardFacts } from './shard-facts.js';

/** Rows of each part. */
const partRows = 10;

/**
 * Everything a scoring run works with, on a real store, but for the engine: a scripted scorer writes what it was asked
 * for as text and counts what a test tells it to. Champions were `a`, then `b`; `a` scores in shadow.
 */
export class ScoringWorld {
  readonly world: ActivityWorld;
  readonly snapshot: SnapshotRef;
  /** What the scorer was asked, in order. */
  readonly requests: ShardRequest[] = [];
  /** Models whose bundles were opened, in order. */
  readonly opened: string[] = [];
  /** Publications that were compared for a correction file, in order. */
  readonly corrections: Parameters<Scorer['writeCorrections']>[0]['pairs'][number][] = [];
  /** Called before a part is scored: throws, or answers what the facts are to say instead. */
  script: (request: ShardRequest) => Partial<ShardFacts> | Promise<Partial<ShardFacts>> = () => ({});
  #manifest: SnapshotManifest;

  private constructor(world: ActivityWorld, snapshot: SnapshotRef, manifest: SnapshotManifest) {
    this.world = world;
    this.snapshot = snapshot;
    this.#manifest = manifest;
  }

  /** `sizes` are the rows of the snapshot's parts. */
  static async create(
    sizes: readonly number[] = [partRows, partRows, partRows],
    definition?: PipelineDefinition,
  ): Promise<ScoringWorld> {
    const ledger = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');
    const world = await ActivityWorld.create(ledger, definition);
    const manifest = await writeParts(world, sizes);
    const { rows, window, asOf, purpose } = manifest;
    const snapshot = { digest: digest(`snapshot ${sizes.join()}`), rows, labelledRows: 0, window, asOf, purpose };
    return new ScoringWorld(world, snapshot, manifest);
  }

  get services(): ShardServices & PublishServices & ReplacementServices {
    const bundles = {
      open: (modelDigest: string) => {
        this.opened.push(modelDigest);
        return Promise.resolve({ bundlePath: modelDigest, manifest: { decisionThreshold: 0.5 } });
      },
      profile: () => Promise.resolve({ rows: 1_000, scores: { mean: 0.5, cuts: [0.5], shares: [0.5, 0.5] } }),
    };
    const dataset = { loadSnapshot: () => Promise.resolve(this.#manifest) };
    const scorer: Pick<Scorer, 'scoreShard' | 'writeRowsOf' | 'writeCorrections' | 'countChanges'> = {
      scoreShard: (request) => this.#score(request),
      writeRowsOf: async ({ scoredPath, keyPaths, outputPath }) => {
        const scored = JSON.parse(await readFile(scoredPath, 'utf8')) as { readonly part: string };
        const keys = await Promise.all(
          keyPaths.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as object),
        );
        const rows = keys.some((key) => 'part' in key && key.part === scored.part) ? partRows : 0;
        await writeFile(outputPath, canonicalJson({ ...scored, kept: rows }));
        return rows;
      },
      countChanges: ({ pairs }) =>
        Promise.resolve(
          pairs.map(({ window }) => ({ window, rows: partRows, positives: 4, positivesAfter: 5, decisionsChanged: 3 })),
        ),
      writeCorrections: async ({ pairs, outputPath }) => {
        this.corrections.push(...pairs);
        await writeFile(outputPath, canonicalJson(pairs.map(({ window }) => window)));
        const windows = pairs.map(({ window }) => ({ window, rows: 1, positives: { before: 0, after: 1 } }));
        return { rowsReplaced: pairs.length, rowsChanged: 0, scoresChanged: 0, decisionsChanged: 0, windows };
      },
    };
    const services = { ...this.world.services, bundles, dataset, scorer, scoreTimeoutMs: 1_000 };
    return services as unknown as ShardServices & PublishServices & ReplacementServices;
  }

  /** From now on validation said this of the snapshot. */
  validated(what: Partial<Pick<SnapshotManifest, 'validation' | 'quarantine'>>): void {
    this.#manifest = { ...this.#manifest, ...what };
  }

  async pin(runId = 'r1'): Promise<ScorePlan> {
    const coverage = { first: '2001-02-01T00:00:00.000Z', last: '2001-06-30T22:00:00.000Z' };
    const services = {
      ...this.world.services,
      codeVersion: 'v',
      dataset: { coverage: () => Promise.resolve(coverage) },
    };
    const input = { pipeline, window: day.start };
    return pinScore(services as unknown as Parameters<typeof pinScore>[0], input, runOf(runId));
  }

  /** One shard of all parts, unless a span is given. */
  shard(
    plan: ScorePlan,
    change: Partial<ShardArgs & ShardProgress> & { readonly attempt?: number } = {},
  ): Promise<ShardResult> {
    const span = { firstPart: 0, parts: this.#manifest.parts.length };
    const progress = { signal: new AbortController().signal, report: () => undefined };
    return scoreShard(this.services, {
      attempt: 1,
      plan,
      snapshot: this.snapshot,
      rung: rungOf(plan),
      span,
      ...progress,
      ...change,
    });
  }

  publish(plan: ScorePlan, { rung = rungOf(plan), grounds = [] as readonly string[] } = {}): Promise<ScoreResult> {
    return publishScored(this.services, { plan, snapshot: this.snapshot, rung, grounds, stamp: stampOf('r1') });
  }

  /** Pins, scores and publishes, as a run does. */
  async run(runId?: string): Promise<ScoreResult> {
    const plan = await this.pin(runId);
    await this.shard(plan);
    return this.publish(plan);
  }

  /** What is served for the window: the content of its files, in order. */
  async served(): Promise<readonly string[]> {
    const { store, table } = this.world;
    const { files } = await table.load(pipeline, 'predictions');
    const local = files.map((file) => store.localPath(storeFileOf(table.folder(pipeline, 'predictions'), file)));
    return Promise.all(local.map(async (file) => readFile(await file, 'utf8')));
  }

  async #score(request: ShardRequest): Promise<ShardFacts> {
    this.requests.push(request);
    const scripted = await this.script(request);
    for (const model of request.models) {
      const { scoring, cohort, outputPath } = model;
      const content = { part: request.partPath.split('/').at(-1), model: scoring.modelDigest, cohort };
      await writeFile(outputPath, canonicalJson({ ...content, run: request.runIdentity }));
    }
    const { rows } = request;
    const models = request.models.map(({ scoring }) => scored(scoring.modelDigest, rows));
    return shardFacts({ rowsIn: rows, rowsOut: rows, models, ...scripted });
  }
}

type ShardProgress = Pick<Parameters<typeof scoreShard>[1], 'signal' | 'report'>;

/** The first rung: the champion with its shadows. */
export function rungOf(plan: ScorePlan, index = 0): Rung {
  const rung = planLadder(plan)[index];
  if (rung === undefined) throw new Error(`the ladder has no rung ${String(index)}`);
  return rung;
}

/** Scores with a mean of one half. */
function scored(modelDigest: string, rows: number): ModelShardFacts {
  return modelFacts({ modelDigest, sum: rows / 2, binCounts: [rows / 2, rows / 2], positives: rows / 5 });
}

async function writeParts(world: ActivityWorld, sizes: readonly number[]): Promise<SnapshotManifest> {
  const parts = sizes.map((size, index) => ({ path: `snapshots/part-${String(index)}`, rows: size }));
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  for (const { path } of parts) await world.store.createIfAbsent(path, path);
  return {
    schemaVersion: 1,
    pipeline,
    purpose: 'scoring',
    window: day,
    asOf: day.start,
    rowsFound: rows,
    rows,
    quarantined: 0,
    quarantine: null,
    validation: { status: 'passed', grounds: [], warnings: [], results: [] },
    labelledRows: 0,
    columns: [
      { name: 'row_key', type: 'VARCHAR' },
      { name: 'origin', type: 'VARCHAR' },
    ],
    parts: parts.map((part) => ({ ...part, sha256: sha256Hex(part.path), bytes: part.path.length })),
    logicalDigest: digest('rows'),
    datasetDigest: digest('dataset'),
    sources: [],
    engine: { duckdb: 'test' },
  };
}
