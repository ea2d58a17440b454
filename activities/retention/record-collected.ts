import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { digestOf } from '../../contracts/digest.js';
import type { CollectedFile } from '../../domain/ledger/events.js';
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
    files.push({ path, bytes, rule, sha256: sha256 ?? (await hashStored(store, path)) });
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

async function hashStored(store: Store, path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(await store.localPath(path)) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}
