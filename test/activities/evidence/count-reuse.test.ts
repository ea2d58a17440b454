import { describe, expect, it } from 'vitest';
import { countReuse } from '../../../activities/evidence/count-reuse.js';
import { day, digest, evaluated, LedgerBuilder, model, opened, registered } from '../../support/ledger.js';
import { MemoryStore } from '../../support/memory-store.js';

const asked = { challengerDigest: model('c').modelDigest, folds: [day] };

/** `a` is champion by a record without windows, and `b` was judged on the day, which its record says. */
const ledger = () =>
  new LedgerBuilder()
    .promote('p1', null, 'a')
    .append(registered('b'))
    .append(opened('p2', 'b'))
    .append(evaluated('p2', 'b', 'a', 1, { windows: [day] }));

function storeWith(report: string | null): MemoryStore {
  const store = new MemoryStore();
  if (report !== null) store.files.set(`reports/${digest('report p1')}/report.json`, new TextEncoder().encode(report));
  return store;
}

describe('the use of a holdout', () => {
  it('counts challengers by the windows of their records', async () => {
    expect(await countReuse(storeWith(null), ledger().records, asked)).toBe(2);
  });

  it('takes the windows of an older record from its report', async () => {
    const report = { snapshots: [{ fold: 0, window: day, challengerDigest: 'x' }] };
    expect(await countReuse(storeWith(JSON.stringify(report)), ledger().records, asked)).toBe(3);
  });

  it.each(['{"snapshots":[{"fold":0}]}', '{}', '{"snap'])(
    'leaves out a record whose report does not say: %s',
    async (text) => {
      expect(await countReuse(storeWith(text), ledger().records, asked)).toBe(2);
    },
  );
});
