import type { Problem } from '../failure-types.js';
import type { ChainedRecord } from './state.js';

/**
 * The head of a ledger as it was written down outside the store. The hash of a record vouches for every record before
 * it, so whoever cuts or rewrites the ledger behind an anchor is found, as long as the anchor itself is out of reach.
 */
export interface LedgerAnchor {
  readonly pipeline: string;
  readonly number: number;
  readonly hash: string;
}

/** An anchor as one line of text, such as `flights 42 8f3a…`. */
export function formatAnchor({ pipeline, number, hash }: LedgerAnchor): string {
  return `${pipeline} ${String(number)} ${hash}`;
}

/** Reads such a line; null for any other text. */
export function parseAnchor(text: string): LedgerAnchor | null {
  const [, pipeline, number, hash] = /^([a-z][a-z0-9-]*) ([1-9]\d*) ([0-9a-f]{64})$/.exec(text) ?? [];
  if (pipeline === undefined || number === undefined || hash === undefined) return null;
  return { pipeline, number: Number(number), hash };
}

/** What is wrong where a ledger does not have the record that an anchor names, with the hash that it names. */
export function findAnchorProblems(
  records: readonly ChainedRecord[],
  anchor: LedgerAnchor,
  place: string,
): readonly Problem[] {
  const hash = records[anchor.number - 1]?.hash;
  if (hash === anchor.hash) return [];
  const end = `nothing that can be trusted: the ledger ends with record ${String(records.length)}`;
  const field = `record ${String(anchor.number)}, anchored in ${place}`;
  return [{ field, found: hash === undefined ? end : `hash ${hash}`, expected: `hash ${anchor.hash}` }];
}
