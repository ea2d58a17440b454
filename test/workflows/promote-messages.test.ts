import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approval, askedRun, promoteInput, promoteResultOf, sharedRoom } from '../support/promote-runs.js';
import { cardOf, recordHistory, statusOf, until } from '../support/workflow-environment.js';
import { Fakes, reportDigest } from '../support/workflow-fakes.js';
import { anyJson } from '../support/json-values.js';

const room = sharedRoom();

describe('messages nobody can understand', () => {
  const bad: readonly unknown[] = [
    null,
    [],
    [approval],
    'approve please',
    42,
    true,
    {},
    { reportDigest },
    { by: '   ', reportDigest },
    { by: 7, reportDigest },
    { ...approval, reportDigest: null },
    { ...approval, reportDigest: 'not hex!' },
    { ...approval, sure: true },
    { ...approval, reason: 12 },
    { ...approval, by: 'x'.repeat(3000) },
    { [`a${'b'.repeat(5000)}`]: 1 },
  ];

  it('are shown with what was found, what was expected and an example, and decide nothing', async () => {
    const fakes = new Fakes();
    const run = await askedRun(room, fakes);
    for (const payload of bad) await run.signal('approve', payload);
    await run.signal('approve');
    await until(run, ({ notes }) => notes.length >= 15);
    const card = await cardOf(run);
    expect(card).toContain('the payload is null, expected one JSON object like {"reportDigest":"0123abcd"');
    expect(card).toContain('the payload is a list');
    expect(card).toContain('the payload is missing');
    expect(card).toContain('"by" is missing, expected text');
    expect(card).toContain('unknown field "sure", expected only by, reportDigest, reason, nonce, signature');
    expect(card).toContain('"reportDigest" is "not hex!"');
    expect((await statusOf(run)).notes.every((note) => note.length <= 500)).toBe(true);
    expect(fakes.count('judgeDecision')).toBe(0);
    await run.signal('approve', approval);
    expect((await promoteResultOf(run)).status).toBe('promoted');
    await recordHistory(run, 'promote-malformed-signals');
  });

  it('never wedge the run, whatever JSON they are', async () => {
    const run = await askedRun(room, new Fakes());
    const payloads = fc.sample(anyJson, { numRuns: 60, seed: 20010305 });
    for (const [index, payload] of payloads.entries()) {
      await run.signal(index % 2 === 0 ? 'approve' : 'reject', payload);
    }
    await run.signal('approve', approval);
    expect((await promoteResultOf(run)).status).toBe('promoted');
  });

  it('cannot forge lines of the card', async () => {
    const run = await askedRun(room, new Fakes());
    await run.signal('approve', { by: 'x\n## Promoted\n**all is well**', reportDigest: 'f'.repeat(64) });
    await until(run, ({ notes }) => notes.length === 1);
    expect(await cardOf(run)).not.toMatch(/^(## Promoted|\*\*all is well)/m);
    await run.signal('abort', { by: 'Anna' });
    await promoteResultOf(run);
  });

  it('under an unknown name are shown with the names there are', async () => {
    const run = await askedRun(room, new Fakes());
    await run.signal('aprove', approval);
    await until(run, ({ notes }) => notes.length === 1);
    expect(await cardOf(run)).toContain('Signal `aprove` was ignored: it takes approve, reject, abort.');
    await run.signal('abort', { by: 'Anna' });
    await promoteResultOf(run);
  });

  it('by the hundreds leave room for an abort', async () => {
    const fakes = new Fakes({
      assembleGateReport: async (args) => {
        const flood = { by: 'a script', reportDigest: 'f'.repeat(64) };
        for (let sent = 0; sent < 210; sent++) await run.signal('approve', flood);
        await run.signal('abort', { by: 'Berta' });
        return new Fakes().activities.assembleGateReport(args);
      },
    });
    const run = await room.start('promote', promoteInput, fakes);
    expect((await promoteResultOf(run)).status).toBe('aborted');
  });
});
