import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isThere } from '../../activities/retention/collected-files.js';
import { registerCollect } from '../../cli/collect.js';
import { registerPredictions } from '../../cli/predictions.js';
import { registerVerify } from '../../cli/verify.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { CliStory, storyPipeline } from '../support/cli-story.js';

/** What `collect --json` prints, as far as it is looked at here. */
interface Printed {
  readonly applied: boolean;
  readonly collect: { readonly files: number };
  readonly removed: { readonly files: number };
  readonly recordNumbers: readonly number[];
  readonly files: readonly { readonly path: string; readonly rule: string }[];
}

const definition = `export default {
  name: '${storyPipeline}',
  dataset: { sources: { rows: 'rows.parquet' }, sql: 'features.sql', key: 'k', entity: 'e', eventTime: 't',
             features: { distance: 'numeric' } },
  window: { every: '1 day', start: '2001-02-01' },
  label: { column: 'late', delay: '1 day' },
  decision: { positiveRate: 0.2 },
  baseline: { expression: 'distance' },
  training: { command: ['train'], window: '28 days', validation: '7 days' },
  gates: [{ check: 'not-worse', metric: 'auc', margin: 0.01 }],
  retention: { grace: '2 days', rollbackHorizon: '2 days', publicationsAfter: '2 days' },
};`;

describe('gauntlet collect', () => {
  let story: CliStory;
  let env: Record<string, string>;
  /** The file that the rollback of the story replaced. */
  let old: string;

  beforeEach(async () => {
    story = await CliStory.lived();
    const folder = path.join(story.stateDir, 'pipelines', storyPipeline);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'pipeline.ts'), definition);
    await writeFile(path.join(folder, 'features.sql'), 'SELECT 1');
    env = { GAUNTLET_STATE_DIR: story.stateDir, GAUNTLET_PIPELINES: path.dirname(folder) };
    const { files } = await story.table.load(storyPipeline, 'predictions', 1);
    old = `predictions/${storyPipeline}/${files.find(({ window }) => window === '2001-03-06')?.path ?? ''}`;
    for await (const file of story.store.listRecursive(`predictions/${storyPipeline}`)) {
      const then = new Date('2026-03-05T12:00:00Z');
      await utimes(path.join(story.store.root, file.path), then, then);
    }
  });
  afterEach(() => story.remove());

  const collect = (...args: string[]) => runJson<Printed>(registerCollect, ['collect', storyPipeline, ...args], env);

  it('says what would go, and removes it only when that is asked for', async () => {
    const { stdout, exitCode } = await runVerb(registerCollect, ['collect', storyPipeline], env);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(old);
    expect(stdout).toMatch(/Would free .*: 1 file, .*Nothing was removed; --apply removes\.\n$/);
    expect(await isThere(story.store, old)).toBe(true);
    const applied = await collect('--apply', '--by', 'Ada', '--reason', 'disk full');
    expect(applied).toMatchObject({
      applied: true,
      removed: { files: 1 },
      files: [{ path: old, rule: 'publications' }],
    });
    expect(applied.recordNumbers).toHaveLength(1);
    expect(await isThere(story.store, old)).toBe(false);
    expect((await collect()).collect.files).toBe(0);
    expect((await runVerb(registerVerify, ['verify', storyPipeline], env)).exitCode).toBe(0);
  });

  it('leaves versions that can no longer be read, which says so', async () => {
    await collect('--apply');
    const ask = (version: string) =>
      runVerb(registerPredictions, ['predictions', storyPipeline, '--version', version], env);
    expect((await ask('2')).exitCode).toBe(0);
    const { stderr, exitCode } = await ask('1');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('COLLECTED: Version 1 can no longer be read');
    expect(stderr).toContain(old);
  });

  it('refuses both words at once, and a pipeline that nobody knows', async () => {
    for (const args of [[storyPipeline, '--apply', '--dry-run'], ['nowhere']]) {
      expect((await runVerb(registerCollect, ['collect', ...args], env)).exitCode).toBe(2);
    }
  });
});
