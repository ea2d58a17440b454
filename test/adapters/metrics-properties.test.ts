import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withDuckDb } from '../../adapters/duckdb/connection.js';
import { measureMetrics } from '../../adapters/duckdb/metrics/measure-metrics.js';
import type { MetricsRequest } from '../../adapters/duckdb/metrics/metrics-request.js';
import { canonicalJson } from '../../contracts/digest.js';
import { metricsOf, type MetricName } from '../../domain/metrics.js';

/** 3,000 rows with many ties: label, score, weight, part and a label that has nothing to do with the score. */
const ROWS = `SELECT i, score, 0.5 + i % 4 AS weight, i % 3 AS part,
    (hash(i, 2) % 1000 < 1000 * score)::INTEGER::DOUBLE AS label, (hash(i, 3) % 4 = 0)::INTEGER::DOUBLE AS unrelated
  FROM (SELECT i, (0.02 + hash(i, 1) % 800 / 1000.0)::FLOAT AS score FROM range(3000) t(i))`;

async function measure(overrides: Partial<MetricsRequest> = {}, threads = 2) {
  const settings = { allowed: [], tempDirectory: join(tmpdir(), 'gauntlet-properties'), threads, memoryLimitMb: 256 };
  return withDuckDb(settings, async (connection) => {
    await connection.run(`CREATE TEMP TABLE scored AS ${ROWS}`);
    const groups = await measureMetrics(connection, {
      relation: 'scored',
      label: 'label',
      score: 'score',
      weight: null,
      group: '0',
      metrics: metricsOf('binary'),
      threshold: 0.4,
      topShare: 0.1,
      value: { unit: 'EUR', truePositive: 3, falsePositive: -1, trueNegative: 0, falseNegative: -2 },
      ...overrides,
    });
    return new Map(
      [...groups].map(([code, { metrics }]) => [code, (name: MetricName) => metrics[name]?.value ?? null]),
    );
  });
}

async function valuesOf(overrides: Partial<MetricsRequest> = {}, threads = 2) {
  const value = (await measure(overrides, threads)).get(0);
  return Object.fromEntries(metricsOf('binary').map((name) => [name, value?.(name) ?? Number.NaN]));
}

function expectClose(found: Record<string, number>, expected: Record<string, number>, names: readonly MetricName[]) {
  for (const name of names) expect(Math.abs((found[name] ?? 0) - (expected[name] ?? 1)), name).toBeLessThan(1e-10);
}

/** A mean of a bin may fall on the other side of a threshold. */
const isNotDecided = (name: MetricName) => !['precision', 'recall', 'f1', 'mcc', 'value'].includes(name);

describe('metrics of scores', () => {
  test('that only look at ranks do not change when scores are stretched', async () => {
    const stretched = await valuesOf({ score: 'score::DOUBLE ** 3 / 2' });
    const ranked = ['auc', 'averagePrecision', 'ks', 'liftAtTop', 'recallAtTop'] as const;
    expectClose(stretched, await valuesOf(), ranked);
  });

  test('do not change when every row is there twice, and a whole weight is that many rows', async () => {
    const doubled = await valuesOf({ relation: '(FROM scored UNION ALL FROM scored)' });
    expectClose(doubled, await valuesOf(), metricsOf('binary'));
    const repeated = await valuesOf({ relation: '(SELECT * FROM scored, range(4) r(k) WHERE k <= i % 4)' });
    expectClose(await valuesOf({ weight: '1 + i % 4' }), repeated, metricsOf('binary'));
  });

  test('do not change when all weights are scaled', async () => {
    const scaled = await valuesOf({ weight: 'weight * 1e-9' });
    expectClose(scaled, await valuesOf({ weight: 'weight' }), metricsOf('binary'));
  });

  test('turn around with the classes: AUC becomes what is missing to 1, the intercept and the slope change sign', async () => {
    const [before, after] = [await valuesOf(), await valuesOf({ label: '1 - label' })];
    expect((before['auc'] ?? 0) + (after['auc'] ?? 0)).toBeCloseTo(1, 10);
    expect(after['ks']).toBeCloseTo(before['ks'] ?? 0, 10);
    expect(after['calibrationSlope']).toBeCloseTo(-(before['calibrationSlope'] ?? 0), 8);
    expect(after['calibrationIntercept']).toBeCloseTo(-(before['calibrationIntercept'] ?? 0), 8);
  });

  test('find no order in labels that have nothing to do with the scores', async () => {
    const { auc, mcc, liftAtTop } = await valuesOf({ label: 'unrelated' });
    // Standard errors: 0.012, 0.018 and 0.1.
    expect(Math.abs((auc ?? 0) - 0.5)).toBeLessThan(0.04);
    expect(Math.abs(mcc ?? 1)).toBeLessThan(0.06);
    expect(Math.abs((liftAtTop ?? 0) - 1)).toBeLessThan(0.35);
  });

  test('of a group are those of its rows alone', async () => {
    const grouped = await measure({ group: 'part', weight: 'weight' });
    expect([...grouped.keys()]).toEqual([0, 1, 2]);
    for (const part of [0, 1, 2]) {
      const alone = await valuesOf({ relation: `(FROM scored WHERE part = ${String(part)})`, weight: 'weight' });
      const found = Object.fromEntries(metricsOf('binary').map((name) => [name, grouped.get(part)?.(name) ?? 0]));
      expectClose(found, alone, metricsOf('binary'));
    }
  });

  test('are the same to the last digit whatever the order of the rows and the number of threads', async () => {
    for (const weight of [null, 'weight / 7']) {
      const shuffled = await valuesOf({ relation: '(FROM scored ORDER BY hash(i, 9))', weight }, 1);
      expect(canonicalJson(shuffled)).toBe(canonicalJson(await valuesOf({ weight }, 2)));
    }
  });

  test('of binned scores are close to the exact ones, and exact where each score has a bin of its own', async () => {
    // 800 scores a thousandth apart: a bin has one of them.
    expectClose(await valuesOf({ mayBin: true }), await valuesOf(), metricsOf('binary').filter(isNotDecided));
    // 3,000 scores so near each other that some share a bin.
    const score = 'score + i / 3e6';
    const [binned, exact] = [await valuesOf({ mayBin: true, score }), await valuesOf({ score })];
    expect(binned['auc']).not.toBe(exact['auc']);
    for (const name of metricsOf('binary').filter(isNotDecided)) {
      expect(Math.abs((binned[name] ?? 0) - (exact[name] ?? 1)), name).toBeLessThan(2e-3);
    }
  });

  test('of scores outside 0..1 are exact even where they may be binned', async () => {
    const score = '1 + score / 5000';
    const [binned, exact] = [await valuesOf({ mayBin: true, score }), await valuesOf({ score })];
    expect(binned['auc']).toBe(exact['auc']);
  });
});
