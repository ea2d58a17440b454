import { beforeEach, describe, expect, it } from 'vitest';
import { requireOwnName } from '../../../activities/training/registered-name.js';
import { LedgerBuilder, pipeline, registered } from '../../support/ledger.js';
import { MemoryStore } from '../../support/memory-store.js';

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
  // All versions of this ledger are of the registered model that is called like its pipeline.
  new LedgerBuilder().append(registered('a')).writeTo(store);
});

describe('the registered model of a pipeline', () => {
  it('is refused to another one', async () => {
    const trains = { name: 'trains', registeredName: pipeline };
    await expect(requireOwnName(store, trains)).rejects.toMatchObject({
      type: 'INVALID_DEFINITION',
      problems: [
        {
          field: 'registeredName of trains',
          found: '"flights", the registered model of flights',
          expected: 'a name of its own, such as "trains", which it is where the field is left out',
        },
      ],
    });
  });

  it('is its own, and a name that nobody has is free', async () => {
    await expect(requireOwnName(store, { name: pipeline, registeredName: pipeline })).resolves.toBeUndefined();
    await expect(requireOwnName(store, { name: 'trains', registeredName: 'trains' })).resolves.toBeUndefined();
  });

  it('is not found out from a ledger that cannot be read, which stops nobody else', async () => {
    store.files.set('ledger/torn/00000001.json', Buffer.from('torn'));
    await expect(requireOwnName(store, { name: 'trains', registeredName: 'trains' })).resolves.toBeUndefined();
  });
});
