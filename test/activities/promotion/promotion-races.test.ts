import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendRecord } from '../../../activities/ledger/append-record.js';
import { readLedger } from '../../../activities/ledger/read-ledger.js';
import type { Registry } from '../../../activities/ports/registry.js';
import { openPromotion, type PromotionStart } from '../../../activities/promotion/begin-promotion.js';
import { applyPromotion } from '../../../activities/promotion/change-champion.js';
import { createProjectionActivities } from '../../../activities/promotion/projection-activities.js';
import { DeltaPredictionTable } from '../../../adapters/delta/delta-prediction-table.js';
import { ChangeableDefinitions, runOf, stampOf } from '../../support/activity-world.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import { exploreInterleavings, runInterleaved, type Actor } from '../../support/interleavings.js';
import {
  decided,
  digest,
  entryOf,
  evaluated,
  hour,
  LedgerBuilder,
  model,
  opened,
  pipeline,
  registered,
  requested,
  rolledBack,
} from '../../support/ledger.js';
import { MemoryStore, type Gate } from '../../support/memory-store.js';
import { passingReport, promotionPlan } from '../../support/workflow-fakes.js';

type Files = Map<string, Uint8Array>;

/** What lies on the disk that all processes share. */
function filesOf(ledger: LedgerBuilder): Files {
  const store = new MemoryStore();
  ledger.writeTo(store);
  return store.files;
}

/** A process of its own that has read the ledger before its steps are counted. */
async function processOn(files: Files, gate: Gate): Promise<MemoryStore> {
  let isWarm = false;
  const store = new MemoryStore(files, (step) => (isWarm ? gate(step) : Promise.resolve()));
  await readLedger(store, pipeline);
  isWarm = true;
  return store;
}

async function stateOf(files: Files) {
  return (await readLedger(new MemoryStore(files), pipeline)).state;
}

/** What only the adoption of somebody else's champion needs, which this policy does not ask for. */
const refuse = () => Promise.reject(new Error('nothing is adopted here'));
const nothingAdopted = { bundles: { open: refuse }, scorer: { checkBundle: refuse }, scoreTimeoutMs: 1 };

describe('two promotions that start at once', () => {
  it('are one that is open and one that is told so, in any interleaving, whichever versions they want', async () => {
    const definitions = new ChangeableDefinitions(flightsDefinition());
    const base = filesOf(new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).append(registered('c')));
    const runs = await exploreInterleavings(() => {
      const files = new Map(base);
      const starts: PromotionStart[] = [];
      const start =
        (runId: string, version: string): Actor =>
        async (gate) => {
          const store = await processOn(files, gate);
          const directory = { isRunning: () => Promise.resolve(true) };
          const services = { store, definitions, table: new DeltaPredictionTable(store), directory };
          const input = { pipeline, asOf: '2001-03-20', version };
          starts.push(await openPromotion(services, { input, run: runOf(runId), stamp: stampOf(runId) }));
        };
      const check = async (): Promise<void> => {
        expect(starts.map(({ status }) => status).sort()).toEqual(['elsewhere', 'open']);
        const { promotions, openPromotion: open } = await stateOf(files);
        expect([...promotions.values()].filter(({ status }) => status === 'open')).toEqual([open]);
      };
      return { actors: [start('r1', '2'), start('r2', '3')], check };
    }, 50_000);
    expect(runs).toBeGreaterThan(20);
  }, 60_000);
});

describe('an approval that meets an abort', () => {
  const asked = new LedgerBuilder()
    .promote('p1', null, 'a')
    .append(registered('b'))
    .append(opened('p2', 'b'))
    .append(evaluated('p2', 'b', 'a', 1))
    .append(requested('p2'));
  const reportDigest = digest('report p2');
  const promotion = { ...promotionPlan, promotionId: 'p2' };
  const gates = { ...passingReport, reportDigest, reportUrl: null };

  it('changes the champion only where no abort was recorded before, in any interleaving', async () => {
    const base = filesOf(asked);
    base.set(`reports/${reportDigest}/report.json`, new TextEncoder().encode('report p2'));
    const outcomes = new Set<string>();
    await exploreInterleavings(() => {
      const files = new Map(base);
      const approve: Actor = async (gate) => {
        const store = await processOn(files, gate);
        const entry = entryOf(decided('p2', 'approve'), { recordId: 'approval', at: hour(20) });
        if ((await appendRecord(store, pipeline, entry)).status === 'refused') return;
        await applyPromotion(store, { promotion, gates, reason: 'good', stamp: stampOf('r1', 21) });
      };
      const abort: Actor = async (gate) => {
        const store = await processOn(files, gate);
        await appendRecord(store, pipeline, entryOf(decided('p2', 'abort'), { recordId: 'abort', at: hour(20) }));
      };
      const check = async (): Promise<void> => {
        const { records, state } = await readLedger(new MemoryStore(files), pipeline);
        const numberOf = (id: string) => records.find(({ record }) => record.recordId === id)?.record.number;
        const [changed, aborted] = [numberOf('champion/p2'), numberOf('abort')];
        // One of the two came through, and never both.
        expect((changed === undefined) !== (aborted === undefined)).toBe(true);
        expect(state.champion).toEqual(model(changed === undefined ? 'a' : 'b'));
        outcomes.add(changed === undefined ? 'aborted' : 'promoted');
      };
      return { actors: [approve, abort], check };
    }, 50_000);
    expect([...outcomes].sort()).toEqual(['aborted', 'promoted']);
  }, 60_000);
});

describe('an alias that somebody edits while it is projected', () => {
  /** A registry of one alias whose every request is a step. */
  function oneAlias(shared: { version: string | null }, gate: Gate) {
    return {
      getAlias: async () => {
        await gate('get alias');
        return shared.version === null ? null : { version: shared.version };
      },
      getVersion: async (_name: string, version: string) => {
        await gate('get version');
        return { version };
      },
      setAlias: async (_name: string, _alias: string, version: string) => {
        await gate('set alias');
        const previousVersion = shared.version;
        shared.version = version;
        return { previousVersion };
      },
    } as unknown as Registry;
  }

  it('ends on the champion, or with an alarm and as somebody left it; the ledger knows one champion throughout', async () => {
    const base = filesOf(new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b'));
    const definitions = new ChangeableDefinitions(flightsDefinition());
    const { digest: definitionDigest } = await definitions.load();
    const request = (runId: string) => ({ pipeline, definitionDigest, stamp: stampOf(runId) });
    const endings = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(11)), async (choices) => {
        const files = new Map(base);
        const shared: { version: string | null } = { version: '1' };
        const project =
          (runId: string): Actor =>
          async (gate) => {
            const store = await processOn(files, gate);
            const registry = oneAlias(shared, gate);
            const services = { store, definitions, registry, anchors: [], ...nothingAdopted };
            await createProjectionActivities(services).projectChampion(request(runId));
          };
        const edit: Actor = async (gate) => {
          await gate('edit');
          shared.version = '7';
        };
        const rollback: Actor = async (gate) => {
          const store = await processOn(files, gate);
          await appendRecord(store, pipeline, entryOf(rolledBack('r', 'b', 'a'), { recordId: 'r', at: hour(40) }));
          await project('r2')(gate);
        };
        await runInterleaved([project('r1'), edit, rollback], (count) => (choices.next().value ?? 0) % count);
        // The next run looks again.
        await runInterleaved([project('r3')], () => 0);
        const { champion, aliasAlarms } = await stateOf(files);
        expect(champion).toEqual(model('a'));
        if (shared.version === '7') expect(aliasAlarms.map(({ foundVersion }) => foundVersion)).toContain('7');
        else expect(shared.version).toBe('1');
        endings.add(shared.version === '7' ? 'alarm' : 'champion');
      }),
      { numRuns: 400 },
    );
    expect([...endings].sort()).toEqual(['alarm', 'champion']);
  }, 60_000);
});
