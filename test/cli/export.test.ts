import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { registerExport } from '../../cli/export.js';
import type { BundleIndex } from '../../cli/promotion-bundle.js';
import { canonicalJson, sha256Hex } from '../../contracts/digest.js';
import { approverOf, keyHolder, signedRecord, type KeyHolder } from '../support/approvers.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { CliStory, storyPipeline } from '../support/cli-story.js';
import { tampered } from '../support/tampered.js';

let story: CliStory;
let env: Record<string, string>;
let scratch: string;

beforeAll(async () => {
  story = await CliStory.lived();
  env = { GAUNTLET_STATE_DIR: story.stateDir };
  scratch = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-export-'));
});

afterAll(async () => {
  await story.remove();
  await rm(scratch, { recursive: true });
});

type Exported = BundleIndex & { readonly folder: string };

function exported(name: string, ...args: string[]): Promise<Exported> {
  const out = path.join(scratch, name);
  return runJson<Exported>(registerExport, ['export', storyPipeline, '--out', out, ...args], env);
}

/** The bundle's own program, by Node alone: no environment, another working folder. */
function verified(folder: string): Promise<{ readonly code: number; readonly says: string }> {
  return new Promise((resolve) => {
    const program = path.join(folder, 'verify.mjs');
    execFile(process.execPath, [program], { cwd: os.tmpdir(), env: {} }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, says: stdout + stderr });
    });
  });
}

describe('gauntlet export', () => {
  it('writes one promotion with everything it rests on, which verifies itself without Gauntlet', async () => {
    const index = await exported('promoted', '--promotion', '2');
    expect(index).toMatchObject({ promotionId: 'p2', outcome: 'promoted', challenger: { version: '2' } });
    const { code, says } = await verified(index.folder);
    expect(says.split('\n').filter((line) => line.startsWith('ok'))).toHaveLength(8);
    expect(says).toContain(`ok    ledger: ${String(index.head.number)} records are one unbroken chain`);
    expect(says).toContain(
      `ok    evidence: report ${story.reports.get('p2') ?? ''} passed before the champion changed`,
    );
    expect(says).toContain('ok    approval: Ada approved that very report at ');
    expect(says).toContain('its files are not included');
    expect(says).toContain(`Head of the chain: record ${String(index.head.number)}, hash ${index.head.hash ?? ''}`);
    expect(code).toBe(0);
  });

  it('has the model’s files too when asked, and they give its digest', async () => {
    const { folder } = await exported('with-model', '--promotion', 'p2', '--with-model');
    const { code, says } = await verified(folder);
    expect(says).toMatch(/ok {4}model: its \d files give the digest [0-9a-f]{64}/);
    expect(code).toBe(0);
  });

  it('takes the newest closed promotion by itself, a refused one too', async () => {
    const index = await exported('newest');
    expect(index).toMatchObject({ promotionId: 'p3', outcome: 'refused' });
    const { code, says } = await verified(index.folder);
    expect(says).toContain('was refused (the AUC is worse)');
    expect(says).toContain('ok    approval: nothing changed, so none was needed');
    expect(code).toBe(0);
  });

  it('has one that was taken back after the champion had changed, which verifies itself as well', async () => {
    const watched = await CliStory.create();
    await watched.promote('p1', null, await watched.register(0));
    await watched.promote('p2', watched.model(0), await watched.register(-0.5), { outcome: 'rolled-back' });
    const args = ['export', storyPipeline, '--out', path.join(scratch, 'taken-back')];
    const index = await runJson<Exported>(registerExport, args, { GAUNTLET_STATE_DIR: watched.stateDir });
    const { code, says } = await verified(index.folder);
    expect(says).toContain('version 2, was rolled-back');
    expect(says).not.toContain('FAIL');
    expect(code).toBe(0);
    await watched.remove();
  });

  it('refuses a promotion that is open or unknown, and a folder with something in it', async () => {
    for (const promotion of ['p4', '9']) {
      const args = ['export', storyPipeline, '--promotion', promotion, '--out', path.join(scratch, 'none')];
      const { exitCode, stderr } = await runVerb(registerExport, args, env);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('one of p1 (promoted), p2 (promoted), p3 (refused)');
    }
    const full = await runVerb(registerExport, ['export', storyPipeline, '--out', scratch], env);
    expect(full.stderr).toContain('a folder that is new or empty');
  });
});

describe('a promotion by two signed approvals', () => {
  const holders = ['Anna', 'Berta'].map(keyHolder);
  const policy = (people: readonly KeyHolder[]) =>
    canonicalJson({ approval: { quorum: 2, approvers: people.map(approverOf), unsigned: 'refuse' } });
  let signed: CliStory;
  afterEach(() => signed.remove());

  /** Exports a promotion whose approvals are by these people, under a policy that names those. */
  async function exportedBy(name: string, people: readonly KeyHolder[], named: readonly KeyHolder[]) {
    signed = await CliStory.create();
    const definition = policy(named);
    const definitionDigest = sha256Hex(definition);
    await signed.store.createIfAbsent(`definitions/${definitionDigest}/definition.json`, definition);
    const approvals = (reportDigest: string) =>
      people.map((holder) =>
        signedRecord(holder, {
          pipeline: storyPipeline,
          promotionId: 'p1',
          reportDigest,
          reason: 'a test',
          quorum: 2,
          definitionDigest,
        }),
      );
    await signed.promote('p1', null, await signed.register(0), { approvals });
    const args = ['export', storyPipeline, '--out', path.join(scratch, name)];
    return runJson<Exported>(registerExport, args, { GAUNTLET_STATE_DIR: signed.stateDir });
  }

  it('carries the policy that judged it, and computes the signatures again', async () => {
    const { folder } = await exportedBy('signed', holders, holders);
    const { code, says } = await verified(folder);
    expect(says).toContain('ok    approval: Anna (verified) and Berta (verified) approved that very report at ');
    expect(code).toBe(0);
  });

  it('proves nothing where the keys are not those of the policy', async () => {
    const { folder } = await exportedBy('other-keys', holders, ['Anna', 'Berta'].map(keyHolder));
    const { code, says } = await verified(folder);
    expect(says).toMatch(/FAIL {2}approval: key of the approval by Anna in record \d+ is /);
    expect(code).toBe(1);
  });
});

describe('an exported promotion that was changed', () => {
  let folder: string;
  let index: BundleIndex;
  let copies = 0;
  beforeAll(async () => {
    await exported('original', '--promotion', 'p2', '--with-model');
  });
  beforeEach(async () => {
    folder = path.join(scratch, `copy-${String((copies += 1))}`);
    await cp(path.join(scratch, 'original'), folder, { recursive: true });
    index = JSON.parse(await readFile(path.join(folder, 'bundle.json'), 'utf8')) as BundleIndex;
  });

  const reportPath = () => `reports/${story.reports.get('p2') ?? ''}/report.json`;
  const recordPath = (number: number) => `ledger/${storyPipeline}/${String(number).padStart(8, '0')}.json`;

  /** Changes a file, and the list of files with it, as a forger would. */
  async function forge(file: string, edit: (text: string) => string): Promise<void> {
    await tampered(path.join(folder, file), edit);
    const sha256 = sha256Hex(await readFile(path.join(folder, file)));
    const files = index.files.map((listed) => (listed.path === file ? { ...listed, sha256 } : listed));
    index = { ...index, files };
    await writeFile(path.join(folder, 'bundle.json'), JSON.stringify(index));
  }

  async function failing(): Promise<readonly string[]> {
    const { code, says } = await verified(folder);
    expect(code).toBe(1);
    expect(says).toContain('this bundle proves nothing');
    return [...says.matchAll(/^FAIL {2}(\w+): (.*)$/gm)].map(([, name = '', why = '']) => `${name}: ${why}`);
  }

  it('is found by its list of files: changed, missing, or one more', async () => {
    await tampered(path.join(folder, 'README.md'), (text) => `${text}!`);
    expect(await failing()).toEqual([expect.stringMatching(/^files: sha256 of README.md is /)]);
    await rm(path.join(folder, 'README.md'));
    expect(await failing()).toEqual([expect.stringMatching(/^files: ENOENT/)]);
    await writeFile(path.join(folder, 'README.md'), await readFile(path.join(scratch, 'original', 'README.md')));
    await writeFile(path.join(folder, 'notes.txt'), 'hello');
    expect(await failing()).toEqual(['files: files that bundle.json does not list: notes.txt']);
  });

  it('is found by the chain where another approver was written into a record', async () => {
    const { number } = await approval();
    await forge(recordPath(number), (text) => text.replace('"by":"Ada"', '"by":"Eve"'));
    expect(await failing()).toContainEqual(
      expect.stringMatching(new RegExp(`^ledger: previousHash in ${recordPath(number + 1)} is `)),
    );
  });

  it('is found by the head where the last record was changed', async () => {
    await forge(recordPath(index.head.number), (text) => text.replace('"a test"', '"a jest"'));
    expect(await failing()).toContainEqual(
      expect.stringMatching(new RegExp(`^ledger: hash of record ${String(index.head.number)} is `)),
    );
  });

  it('is found by the digest where the report was changed', async () => {
    await forge(reportPath(), (text) => text.replace('"verdict":"pass"', '"verdict":"fail"'));
    expect(await failing()).toEqual([expect.stringMatching(/^evidence: digest of reports\//)]);
  });

  it('is found by the manifest where the model was changed, and by the digest where the manifest was', async () => {
    const place = `models/${index.challenger.modelDigest}`;
    await forge(`${place}/features.json`, (text) => `${text} `);
    expect(await failing()).toEqual([expect.stringMatching(/^model: models\/.*features\.json is /)]);
    const sha256 = sha256Hex(await readFile(path.join(folder, place, 'features.json')));
    const before = sha256Hex(await readFile(path.join(scratch, 'original', place, 'features.json')));
    await forge(`${place}/manifest.json`, (text) => text.replace(before, sha256));
    expect(await failing()).toEqual([expect.stringMatching(/^model: digest of the model, from its manifest is /)]);
  });

  it('reads nothing outside its folder, whatever its list says', async () => {
    await writeFile(path.join(folder, 'bundle.json'), JSON.stringify({ ...index, files: [{ path: '../secret' }] }));
    expect((await failing())[0]).toBe('files: ../secret leads somewhere else');
  });

  async function approval(): Promise<{ readonly number: number }> {
    for (let number = 1; ; number += 1) {
      const text = await readFile(path.join(folder, recordPath(number)), 'utf8');
      if (text.includes('"promotionId":"p2"') && text.includes('"decision":"approve"')) return { number };
    }
  }
});
