import { afterEach, describe, expect, it } from 'vitest';
import type { AnchorPlace } from '../../../activities/ports/anchor-place.js';
import { createProjectionActivities, type Projection } from '../../../activities/promotion/projection-activities.js';
import { ActivityWorld, stampOf } from '../../support/activity-world.js';
import { MemoryAnchors } from '../../support/anchors.js';
import { day, LedgerBuilder, model, rolledBack } from '../../support/ledger.js';
import { OneAlias } from '../../support/one-alias.js';

let world: ActivityWorld;
afterEach(() => world.remove());

let alias: OneAlias;
let anchors: AnchorPlace[] = [];

async function open(ledger: LedgerBuilder): Promise<void> {
  world = await ActivityWorld.create(ledger);
  alias = new OneAlias();
  anchors = [];
}

async function project(): Promise<Projection> {
  const { digest } = await world.definitions.load();
  const activities = createProjectionActivities({ ...world.services, ...alias.services, anchors });
  return activities.projectChampion({ pipeline: 'flights', definitionDigest: digest, stamp: stampOf('r1') });
}

describe('the alias', () => {
  it('is set to the ledger’s champion, read back and recorded, once', async () => {
    await open(new LedgerBuilder().promote('p1', null, 'a'));
    expect(await project()).toEqual({ status: 'projected', summary: 'champion moved to version 1' });
    expect(await world.state()).toMatchObject({ pendingProjection: null, lastProjection: { model: model('a') } });
    const records = (await world.records()).length;
    expect(await project()).toMatchObject({ status: 'in-step' });
    expect((await world.records()).length).toBe(records);
    expect(alias.sets).toEqual(['1']);
  });

  it('is left alone while there is no champion', async () => {
    await open(new LedgerBuilder());
    expect(await project()).toEqual({ status: 'none', summary: 'there is no champion yet' });
    expect(alias.sets).toEqual([]);
  });

  it('that was set without a record, because the worker died, gets its record', async () => {
    await open(new LedgerBuilder().promote('p1', null, 'a'));
    alias.version = '1';
    expect((await project()).status).toBe('in-step');
    expect((await world.state()).pendingProjection).toBeNull();
    expect(alias.sets).toEqual([]);
  });

  it('catches up over changes whose projection was never recorded', async () => {
    await open(
      new LedgerBuilder()
        .promote('p1', null, 'a')
        .promote('p2', 'a', 'b')
        .append(rolledBack('r', 'b', 'a')),
    );
    alias.version = '2';
    expect((await project()).status).toBe('projected');
    expect(alias.version).toBe('1');
  });

  it('follows a champion that changes once more while it is set', async () => {
    await open(new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b'));
    alias.version = '1';
    alias.afterSet = () => world.append(rolledBack('r', 'b', 'a'));
    expect(await project()).toEqual({ status: 'projected', summary: 'champion moved to version 1' });
    expect(alias.version).toBe('1');
    const state = await world.state();
    expect(state.lastProjection?.model).toEqual(model('a'));
    expect(state.pendingProjection).toBeNull();
  });
});

describe('the newest correction file', () => {
  const file = { path: 'corrections/flights/x.parquet', sha256: 'c'.repeat(64), bytes: 9 };
  const noted = {
    'gauntlet.corrections': file.path,
    'gauntlet.corrections_sha256': file.sha256,
    'gauntlet.corrections_of': 'r',
  };

  /** Version 2 was rolled back, and what it had served was replaced. */
  async function openReplaced(correctionFile: typeof file | null): Promise<void> {
    const ledger = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');
    await open(ledger.append(rolledBack('r', 'b', 'a')));
    const counts = { tableVersion: 1, windows: [day], rowsReplaced: 10, decisionsChanged: 2 };
    await world.append({ type: 'predictions-replaced', rollbackId: 'r', ...counts, correctionFile });
    alias.version = '2';
  }

  it('is named on the version that serves instead, once', async () => {
    await openReplaced(file);
    expect((await project()).status).toBe('projected');
    expect(alias.tags).toEqual(noted);
    expect((await project()).status).toBe('in-step');
    expect(alias.tagged).toEqual(['1']);
  });

  it('never keeps the alias from following, and is named by the next look', async () => {
    await openReplaced(file);
    alias.refusesTags = true;
    expect(await project()).toEqual({ status: 'projected', summary: 'champion moved to version 1' });
    expect(alias.tags).toEqual({});
    alias.refusesTags = false;
    await project();
    expect(alias.tags).toEqual(noted);
  });

  it('is named whole where a look died in the middle of its tags', async () => {
    await openReplaced(file);
    alias.tags = { 'gauntlet.corrections_sha256': file.sha256 };
    await project();
    expect(alias.tags).toEqual(noted);
  });

  it('is not looked for where nothing was replaced, or nobody was served by what was', async () => {
    await openReplaced(null);
    await project();
    expect(alias.tagged).toEqual([]);
  });
});

describe('a ledger that an anchor contradicts', () => {
  it('moves no alias, and the alarm says which record', async () => {
    await open(new LedgerBuilder().promote('p1', null, 'a'));
    const place = new MemoryAnchors();
    anchors = [place];
    place.written.push({ pipeline: 'flights', number: 9, hash: 'a'.repeat(64) });
    const projection = await project();
    expect(projection.status).toBe('alarm');
    expect(projection.summary).toMatch(
      /^ALARM: the ledger of flights was cut or rewritten behind an anchor \(record 9, /,
    );
    expect(alias.sets).toEqual([]);
  });
});

describe('an alias that somebody else moved', () => {
  it.each(['4', null])('to %s raises an alarm, once, and is never overwritten', async (version) => {
    await open(new LedgerBuilder().promote('p1', null, 'a'));
    await project();
    alias.version = version;
    const found = version ?? 'none';
    expect(await project()).toEqual({
      status: 'alarm',
      summary: `ALARM: the alias champion is ${found}, the ledger says 1; it was left alone`,
    });
    await project();
    expect(alias.version).toBe(version);
    expect((await world.state()).aliasAlarms).toEqual([
      expect.objectContaining({ expectedVersion: '1', foundVersion: version }),
    ]);
  });
});
