import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isThere } from '../../../activities/retention/collected-files.js';
import { openStore, type OpenedStore } from '../../../adapters/store/open-store.js';
import { canonicalJson, sha256Hex } from '../../../contracts/digest.js';
import { ledgerRecordPath, sealRecord } from '../../../contracts/ledger-record.js';
import type { LedgerHead } from '../../../domain/ledger/record.js';
import { collectHere, daysLater } from '../../support/collections.js';
import { dayMs, flightsDefinition } from '../../support/flights-definition.js';
import { LedgerBuilder, model, pipeline, registered } from '../../support/ledger.js';

const policy = { ...flightsDefinition().retention, modelsAfterMs: 100 * dayMs };

let store: OpenedStore;
beforeEach(async () => {
  store = await openStore(await mkdtemp(path.join(os.tmpdir(), 'gauntlet-models-')));
});
afterEach(() => rm(store.root, { recursive: true, force: true }));

const modelFile = (letter: string): string => `models/${model(letter).modelDigest}/model.onnx`;

async function addModel(letter: string): Promise<void> {
  await store.createIfAbsent(modelFile(letter), letter);
  const files = [{ name: 'model.onnx', sha256: sha256Hex(letter), bytes: 1 }];
  await store.createIfAbsent(`models/${model(letter).modelDigest}/manifest.json`, canonicalJson({ files }));
}

/** Gives a pipeline the events of a ledger. */
async function addLedger(owner: string, { records }: LedgerBuilder): Promise<void> {
  let head: LedgerHead = { number: 0, hash: null };
  for (const { record } of records) {
    const sealed = sealRecord(owner, head, record);
    await store.createIfAbsent(ledgerRecordPath(owner, record.number), sealed.bytes);
    head = { number: record.number, hash: sealed.hash };
  }
}

/** Champions, one after the other. */
function championsWere(...letters: readonly string[]): LedgerBuilder {
  const ledger = new LedgerBuilder();
  letters.forEach((letter, index) => ledger.promote(`p${String(index)}`, letters[index - 1] ?? null, letter));
  return ledger;
}

describe('a model that two pipelines made', () => {
  it('is kept for the one that still has it, and goes where only one ever knew it', async () => {
    await addLedger(pipeline, championsWere('d', 'a', 'b', 'c'));
    await addLedger('trains', new LedgerBuilder().append(registered('a')));
    for (const letter of ['a', 'b', 'c', 'd']) await addModel(letter);
    const collected = await collectHere(store, { policy, now: daysLater(365) });
    expect(collected.files.map(({ path: file }) => file)).toEqual([modelFile('d')]);
    expect(await isThere(store, modelFile('d'))).toBe(false);
    expect(await isThere(store, modelFile('a'))).toBe(true);
    expect(collected.reasons.map(({ name }) => name)).toContain(
      'shared with pipeline trains, which registered the same model',
    );
  });

  it('is kept while the ledger of the other one cannot be read', async () => {
    await addLedger(pipeline, championsWere('a', 'b', 'c'));
    await addModel('a');
    await store.createIfAbsent(ledgerRecordPath('trains', 1), 'torn');
    await expect(collectHere(store, { policy, now: daysLater(365) })).rejects.toMatchObject({ type: 'LEDGER_CORRUPT' });
    expect(await isThere(store, modelFile('a'))).toBe(true);
  });
});
