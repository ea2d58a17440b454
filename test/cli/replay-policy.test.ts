import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerReplayPolicy } from '../../cli/replay-policy.js';
import type { ReplayedDecision } from '../../cli/replayed-decisions.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { CliStory, storyPipeline } from '../support/cli-story.js';

interface Replay {
  readonly flips: number;
  readonly decisions: readonly ReplayedDecision[];
}

describe('gauntlet replay-policy', () => {
  let story: CliStory;
  let env: Record<string, string>;
  beforeAll(async () => {
    story = await CliStory.lived();
    env = { GAUNTLET_STATE_DIR: story.stateDir };
  });
  afterAll(() => story.remove());

  /** A definition file with these gates, as text. */
  async function policy(name: string, gates: string): Promise<string> {
    const file = path.join(story.stateDir, 'policies', `${name}.ts`);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(
      file,
      `import { calibrated, definePipeline, fair, notWorse } from 'gauntlet';
       export default definePipeline({
         name: 'story',
         dataset: { sources: { flights: 'flights.parquet' }, sql: 'features.sql', key: 'row_key', entity: 'route',
                    eventTime: 'day', features: { distance: 'numeric' }, sensitive: ['sex'] },
         window: { every: '1 day', start: '2001-02-01' },
         label: { column: 'late', delay: '1 day' },
         decision: { positiveRate: 0.2 },
         baseline: { expression: 'distance' },
         training: { command: ['train'], window: '28 days', validation: '7 days' },
         gates: ${gates},
       })`,
    );
    return file;
  }

  it('finds nothing to flip under the policy that was applied', async () => {
    const file = await policy('same', `[notWorse('auc', { margin: 0.02 })]`);
    const { exitCode, stdout } = await runVerb(
      registerReplayPolicy,
      ['replay-policy', storyPipeline, '--policy', file],
      env,
    );
    expect(stdout).toMatch(/^0 of 4 decisions of story would flip\.\n/);
    expect(exitCode).toBe(0);
  });

  it('shows which promotions a stricter policy would have refused, and why', async () => {
    const file = await policy('strict', `[notWorse('auc', { margin: 0.02 }), calibrated({ maxEce: 0.1 })]`);
    const replay = await runJson<Replay>(registerReplayPolicy, ['replay-policy', storyPipeline, '--policy', file], env);
    expect(replay.decisions.map(({ version, verdict, outcome, flip }) => [version, verdict, outcome, flip])).toEqual([
      ['1', 'pass', 'promoted', 'would-be-refused'],
      ['2', 'pass', 'promoted', 'would-be-refused'],
      ['3', 'fail', 'refused', null],
      ['4', 'pass', 'open', 'would-be-refused'],
    ]);
    expect(replay.flips).toBe(3);
    expect(replay.decisions[0]?.replayed).toMatchObject({ grounds: [expect.stringMatching(/^calibrated/)] });
  });

  it('shows which refusals a milder policy would have brought before a person, and answers no', async () => {
    const file = await policy('mild', `[notWorse('auc', { margin: 0.2 })]`);
    const { exitCode, stdout } = await runVerb(
      registerReplayPolicy,
      ['replay-policy', storyPipeline, '--policy', file],
      env,
    );
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/v3 +fail, refused +A PERSON WOULD BE ASKED/);
  });

  it('says what cannot be judged: evidence that nobody took, reports that are gone', async () => {
    const gone = story.reports.get('p2') ?? 'none';
    await rm(path.join(story.store.root, 'reports', gone), { recursive: true });
    const gates = `[notWorse('auc', { margin: 0.02 }), fair('sex', { measure: 'demographic-parity', maxDifference: 0.1 })]`;
    const file = await policy('unmeasured', gates);
    const { exitCode, stdout } = await runVerb(
      registerReplayPolicy,
      ['replay-policy', storyPipeline, '--policy', file],
      env,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^0 of 4 decisions of story would flip; 3 cannot be judged\./);
    expect(stdout).toMatch(/Only gates were replayed\. .*confidence 0\.95 \(the report has 0\.9\)/);
    expect(stdout).toMatch(/v1 .* not judgeable .* fair: fairness was not measured then/);
    expect(stdout).toMatch(/v2 .* not judgeable .* the report is not in the store any more/);
    expect(stdout).toMatch(/v3 .* the same/);
  });

  it('refuses a file that is not there, and gates that are none', async () => {
    const missing = await runVerb(
      registerReplayPolicy,
      ['replay-policy', storyPipeline, '--policy', 'nowhere.ts'],
      env,
    );
    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nowhere.ts') as string });
    const file = await policy('none', '[]');
    const empty = await runVerb(registerReplayPolicy, ['replay-policy', storyPipeline, '--policy', file], env);
    expect(empty).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('at least one gate') as string });
  });
});
