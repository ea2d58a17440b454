import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PipelineStatus } from '../../cli/pipeline-status.js';
import { registerStatus } from '../../cli/status.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { CliStory, storyPipeline } from '../support/cli-story.js';

describe('gauntlet status', () => {
  let story: CliStory;
  let env: Record<string, string>;
  beforeAll(async () => {
    story = await CliStory.lived();
    env = { GAUNTLET_STATE_DIR: story.stateDir };
  });
  afterAll(() => story.remove());

  it('tells from the store alone who serves and what is open', async () => {
    const status = await runJson<PipelineStatus>(registerStatus, ['status', storyPipeline], env);
    expect(status.champion).toMatchObject({ to: '1', cause: 'rollback', epoch: 3, reason: 'it hurt' });
    expect(status.previousChampion).toBeNull();
    expect(status.promotion).toMatchObject({ phase: 'waiting', challengerVersion: '4', openedBy: 'tester' });
    expect(status.published).toMatchObject({ tableVersion: 2, windows: 2, rows: 24 });
    expect(status.published.latest[0]).toMatchObject({ window: '2001-03-06', operation: 'rollback', models: ['v1'] });
    expect(status.heldWindows.map(({ window }) => window.start)).toEqual(['2001-03-07T00:00:00.000Z']);
    expect(status.monitoring).toMatchObject([{ verdict: 'pass', driftedFeatures: ['distance'] }]);
    expect(status.lastRetrainDecision).toMatchObject({ decision: 'skip' });
  });

  it('gives the commands that decide about the promotion that waits', async () => {
    const { stdout, exitCode } = await runVerb(registerStatus, ['status', storyPipeline], env);
    const report = story.reports.get('p4')?.slice(0, 12) ?? 'none';
    expect(stdout).toContain(`gauntlet approve ${storyPipeline} --report ${report} --by "your name" --reason "why"`);
    expect(stdout).toContain(`gauntlet reject ${storyPipeline} --report ${report}`);
    expect(exitCode).toBe(0);
  });

  it('says that the registry is away and what the alias was set to last', async () => {
    const status = await runJson<PipelineStatus>(registerStatus, ['status', storyPipeline], env);
    expect(status.alias.standing).toBe('pending');
    expect(status.alias.sentence).toMatch(/last set to v1, to be set to v1; the registry is away/);
  });

  it('shows all pipelines in one table when none is named', async () => {
    const { stdout } = await runVerb(registerStatus, ['status'], env);
    const line = stdout.split('\n').find((text) => text.startsWith(storyPipeline));
    expect(line).toMatch(/^story +v1 +- +3 +pending +v4 waiting +2001-03-06 +24 +1 +pass$/);
  });

  it('says in one line that the definition is broken, and tells what the ledger says all the same', async () => {
    const pipelines = path.join(story.stateDir, 'pipelines');
    await mkdir(path.join(pipelines, storyPipeline), { recursive: true });
    await writeFile(
      path.join(pipelines, storyPipeline, 'pipeline.ts'),
      "export default { name: 'story', gates: [] };\n",
    );
    const broken = { ...env, GAUNTLET_PIPELINES: pipelines };
    const { stdout, exitCode } = await runVerb(registerStatus, ['status', storyPipeline], broken);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^definition +pipelines\/story\/pipeline\.ts is not a valid .*: found .* \(and \d+ more\)$/m,
    );
    expect(stdout).toContain('decision epoch');
    const all = await runVerb(registerStatus, ['status'], broken);
    expect(all.stdout).toMatch(/^story +v1 [^]*\npipelines\/story\/pipeline\.ts is not a valid/m);
    const status = await runJson<PipelineStatus>(registerStatus, ['status', storyPipeline], env);
    expect(status.definitionProblem).toBeNull();
  });

  it('refuses a pipeline that nobody knows, naming the field', async () => {
    const { exitCode, stderr } = await runVerb(registerStatus, ['status', 'nowhere'], env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('UNKNOWN_PIPELINE');
  });

  it('refuses a limit that is no count', async () => {
    const { exitCode, stderr } = await runVerb(registerStatus, ['status', '--limit', 'many'], env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--limit: found "many"');
  });
});
