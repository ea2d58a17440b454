import type { Recorded, LedgerState } from '../domain/ledger/state.js';
import type { RetrainDecided, WindowHeld, WindowMonitored } from '../domain/ledger/events.js';
import { decideAlias } from '../domain/ledger/questions.js';
import type { ChainedRecord } from '../domain/ledger/state.js';
import type { PipelineDefinition } from '../domain/pipeline-definition.js';
import type { ModelRef } from '../domain/model-ref.js';
import type { TableCommit, TableState } from '../domain/published-table.js';
import { windowPartition } from '../activities/window-partition.js';
import { listChampionChanges, modelNames, type ChampionChange } from './champion-history.js';
import { describePromotion, type PromotionStanding } from './promotion-standing.js';

/** What the registry said about the alias, or that it was away. */
export type AliasReading =
  | { readonly status: 'read'; readonly version: string | null }
  | { readonly status: 'away'; readonly why: string }
  | { readonly status: 'not-asked' };

/** How the alias stands; `pending` and `unknown` cure themselves, `alarm` needs a person. */
export interface AliasStatus {
  readonly standing: 'none' | 'in-step' | 'pending' | 'alarm' | 'unknown';
  readonly sentence: string;
}

export interface PublishedStatus {
  readonly tableVersion: number;
  readonly windows: number;
  readonly rows: number;
  /** Newest first. */
  readonly latest: readonly {
    readonly window: string;
    readonly rows: number;
    readonly models: readonly string[];
    readonly decisionEpoch: number;
    readonly version: number;
    readonly operation: TableCommit['operation'];
    readonly at: string;
  }[];
}

/** Where a pipeline stands, from the store alone; only `alias` may know more. */
export interface PipelineStatus {
  readonly pipeline: string;
  readonly records: number;
  readonly decisionEpoch: number;
  readonly champion: ChampionChange | null;
  readonly previousChampion: ModelRef | null;
  readonly promotion: PromotionStanding | null;
  readonly alias: AliasStatus;
  readonly published: PublishedStatus;
  /** Held and not published since, newest first. */
  readonly heldWindows: readonly Recorded<WindowHeld>[];
  /** The newest verdict of each window, newest window first. */
  readonly monitoring: readonly Recorded<WindowMonitored>[];
  readonly lastRetrainDecision: Recorded<RetrainDecided> | null;
}

export interface StatusFacts {
  readonly pipeline: string;
  readonly records: readonly ChainedRecord[];
  readonly state: LedgerState;
  readonly table: TableState;
  readonly commits: readonly TableCommit[];
  readonly alias: AliasReading;
  /** What the rollout and the watch of the open promotion go by; null when it cannot be read. */
  readonly plan: Pick<PipelineDefinition, 'rollout' | 'watch'> | null;
  /** How many windows and verdicts are listed. */
  readonly limit: number;
}

export function composeStatus(facts: StatusFacts): PipelineStatus {
  const { pipeline, records, state, table, limit } = facts;
  return {
    pipeline,
    records: state.head.number,
    decisionEpoch: state.decisionEpoch,
    champion: listChampionChanges(records, state).at(-1) ?? null,
    previousChampion: state.previousChampion,
    promotion: state.openPromotion === null ? null : describePromotion(facts, state.openPromotion),
    alias: describeAlias(state, facts.alias),
    published: describePublished(facts),
    heldWindows: stillHeld(state, table).slice(0, limit),
    monitoring: latestVerdicts(state).slice(0, limit),
    lastRetrainDecision: state.retrainDecisions.at(-1) ?? null,
  };
}

function describeAlias(state: LedgerState, reading: AliasReading): AliasStatus {
  if (state.champion === null) return { standing: 'none', sentence: 'there is no champion, so there is no alias' };
  if (reading.status !== 'read') return aliasUnseen(state, reading.status === 'away' ? reading.why : null);
  const standing = decideAlias({ state, found: reading.version });
  const found = reading.version === null ? 'not set' : `v${reading.version}`;
  switch (standing.status) {
    case 'no-champion':
      return { standing: 'none', sentence: 'there is no champion, so there is no alias' };
    case 'in-step':
      return { standing: 'in-step', sentence: `champion is ${found}, as the ledger says` };
    case 'pending':
      return {
        standing: 'pending',
        sentence: `champion is ${found} and will be set to v${standing.target.version}: the ledger moved on`,
      };
    case 'moved-elsewhere':
      return {
        standing: 'alarm',
        sentence: `ALARM: champion is ${found}, the ledger says v${standing.expected.version}. Somebody else moved it; Gauntlet leaves it alone.`,
      };
  }
}

/** Without the registry the ledger still knows what it set last. */
function aliasUnseen(state: LedgerState, why: string | null): AliasStatus {
  const unseen = why === null ? 'the registry was not asked' : `the registry is away (${why})`;
  const last = state.lastProjection === null ? 'never set' : `last set to v${state.lastProjection.model.version}`;
  const pending = state.pendingProjection;
  if (pending !== null) {
    return { standing: 'pending', sentence: `${last}, to be set to v${pending.model.version}; ${unseen}` };
  }
  return { standing: 'unknown', sentence: `${last}, as the ledger says; ${unseen}` };
}

function describePublished({ state, table, commits, limit }: StatusFacts): PublishedStatus {
  const nameOf = modelNames(state);
  const windows = [...table.windows.values()].sort((a, b) => (a.window < b.window ? 1 : -1));
  return {
    tableVersion: table.version,
    windows: windows.length,
    rows: table.files.reduce((sum, file) => sum + file.rows, 0),
    latest: windows.slice(0, limit).map(({ window, rows, decisionEpoch, version }) => {
      const commit = commits[version];
      const digests = table.files.filter((file) => file.window === window).map(({ modelDigest }) => modelDigest);
      return {
        window,
        rows,
        models: [...new Set(digests)].map(nameOf),
        decisionEpoch,
        version,
        operation: commit?.operation ?? 'publish',
        at: commit?.at ?? '',
      };
    }),
  };
}

function stillHeld(state: LedgerState, table: TableState): readonly Recorded<WindowHeld>[] {
  const newest = new Map(state.heldWindows.map((held) => [held.window.start, held]));
  return [...newest.values()]
    .filter(({ window }) => !table.windows.has(windowPartition(window)))
    .sort((a, b) => (a.window.start < b.window.start ? 1 : -1));
}

function latestVerdicts(state: LedgerState): readonly Recorded<WindowMonitored>[] {
  const newest = new Map(state.monitoredWindows.map((monitored) => [monitored.window.start, monitored]));
  return [...newest.values()].sort((a, b) => (a.window.start < b.window.start ? 1 : -1));
}
