import { appendFile, chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../activities/ledger/read-ledger.js';
import type { Verification } from '../../cli/verification.js';
import { registerVerify } from '../../cli/verify.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { digest } from '../support/ledger.js';
import { at, CliStory, rowsOf, storyPipeline } from '../support/cli-story.js';

describe('gauntlet verify', () => {
  let story: CliStory;
  let env: Record<string, string>;
  beforeEach(async () => {
    story = await CliStory.lived();
    env = { GAUNTLET_STATE_DIR: story.stateDir };
  });
  afterEach(() => story.remove());

  it('finds a store clean that nobody touched, and says how much it looked at', async () => {
    const verification = await runJson<Verification>(registerVerify, ['verify', storyPipeline], env);
    expect(verification.checks.filter(({ holds }) => !holds)).toEqual([]);
    expect(verification.checks.find(({ name }) => name.includes('snapshot is there'))?.checked).toBe(3);
    const { stdout, exitCode } = await runVerb(registerVerify, ['verify', storyPipeline], env);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/holds +\d+ +the ledger is one unbroken chain/);
    expect(stdout).toMatch(/story is clean: \d+ rules, \d+ things looked at\.\n$/);
  });

  it('names every problem and exits 3 when a published file is gone and a record was changed', async () => {
    const { files } = await story.table.load(storyPipeline, 'predictions');
    const file = `predictions/${storyPipeline}/${files[0]?.path ?? ''}`;
    await rm(path.join(story.store.root, file));
    await change(path.join(story.store.root, `ledger/${storyPipeline}/00000003.json`), (text) =>
      text.replace('a test', 'another'),
    );
    const { stdout, exitCode } = await runVerb(registerVerify, ['verify', storyPipeline], env);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/BROKEN +\d+ +the ledger is one unbroken chain/);
    expect(stdout).toContain(`  - ${file}: found no file`);
    expect(stdout).toContain(`First bad record: 3\nfile   ledger/${storyPipeline}/00000003.json`);
    expect(stdout).toMatch(/to do +Stop writing, and put .*00000003\.json back/);
    expect(stdout).toMatch(/story has \d+ problems: /);
  });

  it('reads the served rows: a key twice, a score that is no number, a row of another model', async () => {
    const row = rowsOf('2001-03-07')[0]?.key ?? '';
    const rows = [
      [row, 0.5, true, story.model(0).modelDigest, 'champion', digest('run 2001-03-07')],
      [row, Number.NaN, true, story.model(1).modelDigest, 'champion', digest('run 2001-03-07')],
    ];
    await story.publishRows('2001-03-07', story.model(0), 3, rows);
    const { checks } = await runJson<Verification>(registerVerify, ['verify', storyPipeline], env);
    const check = checks.find(({ name }) => name.startsWith('every served row'));
    expect(check?.checked).toBe(3);
    expect(check?.problems.map(({ found }) => found)).toEqual([
      '1 rows with a key that another has, or none',
      '1 rows without a finite score',
      '1 rows of another model or run',
    ]);
  });

  it('compares the ledger with the anchors in a file, and those in MLflow only when asked', async () => {
    const file = path.join(story.stateDir, 'anchors.txt');
    const { records } = await readLedger(story.store, storyPipeline);
    const [first, second] = records.map(({ record, hash }) => `${storyPipeline} ${String(record.number)} ${hash}`);
    await writeFile(file, `${first ?? ''} ${at(0)}\n${second?.replace(/.$/, '_').replace('_', 'x') ?? ''}\n`);
    const anchored = { ...env, GAUNTLET_ANCHOR_FILE: file };
    const clean = await runJson<Verification>(registerVerify, ['verify', storyPipeline], anchored);
    expect(clean.checks.find(({ name }) => name.includes('anchored'))).toMatchObject({ checked: 1, holds: true });
    await appendFile(file, `${storyPipeline} 2 ${'0'.repeat(64)}\n`);
    const { firstBadRecord } = await runJson<Verification>(registerVerify, ['verify', storyPipeline], anchored);
    expect(firstBadRecord).toMatchObject({ number: 2, file: `ledger/${storyPipeline}/00000002.json` });
    expect((await runVerb(registerVerify, ['verify', storyPipeline, '--anchors'], env)).exitCode).toBe(4);
  });

  it('verifies every pipeline when none is named', async () => {
    const { pipelines } = await runJson<{ pipelines: Verification[] }>(registerVerify, ['verify'], env);
    expect(pipelines.map(({ pipeline }) => pipeline)).toContain(storyPipeline);
  });

  it('refuses a pipeline that nobody knows', async () => {
    expect((await runVerb(registerVerify, ['verify', 'nowhere'], env)).exitCode).toBe(2);
  });
});

async function change(file: string, edit: (text: string) => string): Promise<void> {
  await chmod(file, 0o644);
  await writeFile(file, edit(await readFile(file, 'utf8')));
}
