import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StagingArea } from '../../../activities/ports/staging-area.js';
import { publishWindow, type PublishResult } from '../../../activities/publication/publish-window.js';
import { replacePredictions } from '../../../activities/publication/replace-predictions.js';
import { adoptTableFile } from '../../../activities/publication/table-file.js';
import { collectStore, type Collection } from '../../../activities/retention/collect-store.js';
import { PermanentFailure } from '../../../domain/failure-types.js';
import type { TableFile } from '../../../domain/published-table.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import { runInterleaved, type Actor } from '../../support/interleavings.js';
import { digest, model, pipeline } from '../../support/ledger.js';
import type { Gate } from '../../support/memory-store.js';
import { info, tableFile, TestProcess, twoChampions } from '../../support/publications.js';
import { now } from '../../support/retention.js';

type Files = Map<string, Uint8Array>;

/** Scores and adopts as a step of a run does; the same run gives the same bytes. */
function adopt(process: TestProcess, window: string, letter: string, decisionEpoch: number): Promise<TableFile> {
  const { store, table } = process;
  const name = 'predictions';
  const { rows, windowEnd, snapshotDigest } = tableFile();
  const runIdentity = digest(`run of ${window} by ${letter}`);
  const made = { runIdentity, modelDigest: model(letter).modelDigest, decisionEpoch };
  const facts = { rows, window, windowEnd, snapshotDigest, ...made };
  return adoptTableFile({ store, table, pipeline, name, stagedPath: `${window} by ${letter}`, facts });
}

function publish(process: TestProcess, served: TableFile, ledger = { number: 0, hash: null }): Promise<PublishResult> {
  const pins = { pipeline, decisionEpoch: 2, champion: model('b'), ledger };
  const { runIdentity, window } = served;
  return publishWindow({
    store: process.store,
    table: process.table,
    pins,
    runIdentity,
    window,
    served: [served],
    shadows: [],
    info,
  });
}

const nothingStaged: StagingArea = { listStaged: () => Readable.from([]), removeStaged: () => Promise.resolve() };

/** Every file in memory is older than the grace period, so age protects nobody here. */
function collect(process: TestProcess): Promise<Collection> {
  const { store, table } = process;
  const policy = {
    ...flightsDefinition().retention,
    publicationsAfterMs: flightsDefinition().retention.rollbackHorizonMs,
  };
  const stamp = { at: now, actor: { name: 'Ada', kind: 'person' }, workflow: null } as const;
  return collectStore(
    { store, table, staging: nothingStaged },
    { pipeline, policy, now, apply: true, stamp, reason: 'a test' },
  );
}

/** Only what others can see, or what is seen of others, is worth another order. */
function onlyShared(gate: Gate): Gate {
  return (step) => (/^(create|remove)|^read (predictions|ledger)/.test(step) ? gate(step) : Promise.resolve());
}

/** A window of `b` is live, and files of a second window were adopted by a run that died. */
async function withLeftover(): Promise<Files> {
  const process = new TestProcess(twoChampions());
  await publish(process, await adopt(process, '2001-03-05', 'b', 2));
  await adopt(process, '2001-03-06', 'b', 2);
  return process.store.files;
}

async function expectWhole(files: Files): Promise<readonly TableFile[]> {
  const { files: live } = await new TestProcess(files).load();
  for (const file of live) expect(files.has(`predictions/${pipeline}/${file.path}`), file.path).toBe(true);
  return live;
}

/** A run that goes on where its worker died long ago, against a collection of what it left. */
function publicationStory(base: Files) {
  const shared: Files = new Map(base);
  let outcome: unknown;
  const publisher: Actor = async (gate) => {
    const process = await TestProcess.warm(shared, onlyShared(gate));
    const served = await adopt(process, '2001-03-06', 'b', 2);
    outcome = await publish(process, served).catch((error: unknown) => error);
  };
  const collector: Actor = async (gate) => {
    await collect(await TestProcess.warm(shared, onlyShared(gate)));
  };
  const check = async (): Promise<void> => {
    const live = await expectWhole(shared);
    const isPublished = live.some(({ window }) => window === '2001-03-06');
    if (outcome instanceof PermanentFailure) expect(outcome.type).toBe('COLLECTED');
    else expect(outcome).toMatchObject({ status: 'published' });
    expect(isPublished).toBe(!(outcome instanceof PermanentFailure));
    const again = new TestProcess(shared);
    await publish(again, await adopt(again, '2001-03-06', 'b', 2));
    await collect(again);
    expect(await expectWhole(shared)).toHaveLength(2);
  };
  return { actors: [publisher, collector], check };
}

/** A rollback that goes on after its replacement was left lying, against a collection of it. */
function rollbackStory(base: Files) {
  const shared: Files = new Map(base);
  const rollback: Actor = async (gate) => {
    const process = await TestProcess.warm(shared, onlyShared(gate));
    const { store, table } = process;
    const provide = async ({ window, decisionEpoch }: { readonly window: string; readonly decisionEpoch: number }) => [
      await adopt(process, window, 'a', decisionEpoch),
    ];
    await replacePredictions({ store, table, pipeline, rollbackId: 'r', info, provide });
  };
  const collector: Actor = async (gate) => {
    await collect(await TestProcess.warm(shared, onlyShared(gate)));
  };
  const check = async (): Promise<void> => {
    const live = await expectWhole(shared);
    expect(live.map(({ modelDigest }) => modelDigest)).toEqual([model('a').modelDigest]);
  };
  return { actors: [rollback, collector], check };
}

describe('a publication that meets a collection of its own files', () => {
  it('is published whole, or stops and can be started again, whoever goes first', async () => {
    const base = await withLeftover();
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(1)), async (choices) => {
        const { actors, check } = publicationStory(base);
        await runInterleaved(actors, (count) => (choices.next().value ?? 0) % count);
        await check();
      }),
      { numRuns: 300 },
    );
  }, 120_000);
});

describe('a rollback that meets a collection of its replacements', () => {
  it('serves the restored model from files that are there, whoever goes first', async () => {
    const base = await withLeftover();
    const before = new TestProcess(base);
    await before.appendRollback();
    await adopt(before, '2001-03-05', 'a', 3);
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(1)), async (choices) => {
        const { actors, check } = rollbackStory(base);
        await runInterleaved(actors, (count) => (choices.next().value ?? 0) % count);
        await check();
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it('takes nothing that retention has named, whoever provides it', async () => {
    const process = new TestProcess(await withLeftover());
    await process.appendRollback();
    const named = await adopt(process, '2001-03-05', 'a', 3);
    await collect(process);
    const { store, table } = process;
    const provide = () => Promise.resolve([named]);
    const replacing = replacePredictions({ store, table, pipeline, rollbackId: 'r', info, provide });
    await expect(replacing).rejects.toMatchObject({
      type: 'COLLECTED',
      problems: [{ field: `predictions/${pipeline}/${named.path}` }],
    });
    const live = await expectWhole(store.files);
    expect(live.map(({ modelDigest }) => modelDigest)).toEqual([model('b').modelDigest]);
  });
});

describe('two collections at once', () => {
  it('remove what one would, and nothing else', async () => {
    const base = await withLeftover();
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(1)), async (choices) => {
        const shared: Files = new Map(base);
        const collector: Actor = async (gate) => {
          await collect(await TestProcess.warm(shared, onlyShared(gate)));
        };
        await runInterleaved([collector, collector], (count) => (choices.next().value ?? 0) % count);
        await expectWhole(shared);
        expect([...shared.keys()].filter((path) => path.includes('window=2001-03-06'))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

describe('a collection killed at any step', () => {
  class Killed extends Error {}

  it('leaves what the next one finishes: everything removed was named in the ledger before', async () => {
    const base = await withLeftover();
    for (let steps = 0; ; steps++) {
      const shared: Files = new Map(base);
      let left = steps;
      const dying: Gate = () => (left-- > 0 ? Promise.resolve() : Promise.reject(new Killed()));
      const ended = await collect(new TestProcess(shared, dying)).catch((error: unknown) => error);
      const { collected } = await new TestProcess(shared).revocations();
      for (const path of base.keys()) expect(shared.has(path) || collected.has(path), path).toBe(true);
      await collect(new TestProcess(shared));
      await expectWhole(shared);
      expect([...shared.keys()].filter((path) => path.includes('window=2001-03-06'))).toEqual([]);
      if (!(ended instanceof Killed)) break;
    }
  });
});
