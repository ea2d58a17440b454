import { describe, expect, it } from 'vitest';
import { decisionDesk } from '../support/decision-desk.js';
import { approval, askedRun, promoteInput, promoteResultOf, sharedRoom } from '../support/promote-runs.js';
import { cardOf, recordHistory, statusOf, until } from '../support/workflow-environment.js';
import { answered, Fakes, openCourse, reportDigest, threeDaysMs } from '../support/workflow-fakes.js';

const room = sharedRoom();

describe('an approval', () => {
  it('that names the waiting report promotes, and is kept with who and why', async () => {
    const fakes = new Fakes();
    const run = await askedRun(room, fakes);
    await run.signal('approve', approval);
    const result = await promoteResultOf(run);
    expect(result).toMatchObject({
      status: 'promoted',
      approvedBy: 'Anna',
      championBefore: { version: '1' },
      championAfter: { version: '2' },
      alias: 'champion moved to version 2',
      summary: 'Version 2 is champion of flights, after version 1.',
    });
    expect(fakes.argumentsOf('judgeDecision')).toEqual([
      expect.objectContaining({
        awaitedDigest: reportDigest,
        message: expect.objectContaining({ by: 'Anna', reason: 'better everywhere', signalIndex: 1 }) as unknown,
      }),
    ]);
    expect(fakes.names().slice(-5)).toEqual([
      'judgeDecision',
      'confirmEvidence',
      'changeChampion',
      'projectChampion',
      'closePromotion',
    ]);
    await recordHistory(run, 'promote-approved');
  });

  it('counts with the first 8 characters of the digest, in any case, and not with 7', async () => {
    const fakes = new Fakes();
    const run = await askedRun(room, fakes);
    await run.signal('approve', { by: 'Anna', reportDigest: reportDigest.slice(0, 7) });
    await until(run, ({ notes }) => notes.some((note) => note.includes('at least the first 8 characters')));
    await run.signal('approve', { ...approval, reportDigest: reportDigest.slice(0, 8).toUpperCase() });
    expect((await promoteResultOf(run)).status).toBe('promoted');
    expect(fakes.count('judgeDecision')).toBe(1);
  });

  it('of another report does not count, is kept and is shown', async () => {
    const fakes = new Fakes();
    const run = await askedRun(room, fakes);
    await run.signal('approve', { by: 'Anna', reportDigest: 'f'.repeat(64) });
    await until(run, ({ notes }) => notes.length === 1);
    expect(await cardOf(run)).toContain(`\`approve\` by Anna did not count: it names report ${'f'.repeat(64)}`);
    expect(fakes.count('changeChampion')).toBe(0);
    await run.signal('abort', { by: 'Anna' });
    expect((await promoteResultOf(run)).status).toBe('aborted');
    await recordHistory(run, 'promote-foreign-digest-then-abort');
  });

  it('is asked for on the card, with text that counts when it is pasted and with how to undo it', async () => {
    const run = await askedRun(room, new Fakes());
    const card = await cardOf(run);
    const digest = reportDigest.slice(0, 12);
    expect(card).toContain(`gauntlet approve flights --report ${digest}`);
    expect(card).toContain('gauntlet rollback flights');
    expect(card).toContain('{"by":"your name","reason":"why"}');
    expect(card).toMatch(/\*\*Waits for:\*\* a person's approval of report [0-9a-f]{12} until \d{4}-/);
    expect(card).toContain('| AUC | 0.6700 | 0.6800 | +0.0100 |');
    const pasted = `{"reportDigest":"${digest}","by":"your name","reason":"why"}`;
    expect(card).toContain(pasted);
    await run.signal('approve', JSON.parse(pasted));
    expect(await promoteResultOf(run)).toMatchObject({ status: 'promoted', approvedBy: 'your name' });
  });
});

describe('an abort', () => {
  it('beats an approval that waits with it, whichever came first', async () => {
    const fakes = new Fakes({
      ...decisionDesk(),
      notifyApproval: async () => {
        await run.signal('approve', approval);
        await run.signal('abort', { by: 'Berta', reason: 'wrong week' });
      },
    });
    const run = await room.start('promote', promoteInput, fakes);
    const result = await promoteResultOf(run);
    expect(result).toMatchObject({ status: 'aborted', grounds: ['aborted by Berta: wrong week'] });
    expect(fakes.count('changeChampion')).toBe(0);
    expect((await statusOf(run)).notes).toEqual(['`approve` by Anna came too late: this promotion is over: aborted.']);
  });

  it('beats an approval that is being recorded when it arrives', async () => {
    const fakes = new Fakes({
      judgeDecision: async (asked) => {
        if (asked.message.decision === 'approve') await run.signal('abort', { by: 'Berta' });
        return answered(asked);
      },
    });
    const run = await askedRun(room, fakes);
    await run.signal('approve', approval);
    expect((await promoteResultOf(run)).status).toBe('aborted');
    expect(fakes.argumentsOf('judgeDecision').map(({ message }) => message.decision)).toEqual(['approve', 'abort']);
    expect(fakes.count('changeChampion')).toBe(0);
    await recordHistory(run, 'promote-abort-overtakes-approval');
  });

  it('that arrives before the gates are measured ends the promotion before anybody is asked', async () => {
    const fakes = new Fakes({
      assembleGateReport: async (args) => {
        await run.signal('abort', { by: 'Berta', reason: 'too early' });
        return new Fakes().activities.assembleGateReport(args);
      },
    });
    const run = await room.start('promote', promoteInput, fakes);
    expect(await promoteResultOf(run)).toMatchObject({ status: 'aborted', grounds: ['aborted by Berta: too early'] });
    expect(fakes.count('requestApproval')).toBe(0);
    expect(fakes.argumentsOf('closePromotion')[0]?.outcome).toBe('aborted');
  });

  it('that arrives while the evidence is confirmed still wins', async () => {
    const fakes = new Fakes({
      confirmEvidence: async () => {
        await run.signal('abort', { by: 'Berta', reason: 'wait' });
        return [];
      },
    });
    const run = await askedRun(room, fakes);
    await run.signal('approve', approval);
    expect(await promoteResultOf(run)).toMatchObject({ status: 'aborted', grounds: ['aborted by Berta: wait'] });
    expect(fakes.count('changeChampion')).toBe(0);
  });

  it('that arrives after the change of champion is recorded as too late, and told what helps', async () => {
    const change = { epoch: 2, recordNumber: 12 };
    const fakes = new Fakes({
      changeChampion: async () => {
        await run.signal('abort', { by: 'Berta' });
        return { status: 'changed' };
      },
      judgeDecision: (ask) =>
        Promise.resolve(answered(ask, ask.message.decision === 'abort' ? { course: { ...openCourse, change } } : {})),
    });
    const run = await askedRun(room, fakes);
    await run.signal('approve', approval);
    expect((await promoteResultOf(run)).status).toBe('promoted');
    expect(fakes.names().slice(-2)).toEqual(['closePromotion', 'judgeDecision']);
    expect((await statusOf(run)).notes).toEqual([
      '`abort` by Berta came too late: the champion has changed already; `gauntlet rollback` takes it back.',
    ]);
    await recordHistory(run, 'promote-abort-after-change');
  });
});

describe('a rejection', () => {
  it('ends the promotion as rejected, with who and why', async () => {
    const fakes = new Fakes();
    const run = await askedRun(room, fakes);
    await run.signal('reject', { reportDigest, by: 'Carl', reason: 'small airports lose' });
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'rejected',
      grounds: ['rejected by Carl: small airports lose'],
      championAfter: { version: '1' },
      approvedBy: null,
    });
    expect(fakes.argumentsOf('closePromotion')[0]).toMatchObject({ outcome: 'rejected', reportDigest });
    expect(fakes.count('changeChampion')).toBe(0);
  });

  it('that came first is final: a later approval changes nothing', async () => {
    const fakes = new Fakes({
      notifyApproval: async () => {
        await run.signal('reject', { reportDigest, by: 'Carl', reason: 'no' });
        await run.signal('approve', approval);
      },
    });
    const run = await room.start('promote', promoteInput, fakes);
    expect((await promoteResultOf(run)).status).toBe('rejected');
    expect(fakes.argumentsOf('judgeDecision').map(({ message }) => message.decision)).toEqual(['reject', 'approve']);
    expect(fakes.count('changeChampion')).toBe(0);
  });
});

describe('the deadline', () => {
  it('turns silence into the outcome expired, which changes nothing', async () => {
    const fakes = new Fakes();
    const run = await askedRun(room, fakes);
    const { startTime } = await run.describe();
    expect(await promoteResultOf(run)).toMatchObject({
      status: 'expired',
      grounds: ['nobody decided before the deadline'],
      championAfter: { version: '1' },
    });
    const { closeTime } = await run.describe();
    expect((closeTime?.getTime() ?? 0) - startTime.getTime()).toBeGreaterThanOrEqual(threeDaysMs);
    expect(fakes.names().slice(-1)).toEqual(['closePromotion']);
    await recordHistory(run, 'promote-expired');
  });

  it('is too late for an approval that is looked at when it has come', async () => {
    const fakes = new Fakes({
      requestApproval: async ({ stamp }) => {
        await run.signal('approve', approval);
        return { deadlineAt: stamp.at };
      },
    });
    const run = await room.start('promote', promoteInput, fakes);
    expect((await promoteResultOf(run)).status).toBe('expired');
    expect((await statusOf(run)).notes).toEqual(['`approve` by Anna did not count: it came after the deadline.']);
    expect(fakes.count('judgeDecision')).toBe(1);
  });

  it('is still a long way off after two days, and an approval then counts', async () => {
    const run = await askedRun(room, new Fakes());
    await room.sleep(threeDaysMs - 60_000);
    await run.signal('approve', approval);
    expect((await promoteResultOf(run)).status).toBe('promoted');
  });
});
