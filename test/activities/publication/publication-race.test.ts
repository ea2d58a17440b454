import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PublishResult } from '../../../activities/publication/publish-window.js';
import { isPinRevoked } from '../../../domain/ledger/revocation.js';
import { transactionId } from '../../../domain/published-table.js';
import { exploreInterleavings, runInterleaved, type Actor } from '../../support/interleavings.js';
import { model, pipeline } from '../../support/ledger.js';
import { promoteThird, TestProcess, twoChampions } from '../../support/publications.js';

/** At the end nothing revoked is served, and the rollback is one commit. */
async function expectClean(files: Map<string, Uint8Array>, rollbackIds: readonly string[] = ['r']): Promise<void> {
  const reader = new TestProcess(files);
  const state = await reader.revocations();
  const { files: live } = await reader.load();
  expect(live.filter((file) => isPinRevoked(state, file))).toEqual([]);
  const commits = await reader.table.history(pipeline, 'predictions');
  for (const id of rollbackIds) expect(commits.filter(({ identity }) => identity === id)).toHaveLength(1);
  expect(new Set(commits.map(transactionId)).size).toBe(commits.length);
}

const windowsOf = new Map([
  ['first', '2001-03-05'],
  ['second', '2001-03-06'],
]);

/** A publication of the bad champion against its rollback. */
function race(files: () => Map<string, Uint8Array>, run: { readonly name: string; readonly shadow?: string }) {
  return () => {
    const shared = files();
    let published: PublishResult | undefined;
    const publisher: Actor = async (gate) => {
      const window = windowsOf.get(run.name) ?? '2001-03-05';
      published = await (await TestProcess.warm(shared, gate)).publish({ ...run, letter: 'b', epoch: 2, window });
    };
    const rollback: Actor = async (gate) => {
      const process = await TestProcess.warm(shared, gate);
      await process.appendRollback();
      await process.replace();
    };
    const check = async (): Promise<void> => {
      await expectClean(shared);
      const { windows } = await new TestProcess(shared).load();
      const own = windows.get(windowsOf.get(run.name) ?? '');
      expect(published?.status).toMatch(/^(published|revoked)$/);
      expect(own?.identity).toBe(published?.status === 'published' ? 'r' : undefined);
    };
    return { actors: [publisher, rollback], check };
  };
}

/** A table in which the bad champion already serves a window. */
async function withLive(): Promise<Map<string, Uint8Array>> {
  const files = twoChampions();
  await new TestProcess(files).publish({ name: 'first', letter: 'b', epoch: 2 });
  return files;
}

describe('a publication that races a rollback', () => {
  it('never ends with revoked rows served, in any interleaving', async () => {
    const base = twoChampions();
    const runs = await exploreInterleavings(
      race(() => new Map(base), { name: 'first' }),
      200_000,
    );
    expect(runs).toBeGreaterThan(100);
  }, 120_000);

  it('neither when its rows would be a second window beside one that is replaced', async () => {
    const base = await withLive();
    const story = race(() => new Map(base), { name: 'second' });
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(1)), async (choices) => {
        const { actors, check } = story();
        await runInterleaved(actors, (count) => (choices.next().value ?? 0) % count);
        await check();
      }),
      { numRuns: 400 },
    );
  });

  it('neither with two publications, a newer run and an unrelated rollback of everything', async () => {
    const base = await withLive();
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(11)), async (choices) => {
        const shared = new Map(base);
        const old =
          (name: string, window: string, shadow: string): Actor =>
          async (gate) => {
            await (await TestProcess.warm(shared, gate)).publish({ name, letter: 'b', epoch: 2, window, shadow });
          };
        const newer: Actor = async (gate) => {
          const process = await TestProcess.warm(shared, gate);
          const { decisionEpoch } = await process.revocations();
          const letter = decisionEpoch === 2 ? 'b' : 'a';
          await process.publish({ name: `newer ${letter}`, letter, epoch: decisionEpoch, window: '2001-03-06' });
        };
        const rollback: Actor = async (gate) => {
          const process = await TestProcess.warm(shared, gate);
          await process.appendRollback();
          await process.replace();
        };
        const actors = [old('x', '2001-03-06', 'a'), old('y', '2001-03-07', 'a'), newer, rollback];
        await runInterleaved(actors, (count) => (choices.next().value ?? 0) % count);
        await expectClean(shared);
      }),
      { numRuns: 300 },
    );
  });

  it('two rollbacks, one after the other in the ledger, leave only what still stands', async () => {
    const base = twoChampions();
    const setUp = new TestProcess(base);
    await setUp.publish({ name: 'first', letter: 'b', epoch: 2 });
    promoteThird(setUp.store);
    await setUp.publish({ name: 'third', letter: 'c', epoch: 3, window: '2001-03-06' });
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(5)), async (choices) => {
        const shared = new Map(base);
        const early = new TestProcess(shared);
        await early.appendRollback('r', 'c', 'b');
        const first: Actor = async (gate) => {
          await (await TestProcess.warm(shared, gate)).replace('r');
        };
        const second: Actor = async (gate) => {
          const process = await TestProcess.warm(shared, gate);
          await process.appendRollback('s', 'b', 'a');
          await process.replace('s');
        };
        await runInterleaved([first, second], (count) => (choices.next().value ?? 0) % count);
        await expectClean(shared, ['r', 's']);
        const { files } = await new TestProcess(shared).load();
        expect(new Set(files.map(({ modelDigest }) => modelDigest))).toEqual(new Set([model('a').modelDigest]));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a process killed at any step', () => {
  class Killed extends Error {}

  /** Lets `steps` steps happen; the next one happens or not, and then the process is gone. */
  function dyingAfter(steps: number): () => Promise<void> {
    let left = steps;
    return () => (left-- > 0 ? Promise.resolve() : Promise.reject(new Killed()));
  }

  it('leaves a rollback that is finished once by the next attempt', async () => {
    const base = await withLive();
    for (let steps = 0; ; steps++) {
      const shared = new Map(base);
      await new TestProcess(shared).appendRollback();
      const ended = await new TestProcess(shared, dyingAfter(steps)).replace().catch((error: unknown) => error);
      const next = await new TestProcess(shared).replace();
      await expectClean(shared);
      expect(next.windows.map(({ window }) => window)).toEqual(['2001-03-05']);
      if (ended instanceof Killed) continue;
      expect(next).toEqual({ ...(ended as object), status: 'already' });
      break;
    }
  });

  it('leaves a publication that the next attempt makes once', async () => {
    const base = twoChampions();
    for (let steps = 0; ; steps++) {
      const shared = new Map(base);
      const run = { name: 'first', letter: 'b', epoch: 2, shadow: 'a' };
      const ended = await new TestProcess(shared, dyingAfter(steps)).publish(run).catch((error: unknown) => error);
      const next = await new TestProcess(shared).publish(run);
      expect(next.status).toMatch(/^(published|already-published)$/);
      const reader = new TestProcess(shared);
      expect(await reader.table.history(pipeline, 'predictions')).toHaveLength(1);
      expect(await reader.table.history(pipeline, 'shadow-predictions')).toHaveLength(1);
      if (!(ended instanceof Killed)) break;
    }
  });
});
