import { sealRecord } from '../../contracts/ledger-record.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';
import { evolve } from '../../domain/ledger/evolve.js';
import type { LedgerHead } from '../../domain/ledger/record.js';
import { splitOfEpoch } from '../../domain/ledger/questions.js';
import type { ChainedRecord, LedgerState } from '../../domain/ledger/state.js';
import { decidePublication } from '../../domain/publication.js';
import {
  emptyTable,
  evolveTable,
  type CommitInfo,
  type TableCommit,
  type TableFile,
} from '../../domain/published-table.js';
import { findReversal, planReplacement } from '../../domain/rollback.js';
import { digest, entryOf, hour, pipeline } from './ledger.js';

/** Somebody who works on the shared ledger and table; every `yield` is a moment at which others may come in between. */
export type Player = Generator<void, void, void>;

/** A ledger and a table that several write to, with the one primitive that both have: create this number if nobody has. */
export class TableRace {
  readonly records: ChainedRecord[];
  readonly commits: TableCommit[] = [];
  ledger: LedgerState;
  table = emptyTable;

  constructor(records: readonly ChainedRecord[], ledger: LedgerState) {
    this.records = [...records];
    this.ledger = ledger;
  }

  /** Appends a record; the ledger's own races are not what is played here. */
  append(event: LedgerEvent): void {
    const sealed = seal(this.ledger.head, event);
    this.records.push(sealed);
    this.ledger = evolve(this.ledger, sealed);
  }

  /** Pins what the ledger says now, and publishes a window: the table is read first, the ledger after it. */
  *publish(name: string, window: string): Player {
    const pinned = this.ledger;
    const { decisionEpoch, champion, head } = pinned;
    if (champion === null) return;
    const split = splitOfEpoch(pinned, decisionEpoch);
    const models = split === null ? [champion] : [champion, split.challenger];
    const runIdentity = nameOf(`${name} ${String(decisionEpoch)}`);
    const facts = { window, runIdentity, decisionEpoch };
    const add = models.map(({ modelDigest }) => fileOf({ ...facts, modelDigest }));
    const served = split?.challenger ?? champion;
    yield;
    for (;;) {
      const { table } = this;
      yield;
      const request = { ...facts, championDigest: champion.modelDigest, servedDigest: served.modelDigest };
      const decision = decidePublication({ request, table, ledger: this.ledger });
      yield;
      if (decision.status !== 'publish') return;
      const info = infoOf('publish', runIdentity, decisionEpoch, head, [window]);
      if (this.#commit(decision.version, { info, add, remove: decision.remove })) return;
    }
  }

  /** Takes a model back: its record first, then everything that it serves, in one commit that is always made. */
  *reverse(id: string, event: (ledger: LedgerState) => LedgerEvent | null): Player {
    const made = event(this.ledger);
    if (made === null) return;
    this.append(made);
    yield;
    for (;;) {
      const { table } = this;
      yield;
      const { ledger } = this;
      const reversal = findReversal(ledger, id);
      if (reversal === null) throw new Error(`the ledger has no reversal ${id}`);
      const plan = planReplacement({ reversal, table, ledger });
      yield;
      const add = plan.map(({ window, served }) =>
        fileOf({
          window,
          rows: served.reduce((sum, { rows }) => sum + rows, 0),
          runIdentity: nameOf(`${id} ${window}`),
          modelDigest: reversal.model.modelDigest,
          decisionEpoch: reversal.epoch,
        }),
      );
      const head = { number: reversal.recordNumber, hash: this.records[reversal.recordNumber - 1]?.hash ?? null };
      const info = infoOf(
        'rollback',
        id,
        reversal.epoch,
        head,
        plan.map(({ window }) => window),
      );
      const remove = plan.flatMap(({ served }) => served);
      if (this.#commit(table.version + 1, { info, add, remove })) return;
    }
  }

  #commit(
    version: number,
    change: { readonly info: CommitInfo; readonly add: readonly TableFile[]; readonly remove: readonly TableFile[] },
  ): boolean {
    if (version !== this.table.version + 1) return false;
    const removed = change.remove.map(({ path }) => path);
    const commit: TableCommit = { ...change.info, version, added: change.add, removed };
    this.commits.push(commit);
    this.table = evolveTable(this.table, commit);
    return true;
  }
}

/** Lets players move one step at a time; `choices` says who is next among those who have not ended. */
export function playAll(players: readonly Player[], choices: readonly number[]): void {
  const left = [...players];
  for (let turn = 0; left.length > 0; turn++) {
    const index = (choices[turn % choices.length] ?? 0) % left.length;
    if (left[index]?.next().done === true) left.splice(index, 1);
  }
}

/** What was worked out once need not be worked out again for each of a hundred thousand races. */
function remembered<Args extends readonly unknown[], Result>(
  work: (...args: Args) => Result,
): (...args: Args) => Result {
  const known = new Map<string, Result>();
  return (...args) => {
    const key = JSON.stringify(args);
    const found = known.get(key);
    if (found !== undefined) return found;
    const result = work(...args);
    known.set(key, result);
    return result;
  };
}

const publishedAt = hour(50);

const nameOf = remembered(digest);

const seal = remembered((head: LedgerHead, event: LedgerEvent): ChainedRecord => {
  const entry = entryOf(event, { recordId: `record ${String(head.number)}`, at: hour(40) });
  const { record, hash } = sealRecord(pipeline, head, entry);
  return { record, hash };
});

type FileFacts = Pick<TableFile, 'window' | 'runIdentity' | 'modelDigest' | 'decisionEpoch'> & {
  readonly rows?: number;
};

/** A file as a scoring step would have adopted it. */
function fileOf(facts: FileFacts): TableFile {
  const { window, runIdentity, modelDigest } = facts;
  const path = `window=${window}/${runIdentity.slice(0, 8)}-${modelDigest.slice(0, 8)}.parquet`;
  const snapshotDigest = nameOf('snapshot');
  return { path, sha256: nameOf(path), bytes: 100, rows: 10, windowEnd: `${window}T24`, snapshotDigest, ...facts };
}

function infoOf(
  operation: 'publish' | 'rollback',
  identity: string,
  decisionEpoch: number,
  head: { readonly number: number; readonly hash: string | null },
  windows: readonly string[],
): CommitInfo {
  return {
    operation,
    at: publishedAt,
    ledgerNumber: head.number,
    ledgerHash: head.hash,
    workflowId: 'w',
    workflowRunId: 'r',
    reason: 'a test',
    identity,
    decisionEpoch,
    windows,
  };
}
