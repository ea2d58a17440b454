import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Definitions } from '../../activities/ports/definitions.js';
import { registerApprovals } from '../../cli/approvals.js';
import { composeDecision } from '../../cli/compose-decision.js';
import { registerKeygen } from '../../cli/keygen.js';
import { findWaiting } from '../../cli/waiting-approvals.js';
import { fingerprintOf, isSignatureOf, publicKeyOf } from '../../contracts/approval-signature.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { ApprovalPolicy } from '../../domain/promotion/approval-policy.js';
import { approverOf, keyHolder } from '../support/approvers.js';
import { runJson, runVerb } from '../support/cli-run.js';
import { CliStory, storyPipeline } from '../support/cli-story.js';
import { flightsDefinition } from '../support/flights-definition.js';
import {
  decided,
  digest,
  hour,
  LedgerBuilder,
  evaluated,
  opened,
  pipeline,
  registered,
  requested,
} from '../support/ledger.js';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-approvals-'));
});
afterAll(() => rm(scratch, { recursive: true }));

interface MadeKey {
  readonly file: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly policyLine: string;
}

describe('gauntlet keygen', () => {
  it('writes a private key that only its owner can read, and prints its line of the policy', async () => {
    const out = path.join(scratch, 'ada.pem');
    const made = await runJson<MadeKey>(registerKeygen, ['keygen', "Ada O'Neil", '--out', out], {});
    expect(made.file).toBe(out);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const publicKey = publicKeyOf(createPrivateKey(await readFile(out)));
    expect(made.policyLine).toBe(`{ name: 'Ada O\\'Neil', publicKey: '${publicKey}' },`);
    expect(made.fingerprint).toBe(fingerprintOf(publicKey));
  });

  it('prints nothing of the private key', async () => {
    const out = path.join(scratch, 'quiet.pem');
    const { stdout, stderr } = await runVerb(registerKeygen, ['keygen', 'Bo', '--out', out], {});
    const [, secret = ''] = (await readFile(out, 'utf8')).split('\n');
    expect(secret.length).toBeGreaterThan(40);
    expect(stdout + stderr).not.toContain(secret);
  });

  it('never writes over a key that is there', async () => {
    const out = path.join(scratch, 'kept.pem');
    await writeFile(out, 'a key');
    const { exitCode, stderr } = await runVerb(registerKeygen, ['keygen', 'Bo', '--out', out], {});
    expect([exitCode, await readFile(out, 'utf8')]).toEqual([2, 'a key']);
    expect(stderr).toContain('a file that does not exist yet');
  });
});

/** `b` waits for an approval: Rita asked for it, Tom trained it. */
const waiting = () =>
  new LedgerBuilder()
    .promote('p1', null, 'a')
    .append(registered('b'), { actor: { name: 'Tom', kind: 'person' } })
    .append(opened('p2', 'b'), { actor: { name: 'Rita', kind: 'person' }, workflow: { workflowId: 'w', runId: 'r' } })
    .append(evaluated('p2', 'b', 'a', 1))
    .append(requested('p2'), { workflow: { workflowId: 'w', runId: 'r' } });
const openOf = (ledger: LedgerBuilder) => {
  const { openPromotion } = ledger.state;
  if (openPromotion === null) throw new Error('no promotion is open');
  return openPromotion;
};

function definitionsWith(approval: Partial<ApprovalPolicy>): Definitions {
  const definition = flightsDefinition({ approval: { ...flightsDefinition().approval, ...approval } });
  return { load: () => Promise.resolve({ definition, digest: digest('definition') }) } as unknown as Definitions;
}

describe('a decision as the command composes it', () => {
  const report = digest('report p2');
  const compose = (options: object, approval: Partial<ApprovalPolicy> = {}) =>
    composeDecision(definitionsWith(approval), {
      decision: 'approve',
      pipeline,
      promotion: openOf(waiting()),
      options: { report: report.slice(0, 8), reason: ' better ', ...options },
    });

  it('with a key is signed over the whole digest, in the name that the policy has for the key', async () => {
    const key = path.join(scratch, 'cy.pem');
    const { publicKey } = await runJson<MadeKey>(registerKeygen, ['keygen', 'Cy', '--out', key], {});
    const message = await compose({ key }, { approvers: [{ name: 'Cy', publicKey }] });
    const { by, nonce = '', signature = '', reason = '' } = message;
    expect(message).toMatchObject({ by: 'Cy', reportDigest: report, reason: 'better' });
    const signed = {
      pipeline,
      promotionId: 'p2',
      reportDigest: report,
      decision: 'approve',
      by,
      reason,
      nonce,
    } as const;
    expect(isSignatureOf(publicKey, signed, signature)).toBe(true);
    expect((await compose({ key })).nonce).not.toBe(nonce);
  });

  it('without a key is not signed, and names what the person typed', async () => {
    const message = await compose({ by: 'Anna' });
    expect(message).toEqual({ by: 'Anna', reportDigest: report.slice(0, 8), reason: ' better ' });
  });

  it.each([
    ['no reason', { reason: undefined }, '--reason'],
    ['an empty reason', { reason: '  ' }, '--reason'],
    ['a key that is none', { key: '/dev/null' }, '--key'],
    ['a key that is not there', { key: '/nowhere/ada.pem' }, '--key'],
  ])('needs something better than %s', async (_, options, field) => {
    const error: unknown = await compose({ by: 'Anna', ...options }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PermanentFailure);
    expect((error as PermanentFailure).problems.map((problem) => problem.field)).toEqual([field]);
  });
});

describe('what waits', () => {
  const anna = keyHolder('Anna');
  const rita = keyHolder('Rita');
  const policy = { quorum: 2, approvers: ['Berta', 'Carl'].map(keyHolder).concat(anna, rita).map(approverOf) };

  it('is told with who is asked: approvers who have not approved, without who asked and who trained', () => {
    const ledger = waiting().append(decided('p2', 'approve', { by: 'Anna', quorum: 2 }));
    expect(findWaiting(pipeline, ledger, policy)).toMatchObject({
      kind: 'report',
      challengerVersion: '2',
      reportDigest: digest('report p2'),
      until: hour(72),
      quorum: 2,
      missing: 1,
      approvedBy: ['Anna'],
      asked: ['Berta', 'Carl'],
      barred: ['Rita', 'Tom'],
      run: { workflowId: 'w', runId: 'r' },
    });
  });

  it('is nothing before anybody was asked, once it is decided, and where no promotion is open', () => {
    const decidedAll = waiting().append(decided('p2', 'reject'));
    const measuring = new LedgerBuilder().append(registered('a')).append(opened('p1', 'a', 'bootstrap'));
    for (const ledger of [decidedAll, measuring, new LedgerBuilder()]) {
      expect(findWaiting(pipeline, ledger, policy)).toBeNull();
    }
  });

  it('is a look at the rollout that settled nothing, until somebody says how to go on', () => {
    const look = digest('look');
    const ledger = waiting()
      .append(decided('p2', 'approve'))
      .append({
        type: 'split-changed',
        promotionId: 'p2',
        step: 0,
        challenger: openOf(waiting()).challenger,
        sharePercent: 5,
        salt: 'p2',
        grounds: [],
        revokedDigests: [],
      })
      .append(
        {
          type: 'rollout-analyzed',
          promotionId: 'p2',
          phase: 'step',
          step: 0,
          reportDigest: look,
          verdict: 'inconclusive',
          sentence: 'nothing is shown',
          windows: [],
        },
        { workflow: { workflowId: 'w', runId: 'r' } },
      );
    expect(findWaiting(pipeline, ledger, policy)).toMatchObject({
      kind: 'look',
      reportDigest: look,
      until: null,
      missing: 1,
      quorum: 1,
    });
    ledger.append(decided('p2', 'approve', { reportDigest: look }));
    expect(findWaiting(pipeline, ledger, policy)).toBeNull();
  });
});

describe('gauntlet approvals', () => {
  it('lists what waits from the store alone, with what to type', async () => {
    const story = await CliStory.lived();
    const env = { GAUNTLET_STATE_DIR: story.stateDir };
    const reportDigest = story.reports.get('p4') ?? '';
    const { exitCode, stdout } = await runVerb(registerApprovals, ['approvals', storyPipeline], env);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`gauntlet approve ${storyPipeline} --report ${reportDigest.slice(0, 12)}`);
    expect(stdout).toContain('one approval, by anybody but tester');
    await story.remove();
  });
});
