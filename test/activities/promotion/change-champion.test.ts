import { rm, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { PromotionPlan } from '../../../activities/promotion/begin-promotion.js';
import { findMovedGround } from '../../../activities/promotion/confirm-evidence.js';
import { applyPromotion, type ChampionChange } from '../../../activities/promotion/change-champion.js';
import { createPromotionActivities } from '../../../activities/promotion/promotion-activities.js';
import type { DatasetBuilder } from '../../../activities/ports/dataset.js';
import type { GateOutcome } from '../../../workflows/api.js';
import { ActivityWorld, stampOf } from '../../support/activity-world.js';
import { flightsDefinition, dayMs } from '../../support/flights-definition.js';
import {
  decided,
  digest,
  evaluated,
  hour,
  LedgerBuilder,
  model,
  opened,
  registered,
  requested,
} from '../../support/ledger.js';
import { passingReport, promotionPlan } from '../../support/workflow-fakes.js';

let world: ActivityWorld;
afterEach(() => world.remove());

const reportDigest = digest('report p2');
const reportPath = `reports/${reportDigest}/report.json`;
const gates: GateOutcome = { ...passingReport, reportDigest, reportUrl: null };
let snapshotDigest: string;

/** `b` has passed its gates against `a` and waits for an approval. */
const asked = () =>
  new LedgerBuilder()
    .promote('p1', null, 'a')
    .append(registered('b'))
    .append(opened('p2', 'b'))
    .append(evaluated('p2', 'b', 'a', 1))
    .append(requested('p2'));
const approved = () => asked().append(decided('p2', 'approve'));

async function open(ledger: LedgerBuilder, definition = flightsDefinition()): Promise<PromotionPlan> {
  world = await ActivityWorld.create(ledger, definition);
  await world.store.createIfAbsent(reportPath, 'report p2');
  snapshotDigest = digest('snapshot');
  const { digest: definitionDigest } = await world.definitions.load();
  const evidence = { ...promotionPlan.evidence, definitionDigest };
  return { ...promotionPlan, promotionId: 'p2', definitionDigest, evidence };
}

/** Rows by the digest of their snapshot: a source that grew elsewhere gives another digest for the same rows. */
let rowsOf: ReadonlyMap<string, string> = new Map();

function services() {
  const buildSnapshot = () => Promise.resolve({ digest: snapshotDigest });
  const loadSnapshot = (_pipeline: string, name: string) =>
    Promise.resolve({ logicalDigest: rowsOf.get(name) ?? name, rows: 1 });
  return { ...world.services, dataset: { buildSnapshot, loadSnapshot } as unknown as DatasetBuilder };
}

/** As the workflow does: confirm, then change. */
async function change(promotion: PromotionPlan, hours = 50): Promise<ChampionChange> {
  const moved = await findMovedGround(services(), { promotion, gates });
  if (moved.length > 0) return { status: 'void', grounds: moved };
  const step = { promotion, gates, reason: 'proved on twelve days', stamp: stampOf('r1', hours) };
  return applyPromotion(world.services.store, step);
}

describe('the change of champion', () => {
  it('is one record that names evidence, approval and who approved', async () => {
    const ledger = approved();
    const plan = await open(ledger);
    expect(await change(plan)).toEqual({ status: 'changed' });
    const record = (await world.records()).at(-1);
    expect(record?.actor).toEqual({ name: 'Ada', kind: 'person' });
    expect(record?.event).toMatchObject({
      type: 'champion-changed',
      cause: 'promotion',
      decisionId: 'p2',
      from: model('a'),
      to: model('b'),
      reportDigest,
      approvalNumber: ledger.state.head.number,
      revokedDigests: [],
    });
    expect(await world.state()).toMatchObject({ champion: model('b'), decisionEpoch: 2 });
  });

  it('happens once, however often it is repeated', async () => {
    const plan = await open(approved());
    await change(plan);
    const records = (await world.records()).length;
    expect(await change(plan, 60)).toEqual({ status: 'changed' });
    expect((await world.records()).length).toBe(records);
  });
});

describe('an approval is void', () => {
  async function groundsOf(promotion: PromotionPlan, hours?: number): Promise<string> {
    const before = await world.state();
    const result = await change(promotion, hours);
    expect((await world.state()).champion).toEqual(before.champion);
    return result.status === 'void' ? result.grounds.join('; ') : 'not void';
  }

  it('when labels or sources within the report’s windows have changed', async () => {
    const plan = await open(approved());
    snapshotDigest = digest('other labels');
    expect(await groundsOf(plan)).toContain('labels or sources of 2001-03-05 have changed');
  });

  it('but not when a source has grown elsewhere: the rows of the windows count', async () => {
    const plan = await open(approved());
    snapshotDigest = digest('same rows of a longer source');
    const measured = gates.folds[0]?.snapshotDigest ?? '';
    rowsOf = new Map([measured, snapshotDigest].map((name) => [name, 'the same rows']));
    expect(await change(plan)).toEqual({ status: 'changed' });
  });

  it('when the promotion policy has changed, and not when another part of the definition has', async () => {
    const plan = await open(approved());
    world.definitions.current = flightsDefinition({ gates: [{ mode: 'enforce', check: 'loads', tolerance: 1 }] });
    expect(await groundsOf(plan)).toBe('the promotion policy has changed since the report');
    world.definitions.current = flightsDefinition({ monitor: { psiLimit: 0.5, metric: 'auc', decayMargin: 0.5 } });
    expect(await change(plan)).toEqual({ status: 'changed' });
  });

  it('when the champion has changed', async () => {
    const plan = await open(approved());
    const stale = { ...plan, evidence: { ...plan.evidence, decisionEpoch: 0 } };
    expect(await groundsOf(stale)).toContain('the champion has changed since the report');
  });

  it('when the report is older than its maximum age; at that age it still counts', async () => {
    const validHours = 168;
    const plan = await open(approved());
    expect(await groundsOf(plan, validHours + 0.001)).toContain(`no later than ${hour(validHours)}`);
    expect(await change(plan, validHours)).toEqual({ status: 'changed' });
  });

  it('when the ledger has none, whatever the caller believes', async () => {
    expect(await groundsOf(await open(asked()))).toContain('an accepted approval of the report');
  });
});

describe('a report that is not the one that was approved', () => {
  it.each([
    ['was changed', (file: string) => writeFile(file, 'report p2, with a better verdict')],
    ['is gone', (file: string) => rm(file)],
  ])('changes no champion when it %s', async (_, tamper) => {
    const plan = await open(approved());
    const before = await world.records();
    await tamper(await world.store.localPath(reportPath));
    const named = new RegExp(`tampered with: ${reportPath} is .*, expected the file with sha256 ${reportDigest}`);
    expect(await change(plan)).toEqual({ status: 'tampered', grounds: [expect.stringMatching(named)] });
    expect(await world.records()).toEqual(before);
    expect((await world.state()).champion).toEqual(model('a'));
  });

  it('does not trouble a change that is made already', async () => {
    const plan = await open(approved());
    await change(plan);
    await rm(await world.store.localPath(reportPath));
    expect(await change(plan, 60)).toEqual({ status: 'changed' });
  });
});

describe('a request for approval', () => {
  const request = async (promotion: PromotionPlan) => {
    const notifier = { notify: () => Promise.resolve() };
    const directory = { isRunning: () => Promise.resolve(false) };
    const activities = createPromotionActivities({ ...services(), notifier, directory });
    return activities.requestApproval({ promotion, reportDigest, stamp: stampOf('r1', 50) });
  };

  it('ends with the deadline of the policy', async () => {
    expect(await request(await open(asked()))).toMatchObject({
      deadlineAt: hour(50 + 72),
      standing: { quorum: 1, approvedBy: [], asked: null, barred: ['tester'] },
    });
  });

  it('ends earlier when the report gets too old before that', async () => {
    const approval = {
      deadlineMs: 30 * dayMs,
      reportMaxAgeMs: 7 * dayMs,
      newerChallenger: 'refuse',
      quorum: 1,
      approvers: [],
      unsigned: 'accept',
    } as const;
    expect(await request(await open(asked(), flightsDefinition({ approval })))).toMatchObject({
      deadlineAt: hour(168),
    });
  });
});

describe('the record of the gates', () => {
  const found = (mode: 'enforce' | 'advise' | 'observe', verdict: 'pass' | 'fail') => ({
    name: `a check to ${mode}`,
    mode,
    verdict,
    value: '0',
    limit: '0',
    why: 'as measured',
  });
  const record = async (...checks: GateOutcome['checks']) => {
    const promotion = await open(
      new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).append(opened('p2', 'b')),
    );
    const notifier = { notify: () => Promise.resolve() };
    const directory = { isRunning: () => Promise.resolve(false) };
    const activities = createPromotionActivities({ ...services(), notifier, directory });
    return activities.recordGates({ promotion, gates: { ...gates, checks }, stamp: stampOf('r1', 50) });
  };

  it('keeps modes, so a report that passed against advice can be approved', async () => {
    expect(await record(found('enforce', 'pass'), found('advise', 'fail'), found('observe', 'fail'))).toBe('recorded');
    expect(await world.lastEvent()).toMatchObject({
      verdict: 'pass',
      checks: [{ mode: 'enforce' }, { mode: 'advise', verdict: 'fail' }, { mode: 'observe', verdict: 'fail' }],
    });
  });

  it('is refused when it says pass and an enforced check does not, or none is enforced', async () => {
    await expect(record(found('enforce', 'fail'))).rejects.toMatchObject({ type: 'LEDGER_REFUSED' });
    await world.remove();
    await expect(record(found('advise', 'pass'))).rejects.toMatchObject({ type: 'LEDGER_REFUSED' });
  });
});

describe('the webhook', () => {
  it('is told once for each report, and never without an address', async () => {
    const told: string[] = [];
    const notifier = { notify: (url: string) => (told.push(url), Promise.resolve()) };
    const directory = { isRunning: () => Promise.resolve(false) };
    const notify = async (webhookUrl: string | null) => {
      const promotion = await open(asked(), flightsDefinition({ notify: { webhookUrl } }));
      const activities = createPromotionActivities({ ...services(), notifier, directory });
      const step = { promotion, gates, deadlineAt: hour(100), stamp: stampOf('r1') };
      await activities.notifyApproval(step);
      await activities.notifyApproval(step);
    };
    await notify('http://hook.test/promotions');
    expect(told).toEqual(['http://hook.test/promotions']);
    await world.remove();
    await notify(null);
    expect(told).toHaveLength(1);
  });
});
