import { parseWorkflowInput } from '../../contracts/workflow-inputs.js';
import type { PinnedSplit } from '../../domain/cohort.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { Actor, LedgerHead } from '../../domain/ledger/record.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import { planShadows } from '../../domain/shadow-plan.js';
import type { Window } from '../../domain/window.js';
import type { RunContext } from '../../workflows/run-context.js';
import { actorOf, reasonOf } from '../actor.js';
import { chooseScoreWindow } from './choose-score-window.js';
import { readLedger } from '../ledger/read-ledger.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Definitions } from '../ports/definitions.js';
import type { PredictionTable, PublishedWindow, TableState } from '../ports/prediction-table.js';
import type { Store } from '../ports/store.js';
import { spanOf, windowPartition } from '../window-partition.js';

/** Everything a scoring run fixed at its start, but for the snapshot that it builds next. */
export interface ScorePlan {
  readonly pipeline: string;
  readonly definitionDigest: string;
  readonly codeVersion: string;
  readonly window: Window;
  readonly asOf: string;
  readonly decisionEpoch: number;
  readonly ledger: LedgerHead;
  readonly champion: ModelRef;
  /** The rollout step in force; null while the champion serves alone. Left out by runs from before there were rollouts. */
  readonly split?: PinnedSplit | null;
  readonly shadows: readonly ModelRef[];
  /** Restored when the champion cannot score; null when there is none. The baseline comes after it. */
  readonly previousChampion: ModelRef | null;
  /** Rows of recently published windows that had any, for the volume check: empty days say nothing of full ones. */
  readonly recentRows: readonly number[];
  /** What was published for the window then, and the table's version that shows it: decisions are compared with it. */
  readonly live: { readonly identity: string; readonly tableVersion: number; readonly rows: number } | null;
  readonly actor: Actor;
  readonly reason: string;
}

export interface PinningServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
  readonly table: PredictionTable;
  readonly codeVersion: string;
}

/** Windows whose row counts say what is usual. */
const recentWindows = 14;

/** Parses the input and takes the pins. Throws INVALID_INPUT, UNKNOWN_PIPELINE, NO_CHAMPION and the window's failures. */
export async function pinScore(services: PinningServices, input: unknown, run: RunContext): Promise<ScorePlan> {
  const asked = parseWorkflowInput('score', input);
  const { definition, digest } = await services.definitions.load(asked.pipeline);
  const { state } = await readLedger(services.store, definition.name);
  if (state.champion === null) throw noChampion(definition.name);
  const published = await services.table.load(definition.name, 'predictions');
  const window = chooseScoreWindow({
    definition,
    asked: asked.window,
    scheduledFor: run.scheduledFor,
    isPublished: (candidate) => published.windows.has(windowPartition(candidate)),
    coverage: await services.dataset.coverage(definition),
    now: run.startedAt,
  });
  const live = published.windows.get(windowPartition(window));
  const others = [...published.windows.values()].filter((w) => w.window !== windowPartition(window));
  return {
    pipeline: definition.name,
    definitionDigest: digest,
    codeVersion: services.codeVersion,
    window,
    asOf: run.scheduledFor ?? window.start,
    decisionEpoch: state.decisionEpoch,
    ledger: state.head,
    champion: state.champion,
    split: pinSplit(state),
    shadows: planShadows(state, definition.watch, spansOf(published, others, definition.window.everyMs)),
    previousChampion: state.previousChampion,
    recentRows: others
      .filter((w) => w.rows > 0)
      .sort((a, b) => (a.window < b.window ? -1 : 1))
      .slice(-recentWindows)
      .map((w) => w.rows),
    live: live === undefined ? null : { identity: live.identity, tableVersion: published.version, rows: live.rows },
    actor: actorOf(run, asked.by),
    reason: reasonOf(run, 'scoring', asked.reason),
  };
}

function spansOf(published: TableState, windows: readonly PublishedWindow[], everyMs: number) {
  return windows.map((each) => ({ ...each, window: spanOf(each.window, published.files, everyMs) }));
}

/** A step of a rollout always has a position; the end of one leaves no split behind. */
function pinSplit({ split }: LedgerState): PinnedSplit | null {
  if (split === null || split.step === null) return null;
  const { promotionId, step, challenger, sharePercent, salt } = split;
  return { promotionId, step, challenger, sharePercent, salt };
}

function noChampion(pipeline: string): PermanentFailure {
  return new PermanentFailure('NO_CHAMPION', `${pipeline} has no champion yet, so there is nothing that may score.`, {
    example: `retrain first, then promote with {"pipeline":"${pipeline}","bootstrap":true}`,
  });
}
