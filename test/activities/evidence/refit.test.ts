import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluatedFold, EvidencePlan } from '../../../activities/evidence/evidence-plan.js';
import { metricIn } from '../../../domain/gates/comparison.js';
import type { GateReport } from '../../../domain/gates/gate-report.js';
import { BacktestWorld, backtestOrders, dayOf, permuteLabels, slowRowsPerDay } from '../../support/backtest-world.js';
import { runSql } from '../../support/parquet.js';

describe('a backtest that trains both sides for each fold', () => {
  let backtest: BacktestWorld;
  let plan: EvidencePlan;
  let folds: readonly EvaluatedFold[];
  let report: GateReport;
  beforeAll(async () => {
    backtest = await BacktestWorld.create(backtestOrders());
    plan = await backtest.plan();
    ({ folds, report } = await backtest.measure(plan));
  });
  afterAll(() => backtest.remove());

  it('trains each side by its own definition, on the same days before the fold', () => {
    expect(folds.map(({ window }) => window.start)).toEqual([12, 13, 14].map(dayOf));
    folds.forEach(({ sides }, k) => {
      const windows = {
        trainingWindow: { start: dayOf(6 + k), end: dayOf(10 + k) },
        validationWindow: { start: dayOf(10 + k), end: dayOf(11 + k) },
        knownAt: dayOf(12 + k),
      };
      expect(sides).toMatchObject({ champion: windows, challenger: windows });
      expect(sides?.champion?.definitionDigest).not.toBe(sides?.challenger.definitionDigest);
    });
    const digests = folds.flatMap(({ sides }) => [sides?.champion?.modelDigest, sides?.challenger.modelDigest]);
    expect(new Set(digests).size).toBe(6);
  });

  it('purges rows whose label became known only after the fold had begun', () => {
    // Labels of the slow shop take five days: those of the last three of the five days before the gap are too late.
    for (const { sides } of folds) expect(sides?.challenger.purgedRows).toBe(3 * slowRowsPerDay);
  });

  it('scores both on the identical rows, which each side names by itself', async () => {
    for (const fold of folds) {
      expect(fold.championSnapshotDigest).not.toBe(fold.snapshotDigest);
      expect(fold.sides?.rows.champion).toBe(fold.sides?.rows.challenger);
      const local = await backtest.world.store.localPath(fold.path);
      const [counted] = await runSql(
        `SELECT count(*)::INT AS rows, count(champion)::INT AS champion, count(challenger)::INT AS challenger FROM '${local}'`,
      );
      expect(counted).toEqual({ rows: fold.rows, champion: fold.rows, challenger: fold.rows });
    }
  });

  it('reports what it did, and judges only what a comparison can show', () => {
    expect(report.refit).toBe(true);
    expect(report.checks.map(({ name }) => name)).toEqual(['not-worse auc', 'worst-slice colour auc']);
    expect(report.comparison.slices.map(({ value }) => value)).toEqual(['blue', 'red']);
    expect(report.comparison.challenger).toMatchObject({
      label: 'flights v2, trained for each fold',
      decisionThreshold: null,
    });
    for (const fold of report.comparison.folds) expect(metricIn(fold.challenger, 'auc').value).toBeGreaterThan(0.55);
    expect(report.snapshots.map(({ sides }) => sides)).toEqual(folds.map(({ sides }) => sides));
  });

  it('registers nothing and leaves no folder behind', async () => {
    expect([...(await backtest.world.state()).models.values()]).toHaveLength(2);
    expect(await backtest.world.records()).toHaveLength(8);
  });

  it('reaches back as far as the data, and says how far that is', async () => {
    expect((await backtest.plan({ folds: 8 })).folds[0]?.window.start).toBe(dayOf(7));
    await expect(backtest.plan({ folds: 9 })).rejects.toMatchObject({
      type: 'TOO_FEW_ROWS',
      problems: [{ field: 'folds', found: '9', expected: `at most 8: the data begins at ${dayOf(1)}` }],
    });
  });

  it('is refused for two sides that did not score the identical rows', async () => {
    const [fold] = plan.folds;
    if (fold?.refit === undefined) throw new Error('every fold is trained for');
    const champion = await backtest.train(fold.refit.challenger);
    const picky = await backtest.pinWithSql((sql) => `${sql} AND amount > 30`);
    const challenger = await backtest.train({ ...fold.refit.challenger, definitionDigest: picky, runId: 'picky' });
    const models = { challenger: challenger.modelDigest, champion: champion.modelDigest };
    await expect(backtest.evaluate(plan, fold, models)).rejects.toMatchObject({
      type: 'BAD_DATA',
      problems: [
        { field: expect.stringContaining('fold 1') as string, expected: expect.stringContaining('row key') as string },
      ],
    });
  });

  it('is refused for two versions that would come out as one', async () => {
    const again = { challenger: '1', against: '1' };
    await expect(backtest.plan(again)).rejects.toMatchObject({ type: 'IDENTICAL_MODELS' });
  });

  it('compares registered versions as they serve: one snapshot, and what shaped them recorded with every fold', async () => {
    const registered = await backtest.plan({ refit: false });
    const [fold] = registered.folds;
    if (fold === undefined) throw new Error('there are folds');
    const evaluated = await backtest.evaluate(registered, fold);
    expect(evaluated.championSnapshotDigest).toBeNull();
    expect(evaluated.sides?.rows.champion).toBe(evaluated.sides?.rows.challenger);
    expect(evaluated.sides?.challenger).toMatchObject({
      validationWindow: { end: dayOf(11) },
      purgedRows: 3 * slowRowsPerDay,
    });
  });
});

describe('labels that say nothing', () => {
  it('give an AUC of about one half, whichever side', async () => {
    const backtest = await BacktestWorld.create(permuteLabels(backtestOrders()));
    try {
      const { report } = await backtest.measure(await backtest.plan({ against: 'baseline', folds: 4 }));
      const { champion, challenger } = report.comparison.pooled;
      // Hanley and McNeil: with some 110 positives and 110 negatives a standard error is about 0.039.
      for (const side of [champion, challenger]) expect(Math.abs((side.auc?.value ?? 0) - 0.5)).toBeLessThan(3 * 0.039);
    } finally {
      await backtest.remove();
    }
  });
});
