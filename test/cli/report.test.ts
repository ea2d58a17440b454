import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserCommand, openPage } from '../../cli/open-page.js';
import { registerReport } from '../../cli/report.js';
import { runJson, runVerb } from '../support/cli-run.js';
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
    expect(stdout).toMatch(/AUC +0\.5000 \(0\.4900 to 0\.5100\) .*\+0\.0100 +\+0\.0060 to \+0\.0140/);
    expect(stdout).toMatch(/not-worse auc +pass/);
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
