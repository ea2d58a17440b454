import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserCommand, openPage } from '../../cli/open-page.js';
import { registerReport } from '../../cli/report.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { canonicalJson, digestOf } from '../../contracts/digest.js';
import { renderReport } from '../../cli/report-text.js';
import { richReport } from '../support/rich-reports.js';
import { CliStory, storyPipeline } from '../support/cli-story.js';

describe('gauntlet report', () => {
  let story: CliStory;
  let env: Record<string, string>;
  beforeAll(async () => {
    story = await CliStory.lived();
    env = { GAUNTLET_STATE_DIR: story.stateDir };
  });
  afterAll(() => story.remove());

  it('prints the newest report: verdict first, metrics with intervals, checks, path of the page', async () => {
    const { stdout, exitCode } = await runVerb(registerReport, ['report', storyPipeline], env);
    const digest = story.reports.get('p4') ?? 'none';
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(/^story v4 passed .* against story v1 and may take its place/);
    expect(stdout).toMatch(
      /AUC, more is better +0\.5000 \(0\.4900 to 0\.5100\) .*\+0\.0100 +\+0\.0060 to \+0\.0140 .*better/,
    );
    expect(stdout).toMatch(
      /Enforced\ncheck .*\n-.*\nnot-worse auc +pass +0\.01 \(0\.0060 to 0\.0140\) +−0\.02 +10,000 +AUC/,
    );
    expect(stdout).toContain('This is the first challenger judged on these rows');
    expect(stdout).toContain(path.join(story.stateDir, 'store', 'reports', digest, 'report.html'));
  });

  it('finds a report by the beginning of its digest', async () => {
    const digest = story.reports.get('p3') ?? 'none';
    const found = await runJson<{ digest: string; verdict: string }>(
      registerReport,
      ['report', storyPipeline, digest.slice(0, 10)],
      env,
    );
    expect(found).toMatchObject({ digest, verdict: 'fail' });
  });

  it.each(['', 'ffffffff0000'])('refuses a prefix that names no single report: %j', async (prefix) => {
    const { exitCode, stderr } = await runVerb(registerReport, ['report', storyPipeline, prefix], env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('digest-prefix');
  });

  it('copies the page where it was asked for, and refuses a place that cannot be written', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'gauntlet-page-'));
    const target = path.join(folder, 'page.html');
    await runVerb(registerReport, ['report', storyPipeline, '--html', target], env);
    expect(await readFile(target, 'utf8')).toBe('<html>p4</html>');
    const refused = await runVerb(
      registerReport,
      ['report', storyPipeline, '--html', path.join(folder, 'no', 'x')],
      env,
    );
    expect(refused.exitCode).toBe(2);
    await rm(folder, { recursive: true });
  });

  it('refuses a page that is not the one that was written', async () => {
    const digest = story.reports.get('p3') ?? 'none';
    const path = `reports/${digest}/report.html`;
    const written = canonicalJson([{ path, sha256: 'a'.repeat(64), bytes: 10 }]);
    await story.store.createIfAbsent(`reports/${digest}/pages.json`, written);
    const { exitCode, stderr } = await runVerb(registerReport, ['report', storyPipeline, digest], env);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${path}: found a file with sha256`);
    await story.store.remove(`reports/${digest}/pages.json`);
  });

  it('prints fairness, importance, decisions and value where they were measured, advice apart from what decides', () => {
    const report = richReport();
    const figures = { forecastMs: 12_345, peakMemoryMb: 310.4 };
    const found = { digest: digestOf(report), report, evaluated: null, htmlPath: '/x/report.html', figures };
    const text = renderReport(found);
    expect(text).toContain('a window in 12.3 s by forecast, 310 MB, as measured then');
    expect(text).toContain('8,900 of 192,003 would turn (4.6 %), 5,800 for the better');
    expect(text).toContain('+0.4200 EUR for each decision (+0.1100 to +0.7300)');
    expect(text).toMatch(/Advice, which stops nothing\ncheck/);
    expect(text).toMatch(/Observed, which decides nothing\ncheck/);
    expect(text).toMatch(/AA +90,000 +18,000 +20\.0 % → 22\.0 %/);
    expect(text).toContain('the first 10 of 60');
    expect(text).toMatch(/feature_9 +/);
    expect(text).not.toMatch(/feature_10 +/);
    expect(text).not.toMatch(/(^|[\s(])-\d/m);
  });

  it('warns of a rollout that its churn is likely to stop, and only then', () => {
    const textWith = (maxChurn: number | null) => {
      const rich = richReport();
      const report = { ...rich, task: { ...rich.task, maxChurn } };
      return renderReport({ digest: '', report, evaluated: null, htmlPath: '', figures: null });
    };
    expect(textWith(0.04)).toMatch(/warning +4\.64 % of the decisions on the 192,003 compared rows differ/);
    expect(textWith(0.05)).not.toContain('warning');
    expect(textWith(null)).not.toContain('warning');
  });

  it('prints the model card instead when it is asked for', async () => {
    const { stdout, exitCode } = await runVerb(registerReport, ['report', storyPipeline, '--card'], env);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^# Model card: story v4\n/);
    expect(stdout).toContain('## Intended use');
  });

  describe('of an earlier version of Gauntlet', () => {
    /** What schema 1 held of it: no modes, no probes, no task; metrics by other names. */
    const old = {
      schemaVersion: 1,
      pipeline: storyPipeline,
      champion: { registeredName: null, version: null },
      challenger: { registeredName: storyPipeline, version: '9' },
      verdict: 'pass',
      checks: [{ name: 'loads', verdict: 'pass', why: '256 golden rows give their stored scores' }],
      comparison: { rows: 10 },
    };
    const digest = digestOf(old);
    beforeAll(async () => {
      await story.store.createIfAbsent(`reports/${digest}/report.json`, canonicalJson(old));
      await story.store.createIfAbsent(`reports/${digest}/report.html`, '<html>old</html>');
    });

    it('still says its verdict and checks, and where its page is', async () => {
      const { stdout, exitCode } = await runVerb(registerReport, ['report', storyPipeline, digest], env);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('story v9 passed the only check against the baseline');
      expect(stdout).toContain('made by an earlier version of Gauntlet');
      expect(stdout).toMatch(/loads +pass +– +– +– +256 golden rows/);
      expect(stdout).toContain('report.html');
    });

    it('has no model card, and says what makes one', async () => {
      const { stderr, exitCode } = await runVerb(registerReport, ['report', storyPipeline, digest, '--card'], env);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`gauntlet backtest ${storyPipeline}`);
    });

    it('is told from one of a newer version, which is not read', async () => {
      const newer = { ...old, schemaVersion: 3 };
      await story.store.createIfAbsent(`reports/${digestOf(newer)}/report.json`, canonicalJson(newer));
      const { stderr, exitCode } = await runVerb(registerReport, ['report', storyPipeline, digestOf(newer)], env);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('made by a newer version of Gauntlet');
    });
  });

  it('says how to get a report when there is none', async () => {
    const empty = await CliStory.create();
    await empty.append({ type: 'retrain-decided', asOf: '2001-03-05T00:00:00.000Z', decision: 'skip', grounds: [] });
    const { stderr, exitCode } = await runVerb(registerReport, ['report', storyPipeline], {
      GAUNTLET_STATE_DIR: empty.stateDir,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`gauntlet promote ${storyPipeline} --dry-run`);
    await empty.remove();
  });

  it('opens a page with the program of the platform, and notices when there is none', async () => {
    expect(browserCommand('darwin')).toEqual(['open']);
    expect(browserCommand('win32')).toContain('start');
    expect(browserCommand('linux')).toEqual(['xdg-open']);
    expect(await openPage('/nowhere.html', ['no-such-program-here'])).toBe(false);
    expect(await openPage('/nowhere.html', ['false'])).toBe(false);
    expect(await openPage('/nowhere.html', ['true'])).toBe(true);
  });
});
