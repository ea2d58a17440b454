import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEvaluator } from '../../adapters/duckdb/evaluation.js';
import { createReportRenderer } from '../../adapters/report/report-renderer.js';
import { digestOf } from '../../contracts/digest.js';
import type { Comparison } from '../../domain/gates/comparison.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import { withMinusSigns } from '../../domain/number-text.js';
import { gateReportOf } from '../support/gate-reports.js';
import { comparedSide, comparisonRequest, makeFolds, writeFolds, type ScoredRow } from '../support/scored-folds.js';

const flips = {
  rows: 2_400,
  championPositives: 480,
  challengerPositives: 480,
  toPositive: 240,
  toPositiveRight: 100,
  toNegative: 240,
  toNegativeRight: 100,
};

let folder: string;
let comparison: Comparison;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gauntlet-report-'));
  const folds = makeFolds({ folds: 3, daysPerFold: 4, rowsPerDay: 200 });
  comparison = await compare('plain', folds);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function compare(name: string, folds: readonly ScoredRow[][]): Promise<Comparison> {
  const files = await writeFolds(folder, name, folds);
  return createEvaluator({ tempDirectory: folder }).compare(comparisonRequest(files));
}

function render(report: GateReport): Promise<string> {
  return createReportRenderer().renderHtml(report, digestOf(report));
}

/** What a reader sees, without tags and with entities read. */
function textOf(page: string): string {
  const text = page.replaceAll(/<style>[\s\S]*?<\/style>/g, '').replaceAll(/<[^>]+>/g, ' ');
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll(/\s+/g, ' ');
}

describe('gate report page', () => {
  const shown = { mode: 'enforce', check: 'not-worse', metric: 'auc', margin: 1 } as const;

  test('says the verdict first, then what changes, for whom, how sure, what it costs and how to undo it', async () => {
    const report = gateReportOf(comparison, {}, [shown, { mode: 'enforce', check: 'loads', tolerance: 1 }]);
    const text = textOf(await render(report));
    const inOrder = [
      'flights v2',
      'The checks',
      'What changes',
      'For whom',
      'How sure',
      'What it would cost',
      'How to undo it',
      'The plots',
      'Whether the evidence holds',
      'The evidence, pinned',
    ];
    const places = inOrder.map((words) => text.indexOf(words));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((left, right) => left - right));
    for (const check of report.checks) expect(text).toContain(withMinusSigns(check.why));
    // One sign for numbers: the sentences of the checks have the same as tables and plots.
    expect(text).not.toMatch(/(?<![\w.-])-\d/);
    expect(text).toContain('gauntlet rollback flights --reason');
  });

  test('warns where decisions turn more often than the rollout allows; reports from before say nothing', async () => {
    const report = gateReportOf({ ...comparison, flips }, {}, [shown]);
    const pageOf = async (maxChurn: number) => textOf(await render({ ...report, task: { ...report.task, maxChurn } }));
    expect(await pageOf(0.1)).toContain('Warning: 20 % of the decisions on the 2,400 compared rows differ');
    expect(await pageOf(0.2)).not.toContain('Warning:');
    expect(textOf(await render(report))).not.toContain('Warning:');
    const first = { ...report, kind: 'bootstrap', task: { ...report.task, maxChurn: 0.1 } } as const;
    expect(textOf(await render(first))).not.toContain('Warning:');
  });

  test('does not say how to undo what a refused challenger never did', async () => {
    const refused = gateReportOf(comparison, {}, [{ ...shown, margin: 1e-9 }]);
    expect(refused.verdict).not.toBe('pass');
    const text = textOf(await render(refused));
    expect(text).not.toContain('How to undo it');
    expect(text).not.toContain('gauntlet rollback');
  });

  test('gives the approval ready to paste, naming the digest, when the report passed', async () => {
    const lenient = gateReportOf(comparison, {}, [shown, { mode: 'enforce', check: 'loads', tolerance: 1 }]);
    const digest = digestOf(lenient);
    const text = textOf(await render(lenient));
    expect(lenient.verdict).toBe('pass');
    expect(text).toContain(`{"reportDigest":"${digest}","by":"<your name>","reason":"<why>"}`);
    expect(text).toContain(
      `gauntlet approve flights --report ${digest.slice(0, 12)} --by "<your name>" --reason "<why>"`,
    );
  });

  test('offers no approval for a report that did not pass', async () => {
    const strict = gateReportOf(comparison, {}, [shown, { mode: 'enforce', check: 'loads', tolerance: 1e-12 }]);
    const page = await render(strict);
    expect(strict.verdict).toBe('fail');
    expect(page).not.toContain('gauntlet approve');
    expect(textOf(page)).toContain('There is nothing to approve');
  });

  test('needs no script and no network', async () => {
    const page = await render(gateReportOf(comparison));
    expect(page).not.toMatch(/<script|<link|<img|@import|\son\w+=/i);
    expect(page.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:\/\//);
    expect(page).toContain(`default-src 'none'`);
  });

  test('describes every plot in words and repeats it as a table', async () => {
    const page = await render(gateReportOf(comparison));
    const drawings = page.match(/<svg [^>]*>/g) ?? [];
    // Four metrics, one slice check, reliability, histogram, flips.
    expect(drawings).toHaveLength(8);
    for (const drawing of drawings) expect(drawing).toMatch(/role="img" aria-label="[^"]{40,}"/);
    expect(page.match(/<figure>/g)).toHaveLength(8);
    expect(page.match(/<details>/g)).toHaveLength(8);
  });

  test('escapes whatever a slice value, a label or a name holds', async () => {
    const attack = `"><script>alert('x')</script>&`;
    const folds = makeFolds({ folds: 1, daysPerFold: 5, rowsPerDay: 200 }).map((fold) =>
      fold.map((row): ScoredRow => [row[0], row[1], row[2], row[3], row[4], row[5] === 'ATL' ? attack : row[5]]),
    );
    const hostile = await compare('hostile', folds);
    const report = gateReportOf(hostile, { pipeline: attack, sources: [{ name: attack, sha256: attack, bytes: 1 }] });
    const page = await render(report);
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
  });

  test('tells of a bootstrap that the opponent is the baseline and that there is nothing to go back to', async () => {
    const files = await writeFolds(folder, 'bootstrap', makeFolds({ folds: 1, daysPerFold: 5, rowsPerDay: 50 }));
    const champion = comparedSide({
      modelDigest: 'baseline',
      label: 'baseline',
      kind: 'baseline',
      decisionThreshold: null,
    });
    const first = await createEvaluator({ tempDirectory: folder }).compare(comparisonRequest(files, { champion }));
    const baseline = {
      modelDigest: 'baseline',
      registeredName: null,
      version: null,
      trainingWindow: null,
      definitionDigest: 'd'.repeat(64),
      training: null,
    };
    const passed = gateReportOf(first, { kind: 'bootstrap', champion: baseline }, [shown]);
    expect(passed.verdict).toBe('pass');
    const text = textOf(await render(passed));
    expect(text).toContain('against the baseline');
    expect(text).toContain('there is no earlier one to go back to');
    expect(text).toContain('one of the two has no decision threshold');
  });

  test('renders evidence without rows: every number is missing with its reason', async () => {
    const none = await compare('none', [[]]);
    const report = gateReportOf(none);
    expect(report.verdict).toBe('inconclusive');
    expect(textOf(await render(report))).toContain('there are no labelled rows');
  });

  test('gives the same digest for the same evidence, and another for another epoch', () => {
    expect(digestOf(gateReportOf(comparison))).toBe(digestOf(gateReportOf(structuredClone(comparison))));
    expect(digestOf(gateReportOf(comparison, { decisionEpoch: 2 }))).not.toBe(digestOf(gateReportOf(comparison)));
  });
});
