import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtEntry } from '../../adapters/built-entry.js';
import type { Comparison, Metrics } from '../../domain/gates/comparison.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { RolloutAnalysis } from '../../domain/rollout/analysis.js';
import type { MonitorResult, PromoteResult, RetrainResult, RollbackResult, ScoreResult } from '../../workflows/api.js';
import { deliveryModels, deliveryWindows, writeDeliveryPipeline } from '../support/delivery-pipeline.js';
import { aliasVersion, LiveStack, pausedAt, slowMs, type StoreView } from '../support/live-stack.js';
import { testPython } from '../support/servers.js';

const pipeline = 'deliveries';
const execute = promisify(execFile);
const [firstDay, shadowDay, watchedDay] = deliveryWindows;

/** Each step builds on the ones before it: the life of a model whose label is a number, on real servers. */
describe('a pipeline that predicts a number', { timeout: slowMs }, () => {
  let folder: string;
  let stack: LiveStack;
  let view: StoreView;
  let first: ModelRef;
  let second: ModelRef;
  let promotion: WorkflowHandle;
  let report: GateReport;
  let reportDigest: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-numbers-'));
    await writeDeliveryPipeline(folder, pipeline);
    stack = await LiveStack.open({ env: { GAUNTLET_PIPELINES: folder } });
    view = stack.view();
  }, slowMs);
  afterAll(async () => {
    await stack.close();
    await rm(folder, { recursive: true });
  }, slowMs);

  async function readReport(digest: string, file: string): Promise<string> {
    return readFile(path.join(view.storeDir, 'reports', digest, file), 'utf8');
  }

  /** The command as people run it. */
  async function gauntlet(args: readonly string[]): Promise<string> {
    const env = { ...process.env, GAUNTLET_STATE_DIR: stack.stateDir, GAUNTLET_PIPELINES: folder };
    return (await execute(process.execPath, [builtEntry('cli/main.js'), ...args], { env })).stdout;
  }

  function checkOf(name: string) {
    return report.checks.find((check) => check.name === name);
  }

  it('trains a first version, which beats the rule of the pipeline and is approved', async () => {
    const trained = await stack.run<RetrainResult>('retrain', { pipeline, promote: false });
    first = trained.model!;
    expect(Object.keys(trained.metrics)).toEqual(expect.arrayContaining(['mae', 'rmse', 'r2']));
    const promoted = await stack.promote({ pipeline, bootstrap: true });
    expect(promoted).toMatchObject({ status: 'promoted', championAfter: first, approvedBy: 'Maria' });
  });

  it('scores a window: every row has a number and a decision', async () => {
    const scored = await stack.run<ScoreResult>('score', { pipeline, window: firstDay });
    expect(scored).toMatchObject({ status: 'published', rows: 240, model: first });
    expect(scored.positives).toBeGreaterThan(240 * 0.1);
    expect(scored.positives).toBeLessThan(240 * 0.3);
  });

  it('judges a challenger by errors, bias, slices, folds and turned decisions', async () => {
    const params = { ...deliveryModels.fine, leaves: 15, maxDepth: 5, minRowsPerLeaf: 20 };
    const trained = await stack.run<RetrainResult>('retrain', { pipeline, params, promote: true });
    second = trained.model!;
    promotion = stack.client.workflow.getHandle(trained.promotionWorkflowId!);
    const asked = await stack.approve(promotion);
    reportDigest = asked.reportDigest!;
    report = JSON.parse(await readReport(reportDigest, 'report.json')) as GateReport;
    expect(report.checks.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'not-worse mae pass',
      'not-worse rmse pass',
      'beats-baseline mae pass',
      'floor rmse pass',
      'floor bias pass',
      'worst-slice vehicle mae pass',
      'stable mae pass',
      'impact pass',
      'robust pass',
      'data-quality pass',
      'no-leakage pass',
      'loads pass',
    ]);
    expect(
      checkOf('worst-slice vehicle mae')
        ?.slices.map(({ value }) => value)
        .sort(),
    ).toEqual(['bicycle', 'scooter', 'van']);
  });

  it('reports the numbers that scikit-learn finds on the same rows', async () => {
    const golden = await measureAgain(view.storeDir, report);
    expect(golden.rows).toBe(report.comparison.rows);
    expectSides(report.comparison, golden.champion, golden.challenger);
    report.comparison.folds.forEach((fold, index) => {
      expectMetrics(fold.champion, golden.folds[index]?.champion);
      expectMetrics(fold.challenger, golden.folds[index]?.challenger);
    });
    for (const { value, champion, challenger } of report.comparison.slices) {
      expectMetrics(champion, golden.slices[value ?? '']?.champion);
      expectMetrics(challenger, golden.slices[value ?? '']?.challenger);
    }
    expectSides(report.baselineComparison!, golden.baseline, golden.challenger);
    const { flips, observed } = report.comparison;
    expect(flips).toEqual({ ...golden.flips, rows: golden.rows, toPositiveRight: null, toNegativeRight: null });
    for (const side of ['champion', 'challenger'] as const) {
      const bins = observed?.[side] ?? [];
      expect(bins.map(({ rows }) => rows)).toEqual(golden.deciles[side].map(({ rows }) => rows));
      bins.forEach(({ meanScore, meanLabel }, bin) => {
        expect(meanScore).toBeCloseTo(golden.deciles[side][bin]?.meanScore ?? NaN, 5);
        expect(meanLabel).toBeCloseTo(golden.deciles[side][bin]?.meanLabel ?? NaN, 5);
      });
    }
  });

  it('shows a page and a card that speak of numbers', async () => {
    const page = await readReport(reportDigest, 'report.html');
    const card = await readReport(reportDigest, 'model-card.md');
    expect(page).toContain('Do the predictions come true?');
    expect(page).toContain('How the predictions are spread');
    expect(page.match(/.{0,80}(?:AUC|positive labels|NaN|undefined).{0,80}/g)).toBeNull();
    expect(card).toContain('Predicts the number minutes');
    expect(await gauntlet(['report', pipeline])).toMatch(/decisions +\d+ of 1,920 would turn \([\d.]+ %\)\n/);
    expect(card.match(/.{0,80}(?:AUC|NaN|undefined).{0,80}/g)).toBeNull();
  });

  it('compares both in a shadow step by absolute error once the labels are known', async () => {
    await pausedAt(promotion, ({ rollout }) => rollout?.step === 1);
    const scored = await stack.run<ScoreResult>('score', { pipeline, window: shadowDay });
    expect(scored).toMatchObject({ status: 'published', model: first, shadowVersions: [second.version] });
    await stack.run('monitor', { pipeline, asOf: '2024-02-04T12:00:00Z' });
    await pausedAt(promotion, ({ rollout }) => rollout?.phase === 'watch');
    const looks = [...(await view.ledger(pipeline)).promotions.values()].flatMap((known) => known.looks);
    const analysis = JSON.parse(await readReport(looks.at(-1)!.reportDigest, 'rollout.json')) as RolloutAnalysis;
    expect(analysis).toMatchObject({ policy: { loss: 'absoluteError' }, verdict: 'pass' });
    expect(analysis.difference.mean).toBeLessThan(0);
    expect((await view.ledger(pipeline)).champion).toEqual(second);
  });

  it('is watched, monitored and done', async () => {
    const scored = await stack.run<ScoreResult>('score', { pipeline, window: watchedDay });
    expect(scored).toMatchObject({ status: 'published', model: second, shadowVersions: [first.version] });
    const monitored = await stack.run<MonitorResult>('monitor', { pipeline, asOf: '2024-02-05T12:00:00Z' });
    expect(monitored.windows.map(({ window }) => window.start.slice(0, 10))).toContain(watchedDay);
    expect((await promotion.result()) as PromoteResult).toMatchObject({ status: 'promoted', championAfter: second });
    expect(await aliasVersion(stack.dev.trackingUri, pipeline)).toBe(second.version);
  });

  it('refuses a challenger that is shown to be worse', async () => {
    const params = { ...deliveryModels.poor, leaves: 15, maxDepth: 5, minRowsPerLeaf: 20 };
    const { model } = await stack.run<RetrainResult>('retrain', { pipeline, params, promote: false });
    const refused = await stack.run<PromoteResult>('promote', { pipeline, version: model!.version });
    expect(refused).toMatchObject({ status: 'refused', championAfter: second });
    expect(refused.gates?.checks.find(({ name }) => name === 'not-worse mae')?.verdict).toBe('fail');
  });

  it('is rolled back with its predictions, and verifies clean', async () => {
    const undone = await stack.run<RollbackResult>('rollback', { pipeline, reason: 'late vans' });
    expect(undone).toMatchObject({
      status: 'rolled-back',
      from: second,
      to: first,
      windows: [watchedDay],
      fromShadow: 1,
    });
    const { files } = await view.table(pipeline);
    expect(new Set(files.map(({ modelDigest }) => modelDigest))).toEqual(new Set([first.modelDigest]));
    expect(await aliasVersion(stack.dev.trackingUri, pipeline)).toBe(first.version);
    expect(await view.problems(pipeline)).toEqual([]);
  });

  it("serves what Delta readers see and what MLflow's own client predicts from the written inputs", async () => {
    const inputs = path.join(stack.stateDir, 'inputs.parquet');
    await gauntlet(['predictions', pipeline, '--window', shadowDay, '--inputs', inputs, '--json']);
    const script = fileURLToPath(new URL('read_served.py', import.meta.url));
    const served = [await view.tableFolder(pipeline), shadowDay, stack.dev.trackingUri, pipeline, inputs, '240'];
    const { stdout } = await execute(await testPython(), [script, ...served]);
    const seen = JSON.parse(stdout) as { readonly compared: number; readonly largestDifference: number };
    expect(seen).toMatchObject({ digests: [first.modelDigest], compared: 240 });
    expect(seen.largestDifference).toBeLessThanOrEqual(1e-5);
  });
});

type GoldenMetrics = Readonly<Record<string, number>>;
type GoldenBins = readonly { readonly rows: number; readonly meanScore: number; readonly meanLabel: number }[];

interface Golden {
  readonly rows: number;
  readonly champion: GoldenMetrics;
  readonly challenger: GoldenMetrics;
  readonly baseline: GoldenMetrics;
  readonly folds: readonly { readonly champion: GoldenMetrics; readonly challenger: GoldenMetrics }[];
  readonly slices: Readonly<Record<string, { readonly champion: GoldenMetrics; readonly challenger: GoldenMetrics }>>;
  readonly flips: Readonly<Record<string, number>>;
  readonly deciles: { readonly champion: GoldenBins; readonly challenger: GoldenBins };
}

/** The stored models on the stored rows once more, by ONNX Runtime, NumPy and scikit-learn in Python. */
async function measureAgain(storeDir: string, report: GateReport): Promise<Golden> {
  const script = fileURLToPath(new URL('measure_numbers.py', import.meta.url));
  const { champion, challenger } = report.comparison;
  const request = {
    champion: { folder: path.join(storeDir, 'models', champion.modelDigest), threshold: champion.decisionThreshold },
    challenger: {
      folder: path.join(storeDir, 'models', challenger.modelDigest),
      threshold: challenger.decisionThreshold,
    },
    snapshots: report.snapshots.map(({ challengerDigest }) =>
      path.join(storeDir, 'snapshots', pipeline, challengerDigest),
    ),
  };
  const { stdout } = await execute(await testPython(), [script, JSON.stringify(request)]);
  return JSON.parse(stdout) as Golden;
}

function expectSides(comparison: Comparison, champion: GoldenMetrics, challenger: GoldenMetrics): void {
  expectMetrics(comparison.pooled.champion, champion);
  expectMetrics(comparison.pooled.challenger, challenger);
}

function expectMetrics(found: Metrics | Comparison['pooled']['champion'], golden: GoldenMetrics | undefined): void {
  for (const metric of ['mae', 'rmse', 'r2', 'bias', 'wape'] as const) {
    // Scores are checked to 1e-6 against ONNX Runtime, and are about 20 minutes.
    expect(found[metric]?.value, metric).toBeCloseTo(golden?.[metric] ?? NaN, 5);
  }
}
