import { z } from 'zod';
import type { GatesEvaluated } from '../../domain/ledger/promotion-events.js';
import { countHoldoutReuse, type Judgement } from '../../domain/ledger/holdout-reuse.js';
import type { ChainedRecord } from '../../domain/ledger/state.js';
import type { Window } from '../../domain/window.js';
import type { Store } from '../ports/store.js';

/** How often the days of these folds have been used to judge a challenger, this one included. Backtests do not count. */
export async function countReuse(
  store: Store,
  records: readonly ChainedRecord[],
  asked: { readonly challengerDigest: string; readonly folds: readonly Window[] },
): Promise<number> {
  const events = records.flatMap(({ record: { event } }) => (event.type === 'gates-evaluated' ? [event] : []));
  const judgements = await Promise.all(events.map((event) => judgementOf(store, event)));
  return countHoldoutReuse(asked.challengerDigest, asked.folds, judgements);
}

/** Records from before windows were kept in them: their report says which they were, as long as it is there. */
async function judgementOf(store: Store, event: GatesEvaluated): Promise<Judgement> {
  const { challengerDigest } = event;
  return { challengerDigest, windows: event.windows ?? (await windowsOfReport(store, event.reportDigest)) };
}

const reportSchema = z.looseObject({
  snapshots: z.array(z.looseObject({ window: z.object({ start: z.iso.datetime(), end: z.iso.datetime() }) })),
});

async function windowsOfReport(store: Store, digest: string): Promise<readonly Window[] | null> {
  const bytes = await store.read(`reports/${digest}/report.json`);
  const report = reportSchema.safeParse(bytes === null ? null : parseJson(bytes));
  return report.success ? report.data.snapshots.map(({ window }) => window) : null;
}

/** Null for what is no JSON: a torn report says nothing about its days. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}
