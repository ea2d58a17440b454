import { digestOf, sha256Hex } from '../../contracts/digest.js';
import type { CollectedFile } from '../../domain/ledger/collection-events.js';
import { isRecordedRule } from '../../domain/retention/collection-plan.js';
import type { CollectDecision } from '../../domain/retention/collection-summary.js';
import { appendFact, type Fact } from '../append-fact.js';
import type { Store } from '../ports/store.js';

/** A record stays small enough to be read by a person. */
const filesPerRecord = 500;

/** Who collects, and why. */
export interface CollectionStamp {
  readonly stamp: Fact['stamp'];
  readonly reason: string;
}

/** Names in the ledger what is about to be removed, before any of it is; what a record names already is not named again. */
export async function recordCollected(
  store: Store,
  pipeline: string,
  decisions: readonly CollectDecision[],
  { stamp, reason }: CollectionStamp,
): Promise<readonly number[]> {
  const files: CollectedFile[] = [];
  for (const { path, bytes, rule, sha256, recordNumber } of decisions) {
    if (!isRecordedRule(rule) || recordNumber !== null) continue;
    const found = sha256 ?? (await hashStored(store, path));
    if (found !== null) files.push({ path, bytes, rule, sha256: found });
  }
  const numbers: number[] = [];
  for (let first = 0; first < files.length; first += filesPerRecord) {
    const event = { type: 'collected', files: files.slice(first, first + filesPerRecord) } as const;
    const recordId = `collected/${digestOf({ at: stamp.at, files: event.files })}`;
    const { record } = await appendFact(store, { pipeline, recordId, reason, event, stamp });
    numbers.push(record.number);
  }
  return numbers;
}

/** No log says the hash of a file that nobody committed. Null when somebody else has removed it meanwhile. */
async function hashStored(store: Store, path: string): Promise<string | null> {
  const bytes = await store.read(path);
  return bytes === null ? null : sha256Hex(bytes);
}
