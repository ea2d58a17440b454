import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScoringModel, ServingModel, ShardRequest } from '../../activities/ports/scorer.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { writeBundle } from '../support/model-bundles.js';
import { logisticModel } from '../support/onnx-models.js';
import { runSql } from '../support/parquet.js';
import {
  scratchFolder,
  testDictionary,
  testFeatures,
  testRows,
  writeSnapshot,
  type TestRow,
} from '../support/scoring.js';

const scorer = createScorer();
const rows = testRows(5_000);
const sigmoid = (margin: number) => 1 / (1 + Math.exp(-margin));

/** One weight for the month, the rest at rest: expected scores are a line of arithmetic. */
const scoreOf = (row: TestRow, weight: number) => sigmoid(weight * row.month - 1);

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let snapshot: Awaited<ReturnType<typeof writeSnapshot>>;
let champion: ScoringModel;
let shadow: ScoringModel;

const output = (name: string) => path.join(scratch.folder, `${name}.parquet`);

beforeAll(async () => {
  scratch = await scratchFolder();
  snapshot = await writeSnapshot(scratch.folder, rows);
  const bundle = async (name: string, weight: number): Promise<ScoringModel> => {
    const content = {
      model: logisticModel([weight, 0, 0], -1),
      features: testFeatures,
      dictionary: testDictionary,
      golden: [
        [1, 0.5, 0, sigmoid(weight - 1)],
        [12, 0.5, 3, sigmoid(12 * weight - 1)],
      ],
    };
    return { kind: 'onnx', ...(await writeBundle(path.join(scratch.folder, name), content)) };
  };
  champion = await bundle('champion', 0.25);
  shadow = await bundle('shadow', 0.1);
});

afterAll(() => scratch.remove());

function serving(scoring: ScoringModel, name: string, rest: Partial<ServingModel> = {}): ServingModel {
  return {
    scoring,
    decisionThreshold: 0.5,
    cohort: 'champion',
    scoreCuts: [0.4, 0.6],
    outputPath: output(name),
    ...rest,
  };
}

function shard(models: readonly ServingModel[], rest: Partial<ShardRequest> = {}): ShardRequest {
  return {
    snapshot: snapshot.manifest,
    partPath: snapshot.parts[0] ?? '',
    rows: rows.length,
    models,
    runIdentity: 'r'.repeat(64),
    churn: { livePaths: [], sliceColumns: [] },
    timeoutMs: 30_000,
    ...rest,
  };
}

describe('one scored part', () => {
  it('is written as it is published, in key order', async () => {
    await scorer.scoreShard(shard([serving(champion, 'published')]));
    const published = await runSql(`SELECT * FROM read_parquet('${output('published')}')`);
    expect(published.map((row) => row['row_key'])).toEqual(rows.map((row) => row.key));
    for (const [index, row] of rows.entries()) {
      const found = published[index];
      expect(Math.abs(Number(found?.['score']) - scoreOf(row, 0.25))).toBeLessThan(1e-6);
      expect(found?.['decision']).toBe(scoreOf(row, 0.25) >= 0.5);
    }
    expect(published[0]).toMatchObject({
      model_digest: champion.modelDigest,
      cohort: 'champion',
      run_identity: 'r'.repeat(64),
    });
  });

  it('is counted as a hand count of its rows says', async () => {
    const facts = await scorer.scoreShard(shard([serving(champion, 'counted')]));
    const scores = rows.map((row) => scoreOf(row, 0.25));
    expect(facts).toMatchObject({
      rowsIn: 5_000,
      rowsOut: 5_000,
      missingKeys: 0,
      extraKeys: 0,
      duplicateKeys: 0,
      churn: [],
    });
    const [model] = facts.models;
    expect(model).toMatchObject({
      modelDigest: champion.modelDigest,
      positives: scores.filter((score) => score >= 0.5).length,
      nonFinite: 0,
      binCounts: [
        scores.filter((score) => score <= 0.4).length,
        scores.filter((score) => score > 0.4 && score <= 0.6).length,
        scores.filter((score) => score > 0.6).length,
      ],
    });
    expect(model?.sum).toBeCloseTo(
      scores.reduce((sum, score) => sum + score, 0),
      2,
    );
    expect(model?.min).toBeCloseTo(Math.min(...scores), 6);
    expect(model?.max).toBeCloseTo(Math.max(...scores), 6);
  });

  it('counts scores at a cut below it, and nothing between two cuts that no float32 lies between', async () => {
    const cut = Math.fround(scoreOf(rows[0] as TestRow, 0.25));
    const alone = await scorer.scoreShard(shard([serving(champion, 'cut', { scoreCuts: [cut, cut + 1e-12] })]));
    const scored = await runSql(`SELECT score FROM read_parquet('${output('cut')}')`);
    const upTo = scored.filter((row) => Number(row['score']) <= cut).length;
    expect(upTo).toBeGreaterThan(0);
    expect(alone.models[0]?.binCounts).toEqual([upTo, 0, 5_000 - upTo]);
  });

  it('of a baseline with infinite scores is counted by its finite ones', async () => {
    const expression = "CASE WHEN month = 12 THEN 'inf'::FLOAT ELSE month / 100 END";
    const baseline: ScoringModel = { kind: 'baseline', modelDigest: 'baseline', expression };
    const facts = await scorer.scoreShard(shard([serving(baseline, 'infinite', { scoreCuts: [0.055] })]));
    const finite = rows.filter((row) => row.month !== 12);
    const low = finite.filter((row) => row.month <= 5).length;
    expect(facts.models[0]).toMatchObject({
      engine: 'baseline',
      nonFinite: rows.length - finite.length,
      binCounts: [low, finite.length - low],
    });
    expect(facts.models[0]?.max).toBeCloseTo(0.11, 6);
  });

  it('gives the same bytes every time', async () => {
    await scorer.scoreShard(shard([serving(champion, 'first')]));
    await scorer.scoreShard(shard([serving(champion, 'second')]));
    expect(await readFile(output('second'))).toEqual(await readFile(output('first')));
  });

  it('gives the champion the same bytes when a shadow is scored along', async () => {
    await scorer.scoreShard(shard([serving(champion, 'alone')]));
    await scorer.scoreShard(shard([serving(champion, 'together'), serving(shadow, 'shadow', { cohort: 'shadow' })]));
    expect(await readFile(output('together'))).toEqual(await readFile(output('alone')));
  });
});

describe('decision churn', () => {
  const isFlip = (row: TestRow) => scoreOf(row, 0.25) >= 0.5 !== scoreOf(row, 0.1) >= 0.5;

  it('between two models is counted overall and for each value of a slice, null among them', async () => {
    const models = [serving(champion, 'churn-served'), serving(shadow, 'churn-shadow', { cohort: 'shadow' })];
    const facts = await scorer.scoreShard(shard(models, { churn: { livePaths: [], sliceColumns: ['origin'] } }));
    const count = (of: readonly TestRow[]) => ({ rows: of.length, flips: of.filter(isFlip).length });
    expect(facts.churn).toContainEqual({ against: shadow.modelDigest, slice: null, ...count(rows) });
    for (const origin of ['SEA', 'ATL', "O'Hare", 'DEN', null]) {
      const of = rows.filter((row) => row.origin === origin);
      const slice = { column: 'origin', value: origin ?? '(none)' };
      expect(facts.churn).toContainEqual({ against: shadow.modelDigest, slice, ...count(of) });
    }
  });

  it('against the live publication counts the rows that both have', async () => {
    await scorer.scoreShard(shard([serving(shadow, 'live')]));
    const half = output('live-half');
    await runSql(`COPY (SELECT * FROM read_parquet('${output('live')}') LIMIT 2000) TO '${half}' (FORMAT parquet)`);
    const facts = await scorer.scoreShard(
      shard([serving(champion, 'republished')], { churn: { livePaths: [half], sliceColumns: [] } }),
    );
    const flips = rows.slice(0, 2_000).filter(isFlip).length;
    expect(facts.churn).toEqual([{ against: 'live', slice: null, rows: 2_000, flips }]);
  });
});
