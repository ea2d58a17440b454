import { emptyLedger } from '../../domain/ledger/state.js';
import type { TableCommit, TableFile } from '../../domain/published-table.js';
import type { FileDecision, RetentionFacts } from '../../domain/retention/collection-plan.js';
import { planCollection } from '../../domain/retention/plan-collection.js';
import type { StoredFile } from '../../domain/retention/stored-file.js';
import { dayMs, flightsDefinition } from './flights-definition.js';
import { pipeline } from './ledger.js';
import { info, tableFile } from './publications.js';

/** The clock of retention tests. */
export const now = '2002-01-01T00:00:00.000Z';

export function daysAgo(days: number): string {
  return new Date(Date.parse(now) - days * dayMs).toISOString();
}

/** A file of the store as old as the test says. */
export function stored(path: string, days: number): StoredFile {
  return { path, bytes: 100, modifiedAt: daysAgo(days) };
}

/** A commit of the predictions made so many days ago. */
export function committed(
  version: number,
  days: number,
  change: { readonly added?: readonly TableFile[]; readonly removed?: readonly TableFile[] } & Partial<
    Omit<TableCommit, 'added' | 'removed'>
  >,
): TableCommit {
  const { added = [], removed = [], ...overrides } = change;
  return {
    ...info,
    operation: 'publish',
    at: daysAgo(days),
    ledgerNumber: 0,
    ledgerHash: null,
    identity: `run ${String(version)}`,
    decisionEpoch: 1,
    windows: ['2001-03-05'],
    ...overrides,
    version,
    added,
    removed: removed.map(({ path }) => path),
  };
}

/** A publication whose path says which one it is. */
export function publication(name: string, overrides: Partial<TableFile> = {}): TableFile {
  return tableFile({ path: `window=2001-03-05/${name}.parquet`, ...overrides });
}

export const predictions = `predictions/${pipeline}`;

/** A pipeline with an empty ledger and nothing in its store. */
export function retentionFacts(overrides: Partial<RetentionFacts> = {}): RetentionFacts {
  return {
    pipeline,
    now,
    policy: flightsDefinition().retention,
    ledger: emptyLedger,
    tables: [
      { folder: predictions, commits: [] },
      { folder: `shadow-${predictions}`, commits: [] },
    ],
    modelsElsewhere: new Map(),
    manifested: new Map(),
    evidenceSnapshots: new Set(),
    shardFiles: new Set(),
    files: [],
    staged: [],
    ...overrides,
  };
}

/** What the plan says about one file, in a word: the rule that collects it, or why it stays. */
export function fateOf(facts: RetentionFacts, path: string): string {
  const decision = planCollection(facts).find((candidate) => candidate.path === path);
  if (decision === undefined) throw new Error(`${path} is not in the plan`);
  return decision.status === 'collect' ? decision.rule : decision.why;
}

/** The decision to collect a file. */
export function collecting(facts: RetentionFacts, path: string): Extract<FileDecision, { status: 'collect' }> {
  const decision = planCollection(facts).find((candidate) => candidate.path === path);
  if (decision?.status !== 'collect') throw new Error(`${path} is not collected`);
  return decision;
}
