import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScoringModel, ServingModel, ShardRequest } from '../../activities/ports/scorer.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { cohortHash } from '../../contracts/cohort-hash.js';
import { isInCohort } from '../../domain/cohort.js';
import type { ShardFacts } from '../../domain/shard-facts.js';
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
const salt = 'flights/p3';
/** Some entities have many rows and some have one; every 50th row has none, and one has a quote in its name. */
const rows = testRows(5_000).map((row, index): TestRow => {
  const entity = index % 50 === 0 ? null : index % 3 === 0 ? `O'Hare ${String(index % 7)}` : `user ${String(index)}`;
  return { ...row, entity };
});
const weights = { champion: 0.25, challenger: 0.1 } as const;
type Side = keyof typeof weights;

const scoreOf = (row: TestRow, side: Side) => 1 / (1 + Math.exp(1 - weights[side] * row.month));
const decides = (row: TestRow, side: Side) => scoreOf(row, side) >= 0.5;
const isDrawn = (row: TestRow, sharePercent: number) =>
  isInCohort(typeof row.entity === 'string' ? cohortHash(salt, row.entity) : null, sharePercent);
const servedBy = (side: Side, sharePercent: number) =>
  rows.filter((row) => isDrawn(row, sharePercent) === (side === 'challenger'));

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let snapshot: Awaited<ReturnType<typeof writeSnapshot>>;
let models: Readonly<Record<Side, ScoringModel>>;

const output = (name: string) => path.join(scratch.folder, `${name}.parquet`);

beforeAll(async () => {
  scratch = await scratchFolder();
  snapshot = await writeSnapshot(scratch.folder, rows);
  const bundle = async (side: Side): Promise<ScoringModel> => {
    const weight = weights[side];
    const content = {
      model: logisticModel([weight, 0, 0], -1),
      features: testFeatures,
      dictionary: testDictionary,
      golden: [1, 12].map((month) => [month, 0.5, 0, 1 / (1 + Math.exp(1 - weight * month))]),
    };
    return { kind: 'onnx', ...(await writeBundle(path.join(scratch.folder, side), content)) };
  };
  models = { champion: await bundle('champion'), challenger: await bundle('challenger') };
});

afterAll(() => scratch.remove());

function score(name: string, sharePercent: number, rest: Partial<ShardRequest> = {}): Promise<ShardFacts> {
  const serving = (side: Side): ServingModel => ({
    scoring: models[side],
    decisionThreshold: 0.5,
    cohort: side,
    scoreCuts: [0.4, 0.6],
    outputPath: output(`${name}-${side}`),
    shadowPath: output(`${name}-${side}-shadow`),
  });
  return scorer.scoreShard({
    snapshot: snapshot.manifest,
    partPath: snapshot.parts[0] ?? '',
    rows: rows.length,
    models: [serving('champion'), serving('challenger')],
    split: { salt, sharePercent },
    runIdentity: 'r'.repeat(64),
    churn: { livePaths: [], sliceColumns: [] },
    timeoutMs: 30_000,
    ...rest,
  });
}

const read = (name: string) => runSql(`SELECT * FROM read_parquet('${output(name)}')`);
const keysIn = async (name: string) => (await read(name)).map((row) => row['row_key']);
const keysOf = (of: readonly TestRow[]) => of.map(({ key }) => key);

describe('a part that champion and challenger share', () => {
  it.each([0.01, 1, 25, 99.99, 100])(
    'is served by cohort with a share of %d percent, each file in key order',
    async (share) => {
      await score('shared', share);
      for (const [side, other] of [
        ['champion', 'challenger'],
        ['challenger', 'champion'],
      ] as const) {
        expect(await keysIn(`shared-${side}`)).toEqual(keysOf(servedBy(side, share)));
        expect(await keysIn(`shared-${side}-shadow`)).toEqual(keysOf(servedBy(other, share)));
      }
    },
  );

  it('has both scores of every row, by the model and in the cohort that the row names', async () => {
    await score('both', 25);
    for (const side of ['champion', 'challenger'] as const) {
      const written = { [side]: await read(`both-${side}`), shadow: await read(`both-${side}-shadow`) };
      for (const [cohort, found] of Object.entries(written)) {
        const byKey = new Map(found.map((row) => [row['row_key'], row]));
        for (const row of rows.filter(({ key }) => byKey.has(key))) {
          const scored = byKey.get(row.key);
          expect(scored).toMatchObject({
            decision: decides(row, side),
            model_digest: models[side].modelDigest,
            cohort,
            run_identity: 'r'.repeat(64),
          });
          expect(Math.abs(Number(scored?.['score']) - scoreOf(row, side))).toBeLessThan(1e-6);
        }
      }
    }
  });

  it('is counted by who serves, and each model over all rows', async () => {
    const facts = await score('counted', 25);
    const served = (side: Side) => {
      const own = servedBy(side, 25);
      return { rows: own.length, positives: own.filter((row) => decides(row, side)).length };
    };
    const all = (side: Side) => ({
      modelDigest: models[side].modelDigest,
      positives: rows.filter((row) => decides(row, side)).length,
      nonFinite: 0,
      binCounts: [
        rows.filter((row) => scoreOf(row, side) <= 0.4).length,
        rows.filter((row) => scoreOf(row, side) > 0.4 && scoreOf(row, side) <= 0.6).length,
        rows.filter((row) => scoreOf(row, side) > 0.6).length,
      ],
    });
    expect(facts).toMatchObject({
      rowsIn: 5_000,
      rowsOut: 5_000,
      missingKeys: 0,
      extraKeys: 0,
      duplicateKeys: 0,
      models: [all('champion'), all('challenger')],
      cohorts: { champion: served('champion'), challenger: served('challenger'), withoutEntity: 100 },
    });
  });

  it('leaves everything without an entity to the champion, also with a share of 100 %', async () => {
    const { cohorts } = await score('all', 100);
    expect(await keysIn('all-champion')).toEqual(keysOf(rows.filter(({ entity }) => entity === null)));
    expect(cohorts).toMatchObject({ champion: { rows: 100 }, challenger: { rows: 4_900 }, withoutEntity: 100 });
  });

  it('keeps everybody in the cohort while the share grows', async () => {
    let before = new Set<unknown>();
    for (const share of [1, 5, 25, 100]) {
      await score('growing', share);
      const members = new Set(await keysIn('growing-challenger'));
      expect([...before].every((key) => members.has(key))).toBe(true);
      before = members;
    }
  });

  it('gives the same bytes every time', async () => {
    await score('first', 25);
    await score('second', 25);
    for (const file of ['champion', 'challenger', 'champion-shadow', 'challenger-shadow']) {
      expect(await readFile(output(`second-${file}`))).toEqual(await readFile(output(`first-${file}`)));
    }
  });
});

describe('decision churn in a split', () => {
  const isFlip = (row: TestRow) => decides(row, 'champion') !== decides(row, 'challenger');

  it('between champion and challenger is counted over all rows, whoever serves them', async () => {
    const churn = { livePaths: [], sliceColumns: ['origin'] };
    const facts = await score('churn', 25, { churn });
    const against = models.challenger.modelDigest;
    const count = (of: readonly TestRow[]) => ({ rows: of.length, flips: of.filter(isFlip).length });
    expect(facts.churn).toHaveLength(6);
    expect(facts.churn).toContainEqual({ against, slice: null, ...count(rows) });
    for (const origin of ['SEA', 'ATL', "O'Hare", 'DEN', null]) {
      const slice = { column: 'origin', value: origin ?? '(none)' };
      expect(facts.churn).toContainEqual({ against, slice, ...count(rows.filter((row) => row.origin === origin)) });
    }
  });

  it('against what is published counts the decision that would be served', async () => {
    await score('live', 5);
    const livePaths = [output('live-champion'), output('live-challenger')];
    const facts = await score('republished', 25, { churn: { livePaths, sliceColumns: [] } });
    const moved = rows.filter((row) => isDrawn(row, 25) && !isDrawn(row, 5));
    const flips = moved.filter(isFlip).length;
    expect(flips).toBeGreaterThan(0);
    expect(facts.churn).toContainEqual({ against: 'live', slice: null, rows: 5_000, flips });
  });
});
