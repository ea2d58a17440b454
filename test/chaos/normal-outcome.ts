import { readLedgerAfresh } from '../../activities/ledger/read-ledger.js';
import { DeltaPredictionTable } from '../../adapters/delta/delta-prediction-table.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';
import type { Store } from '../../activities/ports/store.js';
import { storeFileOf } from '../../activities/publication/table-file.js';
import { runSql } from '../support/parquet.js';

/** What a life came to, without what may differ between two equal ones: names, times, run ids. */
export interface NormalOutcome {
  /** Events of the ledger in order, with digests numbered by first appearance. */
  readonly ledger: readonly string[];
  /** Live rows by window and table: how many, and a hash over keys, scores, decisions and cohorts. */
  readonly rows: readonly string[];
}

/** Reads what lies in a store, as nothing but its files say it. */
export async function normalOutcome(store: Store, pipeline: string): Promise<NormalOutcome> {
  const { records } = await readLedgerAfresh(store, pipeline);
  const shown = records.map(({ record }) => shownEvent(record.event));
  const table = new DeltaPredictionTable(store);
  const rows: string[] = [];
  for (const name of ['predictions', 'shadow-predictions'] as const) {
    const { files, windows } = await table.load(pipeline, name);
    const folder = table.folder(pipeline, name);
    for (const [window, { rows: count }] of [...windows].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const live = files.filter((file) => file.window === window);
      const paths = await Promise.all(live.map((file) => store.localPath(storeFileOf(folder, file))));
      rows.push(`${name} ${window}: ${String(count)} rows ${await hashOfRows(paths)}`);
    }
  }
  return { ledger: numberDigests(shown, pipeline), rows };
}

/** What retention finds to take away hangs on what killed attempts have left behind. */
function shownEvent(event: LedgerEvent): string {
  return JSON.stringify(event.type === 'collected' ? { type: event.type } : withoutTimes(event));
}

/** What differs between two equal lives; the size of a compressed file depends on the digests in it. */
const differingFields = new Set(
  'at receivedAt deadlineAt validUntil registryRunId rollbackId decisionId salt bytes nonce signature principal recoveryMs correctionsMs'.split(
    ' ',
  ),
);

function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([field]) => !differingFields.has(field));
  return Object.fromEntries(fields.map(([field, inner]) => [field, withoutTimes(inner)]));
}

/** Digests cover names, which differ; that two of them are equal does not. */
function numberDigests(lines: readonly string[], pipeline: string): readonly string[] {
  const numbers = new Map<string, number>();
  const numberOf = (digest: string): string => {
    if (!numbers.has(digest)) numbers.set(digest, numbers.size + 1);
    return `#${String(numbers.get(digest))}`;
  };
  return lines.map((line) =>
    line
      .replaceAll(pipeline, 'PIPELINE')
      // Before the digests: the last part of a run's id looks like the beginning of one.
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'RUN')
      .replaceAll(/\b[0-9a-f]{64}\b|(?<![.\d])\b(?=\d*[a-f])[0-9a-f]{12}\b/g, numberOf),
  );
}

async function hashOfRows(paths: readonly string[]): Promise<string> {
  if (paths.length === 0) return 'none';
  const list = paths.map((file) => `'${file}'`).join(', ');
  const [row] = await runSql(
    `SELECT md5(string_agg(row_key || score || decision || cohort || model_digest, ',' ORDER BY row_key, model_digest)) AS hash
     FROM read_parquet([${list}], hive_partitioning = false)`,
  );
  return String(row?.['hash']);
}
