import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLedgerAfresh } from '../../../activities/ledger/read-ledger.js';
import { canonicalJson, digestOf } from '../../../contracts/digest.js';
import { ledgerRecordPath, sealRecord } from '../../../contracts/ledger-record.js';
import type { LedgerEntry } from '../../../domain/ledger/record.js';
import type { CommitInfo } from '../../../domain/published-table.js';
import { firstBadRecord } from '../../../domain/verify/check.js';
import { checkApprovalTimes } from '../../../domain/verify/approval-checks.js';
import { day, digest, decided, entryOf, evaluated, hour, LedgerBuilder } from '../../support/ledger.js';
import { opened, pipeline, registered, requested } from '../../support/ledger.js';
import { VerifiedPipeline } from '../../support/verified-pipeline.js';

let made: VerifiedPipeline;

beforeEach(async () => {
  made = await VerifiedPipeline.create();
});

afterEach(async () => {
  await made.remove();
});

const record = (number: number): string => ledgerRecordPath(pipeline, number);
const skipped = { type: 'retrain-decided', asOf: day.end, decision: 'skip', grounds: [] } as const;

/** Appends past the rules, as somebody would who can write to the store. */
async function force(entry: LedgerEntry): Promise<void> {
  const { state } = await readLedgerAfresh(made.store, pipeline);
  const { bytes } = sealRecord(pipeline, state.head, entry);
  await made.store.createIfAbsent(record(state.head.number + 1), bytes);
}

/** The head of the ledger, as it was written down outside the store. */
async function anchorNow() {
  const { number, hash } = (await readLedgerAfresh(made.store, pipeline)).state.head;
  return { place: 'a file', anchor: { pipeline, number, hash: hash ?? '' } };
}

async function publish(window: string, letter: string, decisionEpoch: number, info: Partial<CommitInfo>) {
  const file = await made.adopt(window, letter, decisionEpoch, `forged ${window}`);
  const commits = await made.table.history(pipeline, 'predictions');
  const own = { identity: file.runIdentity, decisionEpoch, windows: [window], ...info };
  const first = commits[0];
  if (first === undefined) throw new Error('nothing was published');
  const change = { add: [file], remove: [], info: { ...first, ...own } };
  expect(await made.table.commit(pipeline, 'predictions', commits.length, change)).toBe('created');
}

describe('the first bad record', () => {
  it('is the one whose content its successor does not name, where the one after that vouches for the successor', async () => {
    await made.tamper(record(5), (text) => text.replace('Ada', 'Eve'));
    expect(firstBadRecord(await made.verify())).toEqual({
      number: 5,
      wrong: expect.stringMatching(/^ledger\/flights\/00000005.json: found hash .*, as record 6 names it$/) as string,
      advice: `Stop writing, and put ${record(5)} back as a backup has it. Until then only records 1 to 4 can be trusted.`,
    });
  });

  it('is the successor where nobody vouches for it', async () => {
    await made.tamper(record(6), (text) => text.replace(/"previousHash":"./, '"previousHash":"_').replace('_', 'f'));
    expect(firstBadRecord(await made.verify())?.number).toBe(6);
  });

  it('is the last but one, with a doubt, where the last one names another hash and nothing stands behind it', async () => {
    await made.tamper(record(14), (text) => text.replace('a test', 'a jest'));
    expect(firstBadRecord(await made.verify())).toMatchObject({
      number: 14,
      wrong: expect.stringContaining('unless record 15 itself was changed') as string,
    });
  });

  it('may stand in an unbroken chain and break a rule', async () => {
    const nobody = { modelDigest: digest('nobody'), registeredName: 'flights', version: '9' };
    const event = { type: 'promotion-opened', promotionId: 'p9', kind: 'promotion', challenger: nobody } as const;
    await force(entryOf(event, { recordId: 'forged' }));
    const checks = await made.verify();
    expect(firstBadRecord(checks)).toMatchObject({
      number: 16,
      wrong: expect.stringContaining('expected a registered model') as string,
      advice: expect.stringContaining('not written by Gauntlet') as string,
    });
  });

  it('is nobody in a ledger that is as it should be', async () => {
    expect(firstBadRecord(await made.verify())).toBeNull();
  });
});

describe('an anchor finds', () => {
  it('nothing wrong in the ledger it was taken from, grown as it may be since', async () => {
    const anchor = await anchorNow();
    await made.append(skipped);
    expect(await made.failures([anchor])).toEqual([]);
  });

  it('a ledger that was cut behind it', async () => {
    const first = await anchorNow();
    await made.append(skipped);
    const second = await anchorNow();
    await made.tamper(record(16), () => null);
    expect(await made.failures([first, second])).toEqual(['every anchored head is still in the ledger']);
    expect(firstBadRecord(await made.verify([first, second]))).toMatchObject({
      number: 16,
      wrong: expect.stringContaining('the ledger ends with record 15') as string,
      advice: expect.stringContaining('cut or rewritten behind record 15') as string,
    });
  });

  it('a ledger that was rewritten with an unbroken chain', async () => {
    await made.append(skipped);
    const anchor = await anchorNow();
    await made.tamper(record(16), (text) => text.replace('"skip"', '"retrain"'));
    expect(await made.failures()).toEqual([]);
    expect(await made.failures([anchor])).toEqual(['every anchored head is still in the ledger']);
  });
});

describe('what was forged with an unbroken chain is found', () => {
  it('a fact that stands in the ledger twice', async () => {
    await made.append(skipped, 'weekly');
    await force(entryOf(skipped, { recordId: 'weekly', at: hour(2) }));
    expect(await made.failures()).toEqual(['every fact stands in the ledger once']);
  });

  it('a record that calls a failing report a passing one', async () => {
    const report = {
      pipeline,
      decisionEpoch: 3,
      champion: made.model('a'),
      challenger: made.model('b'),
      checks: [{ name: 'calibrated()', verdict: 'fail' }],
      verdict: 'fail',
    };
    const reportDigest = digestOf(report);
    await made.store.createIfAbsent(`reports/${reportDigest}/report.json`, canonicalJson(report));
    await made.append({ type: 'promotion-opened', promotionId: 'p3', kind: 'promotion', challenger: made.model('b') });
    await made.append({
      ...evaluated('p3', 'b', 'a', 3),
      reportDigest,
      championDigest: made.model('a').modelDigest,
      challengerDigest: made.model('b').modelDigest,
      checks: [{ name: 'calibrated()', verdict: 'pass', why: 'so they say' }],
    } as const);
    const check = (await made.verify()).find(({ problems }) => problems.length > 0);
    expect(check?.name).toBe('every gate report says what its record says');
    expect(check?.problems.map(({ found }) => found)).toEqual(['fail', 'calibrated() fail']);
  });

  it('an approval after its deadline, and none at the very deadline', () => {
    const approvedAt = (hours: number) => {
      const ledger = new LedgerBuilder().append(registered('a')).append(opened('p', 'a', 'bootstrap'));
      ledger.append(evaluated('p', 'a', null, 0)).append(requested('p'));
      return checkApprovalTimes(ledger.append(decided('p', 'approve'), { at: hour(hours) }).records);
    };
    expect(approvedAt(72)).toMatchObject({ checked: 1, problems: [] });
    expect(approvedAt(73).problems).toEqual([
      { field: 'record 5: at', found: hour(73), expected: `earlier than ${hour(72)}, its deadline` },
    ]);
  });

  it('a definition that was changed, or is gone', async () => {
    const [name = ''] = await made.store.list('definitions');
    await made.tamper(`definitions/${name}/definition.json`, () => '{"gates":[]}');
    const rule = 'every definition of a registered model is there with its digest';
    expect(await made.failures()).toEqual([rule]);
    await made.tamper(`definitions/${name}/definition.json`, () => null);
    expect(await made.failures()).toEqual([rule]);
  });

  it('a publication that replaced one of a later epoch, and left its rows there', async () => {
    await publish('2001-03-06', 'a', 1, {});
    expect(await made.failures()).toEqual([
      'every publication has the rows of its snapshot',
      'every publication is made once, and never replaces one of a later epoch',
    ]);
  });

  it('a publication that claims the epoch of another place in the ledger', async () => {
    const { records, state } = await readLedgerAfresh(made.store, pipeline);
    expect(records).toHaveLength(15);
    await publish('2001-03-09', 'a', 1, { ledgerNumber: state.head.number, ledgerHash: state.head.hash });
    expect(await made.failures()).toEqual(['every publication has the epoch of its place in the ledger']);
  });

  it('a replacement whose record names another commit, or none', async () => {
    await made.append({
      type: 'predictions-replaced',
      rollbackId: 'r',
      tableVersion: 0,
      windows: [day],
      rowsReplaced: 2,
      decisionsChanged: 0,
      correctionFile: null,
    });
    expect(await made.failures()).toEqual(['every replacement is the commit that its record names']);
  });
});
