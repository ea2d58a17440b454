import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureImportance } from '../../../activities/evidence/probe-importance.js';
import { labelledParts } from '../../../activities/evidence/probed-rows.js';
import type { FeatureImportance } from '../../../domain/gates/probes.js';
import { probeOrders, type ProbedOrders } from '../../support/probed-orders.js';
import { runPython } from '../../support/trainer-data.js';

/** What the models of the orders are made of. */
const logistic = {
  a: { features: ['amount', 'colour'], weights: [0.05, 0.2], bias: -1 },
  b: { features: ['amount', 'colour'], weights: [0.04, 0.3], bias: -0.8 },
};

describe('permutation importance', () => {
  let orders: ProbedOrders;
  beforeAll(async () => {
    orders = await probeOrders(80);
  });
  afterAll(() => orders.remove());

  /** scikit-learn's own function with the very permutations that the probe uses. */
  async function bySklearn(
    letter: 'a' | 'b',
    { of = orders, metric = 'auc' }: { of?: ProbedOrders; metric?: 'auc' | 'logLoss' } = {},
  ): Promise<Record<string, FeatureImportance>> {
    const { services, scoring, folds } = of;
    const { signal, definition, plan } = of.job();
    const modelDigest = scoring.models[letter];
    const { bundlePath } = await services.bundles.open(modelDigest);
    const file = (name: string) => path.join(scoring.world.store.root, `${letter}-${name}.parquet`);
    const parts = await labelledParts(services, plan.pipeline, folds);
    const { seed } = definition.backtest;
    const sample = { parts, maxRows: 20_000, seed, outputPath: file('sample'), signal };
    expect(await services.prober.writeSample(sample)).toBe(240);
    const model = { kind: 'onnx', modelDigest, bundlePath } as const;
    await services.scorer.writeInputs({ parts: [file('sample')], model, outputPath: file('encoded') });
    const rows = {
      samplePath: file('sample'),
      encodedPath: file('encoded'),
      features: logistic[letter].features,
      isWeighted: definition.label.weight !== null,
    };
    await services.prober.writeShuffled({ rows, repeats: 5, seed, outputPath: file('stacked'), signal });
    const script = path.join(import.meta.dirname, 'permutation_importance.py');
    const printed = await runPython([script, file('stacked'), '5', JSON.stringify(logistic[letter]), metric]);
    return JSON.parse(printed) as Record<string, FeatureImportance>;
  }

  it('is what scikit-learn finds with the same permutations, for both sides', async () => {
    const measured = await measureImportance(orders.services, orders.job());
    if (measured.status !== 'measured') throw new Error(measured.why);
    const { facts } = measured;
    expect(facts).toMatchObject({ metric: 'auc', rows: 240, repeats: 5, seed: 1 });
    expect(facts.features.map(({ feature }) => feature)).toEqual(['amount', 'colour']);
    const expected = { challenger: await bySklearn('a'), champion: await bySklearn('b') };
    for (const { feature, challenger, champion } of facts.features) {
      expectSame(challenger, expected.challenger[feature]);
      expectSame(champion, expected.champion[feature]);
    }
    expect(facts.features[0]?.challenger?.mean).toBeGreaterThan(0.1);
  });

  it('counts rows by their weight and loses in the primary metric, as scikit-learn says', async () => {
    const weighted = await probeOrders(80, (definition) => ({
      ...definition,
      dataset: {
        ...definition.dataset,
        sql: definition.dataset.sql.replace('colour,', 'colour, 0.5 + try_cast(amount AS DOUBLE) / 10 AS importance,'),
      },
      label: { ...definition.label, weight: 'importance' },
      gates: [
        { check: 'better', metric: 'brier', by: 0, mode: 'observe' },
        { check: 'not-worse', metric: 'logLoss', margin: 0.01, mode: 'enforce' },
      ],
    }));
    const measured = await measureImportance(weighted.services, weighted.job());
    if (measured.status !== 'measured') throw new Error(measured.why);
    expect(measured.facts.metric).toBe('logLoss');
    const expected = await bySklearn('a', { of: weighted, metric: 'logLoss' });
    await weighted.remove();
    // The model computes in float32, which log loss sees in the ninth digit; ranks do not.
    for (const { feature, challenger } of measured.facts.features) expectSame(challenger, expected[feature], 7);
    expect(measured.facts.features[0]?.challenger?.mean).toBeGreaterThan(0.05);
  });

  it('gives the same facts every time', async () => {
    const measure = () => measureImportance(orders.services, orders.job());
    expect(await measure()).toEqual(await measure());
  });

  it('knows the challenger alone when it is compared with the baseline', async () => {
    const measured = await measureImportance(orders.services, orders.job({ champion: null, kind: 'bootstrap' }));
    if (measured.status !== 'measured') throw new Error(measured.why);
    expect(measured.facts.features.map(({ champion }) => champion)).toEqual([null, null]);
  });

  it('is a loss of mean absolute error for a regression', async () => {
    const { label } = orders.job().definition;
    const job = orders.job({}, { label: { ...label, kind: 'regression' }, gates: [] });
    const measured = await measureImportance(orders.services, job);
    if (measured.status !== 'measured') throw new Error(measured.why);
    expect(measured.facts.metric).toBe('mae');
    // Scores grow with the amount as the labels do: shuffled amounts take them further away.
    expect(measured.facts.features[0]).toMatchObject({ feature: 'amount' });
    expect(measured.facts.features[0]?.challenger?.mean).toBeGreaterThan(0.01);
  });

  it('says that nothing can be said when all labels are of one class', async () => {
    const neverReturned = await probeOrders(10, ({ dataset, ...definition }) => ({
      ...definition,
      dataset: { ...dataset, sql: dataset.sql.replace('try_cast(returned AS INTEGER) AS returned', '0 AS returned') },
    }));
    const why = 'AUC is undefined on the 30 labelled rows of the folds';
    const measured = await measureImportance(neverReturned.services, neverReturned.job());
    await neverReturned.remove();
    expect(measured).toEqual({ status: 'missing', why });
  });

  it('ends with the reason of the signal that cancels it', async () => {
    const cancelled = new Error('cancelled');
    const job = { ...orders.job(), signal: AbortSignal.abort(cancelled) };
    await expect(measureImportance(orders.services, job)).rejects.toBe(cancelled);
  });
});

function expectSame(found: FeatureImportance | null, expected: FeatureImportance | undefined, digits = 9): void {
  expect(found?.mean).toBeCloseTo(expected?.mean ?? Number.NaN, digits);
  expect(found?.sd).toBeCloseTo(expected?.sd ?? Number.NaN, digits);
}
