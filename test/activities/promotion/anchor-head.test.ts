import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { anchorHead } from '../../../activities/promotion/anchor-head.js';
import { readLedger } from '../../../activities/ledger/read-ledger.js';
import { canonicalJson } from '../../../contracts/digest.js';
import { ledgerRecordPath } from '../../../contracts/ledger-record.js';
import { openStore } from '../../../adapters/store/open-store.js';
import type { CrashPoint } from '../../../activities/crash-point.js';
import { withCrashPoints } from '../../../activities/effect-ports.js';
import { ActivityWorld } from '../../support/activity-world.js';
import { MemoryAnchors } from '../../support/anchors.js';
import { hour, LedgerBuilder, pipeline, registered, rolledBack } from '../../support/ledger.js';

const of = { pipeline, registeredName: 'flights' };
let world: ActivityWorld;
let place: MemoryAnchors;

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await world.remove();
});

async function open(ledger: LedgerBuilder): Promise<void> {
  world = await ActivityWorld.create(ledger);
  place = new MemoryAnchors();
}

const anchor = () => anchorHead({ store: world.store, anchors: [place] }, of, hour(50));

describe('the head of a ledger', () => {
  it('is written down after each change of champion, once, with its number and hash', async () => {
    const ledger = new LedgerBuilder().promote('p1', null, 'a');
    await open(ledger);
    expect(await anchor()).toEqual([]);
    expect(await anchor()).toEqual([]);
    expect(place.written).toEqual([{ pipeline, number: ledger.state.head.number, hash: ledger.state.head.hash }]);
    await world.append(registered('b'));
    await anchor();
    expect(place.written).toHaveLength(1);
  });

  it('is written down again after a rollback', async () => {
    await open(new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b'));
    await anchor();
    await world.append(rolledBack('r', 'b', 'a'));
    await anchor();
    expect(place.written.map(({ number }) => number)).toEqual([14, 15]);
  });

  it('is not written down before there is a champion', async () => {
    await open(new LedgerBuilder().append(registered('a')));
    expect(await anchor()).toEqual([]);
    expect(place.written).toEqual([]);
  });

  it.each<CrashPoint>(['before-anchor', 'after-anchor'])('is there once after a death %s', async (point) => {
    await open(new LedgerBuilder().promote('p1', null, 'a'));
    vi.stubEnv('GAUNTLET_CRASH_AT', point);
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw new Error('killed');
    });
    const anchors = [withCrashPoints.anchor(place)];
    await expect(anchorHead({ store: world.store, anchors }, of, hour(50))).rejects.toThrow('killed');
    vi.unstubAllEnvs();
    expect(await anchor()).toEqual([]);
    expect(place.written).toHaveLength(1);
  });
});

describe('an anchor that the ledger contradicts', () => {
  it('is named and never written over: a ledger that was cut', async () => {
    await open(new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b'));
    await anchor();
    for (let number = 8; number <= 14; number += 1) {
      await rm(path.join(world.store.root, ledgerRecordPath(pipeline, number)));
    }
    const store = await openStore(world.store.root);
    const problems = await anchorHead({ store, anchors: [place] }, of, hour(51));
    expect(problems).toMatchObject([
      {
        field: 'record 14, anchored in memory',
        found: 'nothing that can be trusted: the ledger ends with record 7',
      },
    ]);
    expect(place.written).toHaveLength(1);
  });

  it('is found by a process that read the ledger before it was rewritten', async () => {
    const ledger = new LedgerBuilder().promote('p1', null, 'a');
    await open(ledger);
    await anchor();
    const forged = new LedgerBuilder().promote('p1', null, 'c').promote('p2', 'c', 'b');
    for (const { record } of forged.records) {
      const file = path.join(world.store.root, ledgerRecordPath(pipeline, record.number));
      await rm(file, { force: true });
      await writeFile(file, `${canonicalJson(record)}\n`);
    }
    const known = await readLedger(world.store, pipeline).catch(() => null);
    expect(known).toBeNull();
    await expect(anchor()).rejects.toMatchObject({ type: 'LEDGER_CORRUPT' });
    const problems = await anchorHead({ store: await openStore(world.store.root), anchors: [place] }, of, hour(51));
    expect(problems).toMatchObject([{ field: 'record 7, anchored in memory' }]);
  });
});
