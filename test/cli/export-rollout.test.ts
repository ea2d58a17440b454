import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLedger } from '../../activities/ledger/read-ledger.js';
import { registerExport } from '../../cli/export.js';
import type { BundleIndex } from '../../cli/promotion-bundle.js';
import { canonicalJson, digestOf, sha256Hex } from '../../contracts/digest.js';
import type { PromotionOutcome, RolloutAnalyzed } from '../../domain/ledger/promotion-events.js';
import type { ModelRef } from '../../domain/model-ref.js';
import { runJson } from '../support/cli-run.js';
import { CliStory, storyPipeline } from '../support/cli-story.js';
import { at, closed } from '../support/story-events.js';
import { tampered } from '../support/tampered.js';

/*
 * What an exported rollout carries and proves: p2 is promoted over two steps, the second by a go-ahead, and taken back in
 * its watch; p3 is stopped by its second step; p4 is aborted in its first one.
 */

let story: CliStory;
let scratch: string;
let definitionDigest: string;
let champion: ModelRef;

const plan = canonicalJson({
  rollout: [
    { kind: 'shadow', cycles: 1 },
    { kind: 'share', sharePercent: 25, cycles: 1 },
  ],
});

beforeAll(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-export-'));
  story = await CliStory.create();
  definitionDigest = sha256Hex(plan);
  await story.store.createIfAbsent(`definitions/${definitionDigest}/definition.json`, plan);
  champion = await story.register(0);
  await story.promote('p1', null, champion);
  await promoteInSteps('p2', await story.register(-0.5));
  await stopInStep('p3', await story.register(-1), 2, 'rolled-back');
  await stopInStep('p4', await story.register(-2), 1, 'aborted');
});

afterAll(async () => {
  await story.remove();
  await rm(scratch, { recursive: true });
});

async function approve(promotionId: string, challenger: ModelRef): Promise<number> {
  const reportDigest = await story.open(promotionId, champion, challenger);
  return story.append({
    ...{ type: 'decision-received', promotionId, decision: 'approve', by: 'Ada' },
    ...{ reportDigest, accepted: true, note: '' },
  });
}

async function begin(promotionId: string, challenger: ModelRef, step: number): Promise<void> {
  await story.append({
    ...{ type: 'split-changed', promotionId, step, challenger, salt: promotionId, grounds: [], revokedDigests: [] },
    sharePercent: step === 0 ? 0 : 25,
    definitionDigest,
  });
}

async function look(promotionId: string, step: number | null, verdict: RolloutAnalyzed['verdict']): Promise<void> {
  const phase = step === null ? 'watch' : 'step';
  const analysis = { promotionId, phase, step, verdict };
  const reportDigest = digestOf(analysis);
  await story.store.createIfAbsent(`reports/${reportDigest}/rollout.json`, canonicalJson(analysis));
  await story.append({
    ...{ type: 'rollout-analyzed', promotionId, phase, step, reportDigest },
    ...{ verdict, sentence: 'It was looked at.', windows: [] },
  });
}

/** What the last look could not settle, Ada does. */
async function goAhead(promotionId: string): Promise<void> {
  const { records } = await readLedger(story.store, storyPipeline);
  const event = records.at(-1)?.record.event;
  if (event?.type !== 'rollout-analyzed') throw new Error('the last record is no look');
  const { reportDigest } = event;
  await story.append({ type: 'approval-requested', promotionId, reportDigest, deadlineAt: at(6_000) });
  await story.append({
    ...{ type: 'decision-received', promotionId, decision: 'approve', by: 'Ada' },
    ...{ reportDigest, accepted: true, note: '' },
  });
}

async function promoteInSteps(promotionId: string, challenger: ModelRef): Promise<void> {
  const approvalNumber = await approve(promotionId, challenger);
  const reportDigest = story.reports.get(promotionId) ?? '';
  for (const step of [0, 1]) {
    await begin(promotionId, challenger, step);
    await look(promotionId, step, step === 0 ? 'pass' : 'inconclusive');
  }
  await goAhead(promotionId);
  await story.append({
    ...{ type: 'champion-changed', cause: 'promotion', decisionId: promotionId },
    ...{ from: champion, to: challenger, reportDigest, approvalNumber, revokedDigests: [] },
  });
  await look(promotionId, null, 'fail');
  await story.append({
    ...{ type: 'champion-changed', cause: 'rollback', decisionId: 'r1', from: challenger, to: champion },
    ...{ reportDigest: null, approvalNumber: null, revokedDigests: [challenger.modelDigest] },
  });
  await story.append(closed(promotionId, challenger, reportDigest, 'rolled-back', ['it did harm']));
}

async function stopInStep(
  promotionId: string,
  challenger: ModelRef,
  steps: 1 | 2,
  outcome: PromotionOutcome,
): Promise<void> {
  await approve(promotionId, challenger);
  await begin(promotionId, challenger, 0);
  if (steps === 2) {
    await look(promotionId, 0, 'pass');
    await begin(promotionId, challenger, 1);
    await look(promotionId, 1, 'fail');
  }
  if (outcome === 'aborted')
    await story.append({
      ...{ type: 'decision-received', promotionId, decision: 'abort', by: 'Ada' },
      ...{ reportDigest: null, accepted: true, note: '' },
    });
  await story.append({
    ...{ type: 'split-changed', promotionId, step: null, challenger, sharePercent: 0, salt: promotionId, outcome },
    ...{ grounds: [outcome], revokedDigests: [challenger.modelDigest] },
  });
  await story.append(closed(promotionId, challenger, story.reports.get(promotionId) ?? '', outcome, [outcome]));
}

function exported(promotion: string): Promise<BundleIndex & { readonly folder: string }> {
  const args = ['export', storyPipeline, '--promotion', promotion, '--out', path.join(scratch, promotion)];
  return runJson(registerExport, args, { GAUNTLET_STATE_DIR: story.stateDir });
}

/** The bundle's own program, by Node alone. */
function verified(folder: string): Promise<{ readonly code: number; readonly says: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(folder, 'verify.mjs')], { env: {} }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, says: stdout + stderr });
    });
  });
}

describe('an exported rollout', () => {
  it('carries every look and the definition it followed, and proves that all steps were taken', async () => {
    const { folder, files } = await exported('p2');
    const looks = files.filter(({ path: file }) => file.endsWith('/rollout.json'));
    expect(looks).toHaveLength(3);
    expect(files.map(({ path: file }) => file)).toContain(`definitions/${definitionDigest}/definition.json`);
    const { code, says } = await verified(folder);
    expect(says).toContain('was rolled-back (it did harm)');
    expect(says).toContain(
      `ok    rollout: steps taken: 2, as definition ${definitionDigest.slice(0, 12)} plans them; looks, each the one the ledger names: 3`,
    );
    expect(says).toMatch(/ok {4}approval: Ada approved that very report at .*, before the first step of the rollout/);
    expect(code).toBe(0);
  });

  it.each([
    ['p3', 'rolled-back', '2'],
    ['p4', 'aborted', '1'],
  ])('that was stopped proves that it was approved and ended: %s', async (promotion, outcome, steps) => {
    const { folder } = await exported(promotion);
    const { code, says } = await verified(folder);
    expect(says).toContain(`was ${outcome}`);
    expect(says).toContain(`ok    rollout: steps taken: ${steps}`);
    expect(says).toContain('passed before the challenger was tried beside the champion');
    expect(code).toBe(0);
  });

  it('is found out where a look or the definition was changed, and the list of files with it', async () => {
    const original = path.join(scratch, 'p2');
    const { files } = JSON.parse(await readFile(path.join(original, 'bundle.json'), 'utf8')) as BundleIndex;
    const looked = files.find(({ path: file }) => file.endsWith('/rollout.json'))?.path ?? '';
    const pinned = `definitions/${definitionDigest}/definition.json`;
    for (const file of [looked, pinned]) {
      const folder = path.join(scratch, path.basename(file));
      await cp(original, folder, { recursive: true });
      await tampered(path.join(folder, file), (text) => text.replace('"step"', '"watch"').replace('25', '5'));
      const sha256 = sha256Hex(await readFile(path.join(folder, file)));
      const index = JSON.parse(await readFile(path.join(folder, 'bundle.json'), 'utf8')) as BundleIndex;
      const forged = index.files.map((listed) => (listed.path === file ? { ...listed, sha256 } : listed));
      await writeFile(path.join(folder, 'bundle.json'), JSON.stringify({ ...index, files: forged }));
      const { code, says } = await verified(folder);
      expect(says).toContain(`FAIL  rollout: digest of ${file} is ${sha256}`);
      expect(code).toBe(1);
    }
  });
});
