import type { Recorded, LedgerState } from '../domain/ledger/state.js';
import type {
  FallbackScored,
  RollbackDrilled,
  WindowHeld,
  WindowMonitored,
} from '../domain/ledger/publication-events.js';
import type { RetrainDecided } from '../domain/ledger/events.js';
import type { RegistrySight } from '../domain/ledger/alias-policy.js';
import { decideAlias } from '../domain/ledger/questions.js';
import type { ChainedRecord } from '../domain/ledger/state.js';
import type { PipelineDefinition } from '../domain/pipeline-definition.js';
import type { ApprovalPolicy } from '../domain/promotion/approval-policy.js';
import type { ModelRef } from '../domain/model-ref.js';
import type { TableCommit, TableState } from '../domain/published-table.js';
import { countServedRows, type Cohort } from '../domain/served-rows.js';
import { windowPartition } from '../activities/window-partition.js';
import { listChampionChanges, modelNames, type ChampionChange } from './champion-history.js';
import { findRolloutEnd, type RolloutEnd } from './rollout-end.js';
import { findWaiting } from './waiting-approvals.js';
import { describePromotion, type PromotionStanding } from './promotion-standing.js';

/** What the registry said about the alias, or that it was away. */
export type AliasReading =
  | { readonly status: 'read'; readonly sight: RegistrySight }
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
    /** Who serves how many of the rows. */
    readonly served: readonly { readonly model: string; readonly cohort: Cohort; readonly rows: number }[];
    readonly decisionEpoch: number;
    readonly version: number;
    readonly operation: TableCommit['operation'];
    /** Set where the operation gave back what a rollout had served. */
    readonly rolloutEnd: RolloutEnd | null;
    readonly at: string;
  }[];
}

/** Whom the challenger serves, and since when. With a share of 0 it scores in shadow. */
export interface ServedShare {
  readonly challengerVersion: string;
  readonly sharePercent: number;
  /** From 1. */
  readonly step: number;
  readonly since: string;
  /** Windows that were published in this step so far. */
  readonly windows: number;
}

/** Where a pipeline stands, from the store alone; only `alias` may know more. */
export interface PipelineStatus {
  readonly pipeline: string;
  /** What is wrong with the definition, in one line; null where it can be loaded. The ledger is told all the same. */
  readonly definitionProblem: string | null;
  readonly records: number;
  readonly decisionEpoch: number;
  readonly champion: ChampionChange | null;
  readonly previousChampion: ModelRef | null;
  readonly promotion: PromotionStanding | null;
  /** The step of a rollout that is in force; null while the champion serves alone. */
  readonly rollout: ServedShare | null;
  readonly alias: AliasStatus;
  readonly published: PublishedStatus;
  /** Held and not published since, newest first. */
  readonly heldWindows: readonly Recorded<WindowHeld>[];
  /** The newest verdict of each window, newest window first. */
  readonly monitoring: readonly Recorded<WindowMonitored>[];
  /** What stands in for the champion and is still served, newest window first. */
  readonly fallbacks: readonly (Recorded<FallbackScored> & { readonly served: string })[];
  readonly lastRetrainDecision: Recorded<RetrainDecided> | null;
  /** The last rehearsal of a rollback. */
  readonly lastDrill: Recorded<RollbackDrilled> | null;
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
  /** Who may approve at this moment; null when it cannot be read, and then the ledger knows what was asked. */
  readonly policy?: Pick<ApprovalPolicy, 'quorum' | 'approvers'> | null;
  /** How many windows and verdicts are listed. */
  readonly limit: number;
  readonly definitionProblem?: string | null;
}

export function composeStatus(facts: StatusFacts): PipelineStatus {
  const { pipeline, records, state, table, limit } = facts;
  const waiting = findWaiting(pipeline, { records: [...records], state }, facts.policy ?? null);
  return {
    pipeline,
    definitionProblem: facts.definitionProblem ?? null,
    records: state.head.number,
    decisionEpoch: state.decisionEpoch,
    champion: listChampionChanges(records, state).at(-1) ?? null,
    previousChampion: state.previousChampion,
    promotion: state.openPromotion === null ? null : describePromotion(facts, state.openPromotion, waiting),
    rollout: describeRollout(facts),
    alias: describeAlias(state, facts.alias),
    published: describePublished(facts),
    heldWindows: stillHeld(state, table).slice(0, limit),
    monitoring: latestVerdicts(state).slice(0, limit),
    fallbacks: standingFallbacks(facts).slice(0, limit),
    lastRetrainDecision: state.retrainDecisions.at(-1) ?? null,
    lastDrill: state.drills.at(-1) ?? null,
  };
}

function describeRollout({ state: { split }, table }: StatusFacts): ServedShare | null {
  if (split === null || split.step === null) return null;
  const windows = [...table.windows.values()].filter(({ decisionEpoch }) => decisionEpoch === split.epoch).length;
  const { challenger, sharePercent, since } = split;
  return { challengerVersion: challenger.version, sharePercent, step: split.step + 1, since, windows };
}

function describeAlias(state: LedgerState, reading: AliasReading): AliasStatus {
  if (state.champion === null) return { standing: 'none', sentence: 'there is no champion, so there is no alias' };
  if (reading.status !== 'read') return aliasUnseen(state, reading.status === 'away' ? reading.why : null);
  const { aliasVersion, hasModel, hasVersion } = reading.sight;
  if (!hasModel || !hasVersion) {
    const gone = hasModel ? `v${state.champion.version}, the champion,` : 'the registered model';
    const sentence = `ALARM: ${gone} was removed from the registry. The model in the store serves on.`;
    return { standing: 'alarm', sentence };
  }
  const standing = decideAlias({ state, found: aliasVersion });
  const found = aliasVersion === null ? 'not set' : `v${aliasVersion}`;
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
        sentence: `ALARM: champion is ${found}, the ledger says v${standing.expected.version}. Somebody else moved it; serving follows the ledger.`,
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
      const files = table.files.filter((file) => file.window === window);
      const served = countServedRows(state, files);
      return {
        window,
        rows,
        models: [...new Set(served.map(({ modelDigest }) => modelDigest))].map(nameOf),
        served: served.map(({ modelDigest, ...each }) => ({ model: nameOf(modelDigest), ...each })),
        decisionEpoch,
        version,
        operation: commit?.operation ?? 'publish',
        rolloutEnd: findRolloutEnd(state, commit?.identity ?? ''),
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

/**
 * A fallback stands while its own rows are served, or while nothing was published since it was recorded. Where nothing
 * could score, the record has no rows of its own: whatever its run published is the champion's.
 */
function standingFallbacks({ state, table, commits }: StatusFacts): PipelineStatus['fallbacks'] {
  const nameOf = modelNames(state);
  const newest = new Map(state.fallbacks.map((fallback) => [fallback.window.start, fallback]));
  return [...newest.values()]
    .filter(({ window, runIdentity, at, isUnscored }) => {
      const live = table.windows.get(windowPartition(window));
      if (live === undefined) return false;
      const publishedAt = commits[live.version]?.at ?? '';
      return (!isUnscored && live.identity === runIdentity) || publishedAt < at;
    })
    .sort((a, b) => (a.window.start < b.window.start ? 1 : -1))
    .map((fallback) => ({ ...fallback, served: nameOf(fallback.servedDigest) }));
}

function latestVerdicts(state: LedgerState): readonly Recorded<WindowMonitored>[] {
  const newest = new Map(state.monitoredWindows.map((monitored) => [monitored.window.start, monitored]));
  return [...newest.values()].sort((a, b) => (a.window.start < b.window.start ? 1 : -1));
}
