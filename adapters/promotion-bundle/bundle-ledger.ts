import { equal, hashOf, must, readBytes, type Bundle } from './bundle-files.js';

/** A record as far as it is read here; which fields an event has depends on its type. */
export interface LedgerRecord {
  readonly number: number;
  readonly pipeline: string;
  readonly previousHash: string | null;
  readonly at: string;
  readonly actor: { readonly name: string; readonly kind: string };
  readonly reason: string;
  readonly event: Event;
}

export interface Event {
  readonly type: string;
  readonly promotionId?: string;
  readonly decisionId?: string;
  readonly reportDigest?: string | null;
  readonly pages?: readonly { readonly path: string; readonly sha256: string }[];
  readonly approvalNumber?: number | null;
  readonly decision?: string;
  readonly accepted?: boolean;
  readonly by?: string;
  readonly identity?: string;
  readonly key?: string;
  readonly nonce?: string;
  readonly signature?: string;
  readonly receivedAt?: string;
  readonly quorum?: number;
  readonly deadlineAt?: string;
  readonly outcome?: string;
  readonly verdict?: string;
  readonly kind?: string;
  readonly phase?: string;
  readonly step?: number | null;
  readonly sharePercent?: number;
  readonly salt?: string;
  readonly grounds?: readonly string[];
  readonly challengerDigest?: string;
  readonly definitionDigest?: string;
  readonly challenger?: Model;
  readonly model?: Model;
  readonly to?: Model;
}

interface Model {
  readonly modelDigest: string;
  readonly registeredName: string;
  readonly version: string;
}

/** The ledger up to the end of the promotion, and its own part of it. */
export interface Told {
  readonly records: readonly LedgerRecord[];
  readonly about: readonly LedgerRecord[];
}

/** Each record names the hash of the one before, so the last hash vouches for all of them. */
export function verifyChain({ pipeline, head }: Bundle) {
  const records: LedgerRecord[] = [];
  let previous: string | null = null;
  for (let number = 1; number <= head.number; number += 1) {
    const path = `ledger/${pipeline}/${String(number).padStart(8, '0')}.json`;
    const text = readBytes(path).toString('utf8');
    must(text.endsWith('\n') && !text.slice(0, -1).includes('\n'), `${path} is not one line`);
    const record = JSON.parse(text) as LedgerRecord;
    equal(record.number, number, `number in ${path}`);
    equal(record.pipeline, pipeline, `pipeline in ${path}`);
    equal(record.previousHash, previous, `previousHash in ${path}`);
    previous = hashOf(text.slice(0, -1));
    records.push(record);
  }
  equal(previous, head.hash, `hash of record ${String(head.number)}`);
  return { says: `${String(head.number)} records are one unbroken chain`, value: records };
}

/** How the promotion began and ended, and what it did in between. Steps are in the order in which they were taken. */
export function partsOf({ about }: Told) {
  const of = (type: string) => about.filter(({ event }) => event.type === type);
  const [[opened], [closed], [change]] = [of('promotion-opened'), of('promotion-closed'), of('champion-changed')];
  must(opened !== undefined && closed !== undefined, 'the ledger does not open and close this promotion');
  const splits = of('split-changed');
  const steps = splits.filter(({ event }) => event.step !== null);
  const end = splits.findLast(({ event }) => event.step === null);
  return { opened, closed, change, steps, end, evaluations: of('gates-evaluated'), looks: of('rollout-analyzed') };
}

/** The accepted decisions of a kind. */
export function acceptedOf({ about }: Told, decision: string): readonly LedgerRecord[] {
  return about.filter(({ event }) => event.decision === decision && event.accepted === true);
}

export function modelOf({ event }: LedgerRecord): Model {
  must(event.challenger !== undefined, 'the promotion names no challenger');
  return event.challenger;
}
