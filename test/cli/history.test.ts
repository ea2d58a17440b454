import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChampionChange, ChampionOnDate } from '../../cli/champion-history.js';
import type { WindowServings } from '../../cli/served-on.js';
import { registerHistory } from '../../cli/history.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { CliStory, storyPipeline } from '../support/cli-story.js';

describe('gauntlet history', () => {
  let story: CliStory;
  let env: Record<string, string>;
  beforeAll(async () => {
    story = await CliStory.lived();
    env = { GAUNTLET_STATE_DIR: story.stateDir };
  });
  afterAll(() => story.remove());

  it('names cause, evidence, approver and reason of every change of champion', async () => {
    const { champions } = await runJson<{ champions: ChampionChange[] }>(
      registerHistory,
      ['history', storyPipeline],
      env,
    );
    expect(champions).toMatchObject([
      { epoch: 1, from: null, to: '1', cause: 'bootstrap', approvedBy: 'Ada', reportDigest: story.reports.get('p1') },
      { epoch: 2, from: '1', to: '2', cause: 'promotion', approvedBy: 'Ada', reason: 'because of p2' },
      { epoch: 3, from: '2', to: '1', cause: 'rollback', approvedBy: null, reportDigest: null, reason: 'it hurt' },
    ]);
  });

  it('answers who was champion at an instant, on both sides of a change', async () => {
    const { champions } = await runJson<{ champions: ChampionChange[] }>(
      registerHistory,
      ['history', storyPipeline],
      env,
    );
    const changedAt = champions[1]?.at ?? '';
    const before = new Date(Date.parse(changedAt) - 1).toISOString();
    const ask = (at: string) => runJson<ChampionOnDate>(registerHistory, ['history', storyPipeline, '--at', at], env);
    expect((await ask(before)).champion).toMatchObject({ to: '1', epoch: 1 });
    expect((await ask(changedAt)).champion).toMatchObject({ to: '2', epoch: 2 });
  });

  it('answers for a date with its first moment and the changes within it', async () => {
    const { stdout } = await runVerb(registerHistory, ['history', storyPipeline, '--at', '2026-03-05'], env);
    expect(stdout).toContain('On 2026-03-05 there was no champion yet.');
    expect(stdout).toMatch(/Later that day: .* v1 by bootstrap; .* v2 by promotion; .* v1 by rollback\./);
  });

  it('tells by the data’s clock which version serves a date, why, on what evidence, and what served it before', async () => {
    type Answer = { windows: WindowServings[] };
    const ask = (on: string) => runJson<Answer>(registerHistory, ['history', storyPipeline, '--on', on], env);
    const { windows } = await ask('2001-03-05');
    expect(windows).toMatchObject([
      {
        window: '2001-03-05',
        now: {
          models: ['v1'],
          operation: 'publish',
          champion: {
            epoch: 1,
            verdict: 'pass',
            approvedBy: 'Ada',
            reportDigest: story.reports.get('p1'),
          },
        },
        before: [],
      },
    ]);
    expect(windows[0]?.now.champion?.approvedAt).toMatch(/^2026-03-05T10:/);
    expect((await ask('2001-03-06T23:59:59.999Z')).windows).toMatchObject([
      {
        now: { models: ['v1'], operation: 'rollback', tableVersion: 2, champion: { cause: 'rollback' } },
        before: [{ models: ['v2'], operation: 'publish', tableVersion: 1, champion: { to: '2', cause: 'promotion' } }],
      },
    ]);
    expect((await ask('2001-03-07')).windows).toEqual([]);
  });

  it('says the same in sentences, and that nothing was published where nothing was', async () => {
    const say = async (on: string) =>
      (await runVerb(registerHistory, ['history', storyPipeline, '--on', on], env)).stdout;
    const told = await say('2001-03-06');
    expect(told).toContain('Window 2001-03-06 is served by v1, 12 rows.');
    expect(told).toMatch(/why +it hurt/);
    expect(told).toMatch(/Before: v2, 12 rows \(publish of .*, table version 1: scheduled\)\./);
    expect(await say('2001-03-08')).toContain('No window of story that 2001-03-08 lies in was published.');
  });

  it('includes refusals, approvals and retrain decisions, and leaves bookkeeping to --all', async () => {
    const { stdout } = await runVerb(registerHistory, ['history', storyPipeline], env);
    expect(stdout).toContain('promotion of v3 refused: the AUC is worse');
    expect(stdout).toContain('by Ada');
    expect(stdout).toContain('retrain rule said skip: retrained 2 days ago');
    expect(stdout).not.toContain('model-registered');
  });

  it('prints every record in one line with --all', async () => {
    const { records } = await runJson<{ records: { number: number }[] }>(
      registerHistory,
      ['history', storyPipeline, '--all'],
      env,
    );
    const { stdout } = await runVerb(registerHistory, ['history', storyPipeline, '--all'], env);
    expect(records.map(({ number }) => number)).toEqual(records.map((_, index) => index + 1));
    expect(stdout.trimEnd().split('\n')).toHaveLength(records.length + 2);
  });

  it.each(['2001-02-30', 'yesterday', '2001-13-01'])('refuses %s as a date', async (at) => {
    const { exitCode, stderr } = await runVerb(registerHistory, ['history', storyPipeline, '--at', at], env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`--at: found "${at}"`);
  });
});
