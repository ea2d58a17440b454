import { describe, expect, it } from 'vitest';
import { decisionDesk } from '../support/decision-desk.js';
import { digest } from '../support/ledger.js';
import { askedRun, promoteInput, promoteResultOf, sharedRoom } from '../support/promote-runs.js';
import { cardOf, recordHistory, statusOf, until } from '../support/workflow-environment.js';
import { after, answered, Fakes, passingReport, reportDigest, threeDaysMs } from '../support/workflow-fakes.js';

const room = sharedRoom();

const by = (name: string, report = reportDigest) => ({ by: name, reportDigest: report, reason: 'better everywhere' });

describe('a policy that asks for two approvals', () => {
  it('waits for the second after the first, and says on the card who has approved', async () => {
    const fakes = new Fakes(decisionDesk({ quorum: 2 }));
    const run = await askedRun(room, fakes);
    expect((await statusOf(run)).waitingFor).toContain('approvals of 2 people (0 so far) of report');
    await run.signal('approve', by('Anna'));
    await until(run, ({ waitingFor }) => waitingFor?.includes('(1 so far)') === true);
    expect(await cardOf(run)).toContain('**1 of 2 approvals.** Approved by Anna.');
    expect(fakes.count('confirmEvidence')).toBe(0);
    await run.signal('approve', by('Berta'));
    expect(await promoteResultOf(run)).toMatchObject({ status: 'promoted', approvedBy: 'Berta' });
    await recordHistory(run, 'promote-two-approvals');
  });

  it('does not count the same person twice, however the name is written', async () => {
    const run = await askedRun(room, new Fakes(decisionDesk({ quorum: 2 })));
    await run.signal('approve', by('Anna'));
    await run.signal('approve', by(' ANNA '));
    await until(run, ({ notes }) => notes.length === 1);
    expect((await statusOf(run)).notes[0]).toContain('ANNA has approved this report already');
    await run.signal('approve', by('Berta'));
    expect((await promoteResultOf(run)).status).toBe('promoted');
  });

  it.each(['reject', 'abort'] as const)('ends with the first %s, although one approval is there', async (verb) => {
    const fakes = new Fakes(decisionDesk({ quorum: 2 }));
    const run = await askedRun(room, fakes);
    await run.signal('approve', by('Anna'));
    await until(run, ({ waitingFor }) => waitingFor?.includes('(1 so far)') === true);
    await run.signal(verb, by('Carl'));
    expect((await promoteResultOf(run)).status).toBe({ reject: 'rejected', abort: 'aborted' }[verb]);
    expect(fakes.count('changeChampion')).toBe(0);
  });

  it('expires with one, and says how many there were', async () => {
    const run = await askedRun(room, new Fakes(decisionDesk({ quorum: 2 })));
    await run.signal('approve', by('Anna'));
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'expired',
      grounds: ['1 of 2 approvals came before the deadline (Anna)'],
      championAfter: { version: '1' },
    });
    await recordHistory(run, 'promote-quorum-expired');
  });

  it('counts no approval of a report that became void', async () => {
    const reports = ['first', 'second'].map((name) => ({ ...passingReport, reportDigest: digest(name) }));
    let round = -1;
    const fakes = new Fakes({
      ...decisionDesk({ quorum: 2 }),
      assembleGateReport: () => Promise.resolve(reports[++round]!),
      confirmEvidence: () => Promise.resolve(round === 0 ? ['labels have changed'] : []),
    });
    const run = await askedRun(room, fakes);
    await run.signal('approve', by('Anna', digest('first')));
    await run.signal('approve', by('Berta', digest('first')));
    await until(run, (status) => status.phase === 'gates passed' && status.reportDigest === digest('second'));
    expect((await statusOf(run)).waitingFor).toContain('(0 so far)');
    await run.signal('approve', by('Anna', digest('second')));
    await until(run, ({ waitingFor }) => waitingFor?.includes('(1 so far)') === true);
    await run.signal('approve', by('Berta', digest('second')));
    expect((await promoteResultOf(run)).status).toBe('promoted');
    expect(fakes.count('changeChampion')).toBe(1);
  });
});

describe('two people who differ at once', () => {
  it.each([
    [['reject', 'approve'], 'rejected'],
    [['approve', 'reject'], 'promoted'],
    [['approve', 'abort'], 'aborted'],
    [['reject', 'abort'], 'aborted'],
  ] as const)('%j end as %s, and the other one is told', async (verbs, status) => {
    const fakes = new Fakes({
      ...decisionDesk(),
      notifyApproval: async () => {
        await run.signal(verbs[0], by('Anna'));
        await run.signal(verbs[1], by('Berta'));
      },
    });
    const run = await room.start('promote', promoteInput, fakes);
    expect((await promoteResultOf(run)).status).toBe(status);
    expect(fakes.count('judgeDecision')).toBe(2);
    expect((await statusOf(run)).notes).toHaveLength(1);
    expect(fakes.count('changeChampion')).toBe(status === 'promoted' ? 1 : 0);
  });
});

describe('the deadline', () => {
  it.each([
    ['a millisecond before it', -1, 'promoted'],
    ['exactly at it', 0, 'expired'],
    ['a millisecond after it', 1, 'expired'],
  ] as const)('for an approval that is looked at %s', async (_, lateMs, status) => {
    const fakes = new Fakes({
      ...decisionDesk(),
      requestApproval: ({ stamp }) => Promise.resolve({ deadlineAt: after(stamp.at, threeDaysMs) }),
      // The deadline is laid so that the approval is looked at just then; the run itself goes on to the real one.
      judgeDecision: (ask) => Promise.resolve(answered({ ...ask, deadlineAt: after(ask.stamp.at, -lateMs) })),
    });
    const run = await askedRun(room, fakes);
    await run.signal('approve', by('Anna'));
    expect((await promoteResultOf(run)).status).toBe(status);
  });
});
