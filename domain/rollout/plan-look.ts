import type { LedgerState } from '../ledger/state.js';
import { splitsOf } from '../ledger/questions.js';
import type { ModelRef } from '../model-ref.js';
import type { LabelPolicy } from '../pipeline-definition.js';
import type { RolloutStep, StepNeed, WatchPolicy } from './rollout-policy.js';
import type { TableFile } from '../published-table.js';
import { maturedAt } from '../time-windows.js';
import type { Window } from '../window.js';
import { whyNotCounted, windowsSeenBy } from './counted-windows.js';

/** A publication with its files, served and in shadow; the shadows are of its own run. */
export interface PublishedRun {
  readonly window: Window;
  /** Of the commit that spoke last for the window. */
  readonly runIdentity: string;
  readonly decisionEpoch: number;
  /** Version of the table that first published the window under this epoch: publishing it again changes nothing here. */
  readonly firstVersion: number;
  readonly served: readonly TableFile[];
  readonly shadows: readonly TableFile[];
}

/** What is looked at: a step of a rollout, or the watch. */
export interface LookTarget {
  readonly phase: 'step' | 'watch';
  readonly step: number | null;
  readonly epoch: number;
  /** Epochs whose windows are compared: all steps of the rollout so far, or the watch. */
  readonly epochs: ReadonlySet<number>;
  readonly sharePercent: number;
  readonly cyclesNeeded: number;
  readonly needs: StepNeed;
}

/** A window to compare, or why not. */
export interface LookWindow {
  readonly window: Window;
  readonly epoch: number;
  readonly firstVersion: number;
  readonly isOwn: boolean;
  readonly status: 'compare' | 'one-sided' | 'empty' | 'seen';
  readonly servedRows: number;
  readonly served: readonly TableFile[];
  readonly challenger: readonly TableFile[];
  readonly champion: readonly TableFile[];
  /** When its labels are known, by the data clock. */
  readonly maturesAt: string;
}

/** Who is compared in whose promotion. */
export interface LookSides {
  readonly promotionId: string;
  readonly challenger: ModelRef;
  readonly champion: ModelRef;
}

/**
 * The step in force, or the watch since the change of champion; null when neither is. A rollout is compared as a whole:
 * in all of its steps both sides score all rows alike, so what the earlier steps saw counts, and there is one chance of
 * a false alarm for the rollout, not one for each step.
 */
export function findTarget(
  state: LedgerState,
  phase: LookTarget['phase'],
  promotionId: string,
  policy: { readonly rollout: readonly RolloutStep[]; readonly watch: Pick<WatchPolicy, 'cycles'> },
): LookTarget | null {
  const promotion = state.openPromotion;
  if (promotion?.promotionId !== promotionId) return null;
  if (phase === 'watch') {
    const { change } = promotion;
    if (change?.epoch !== state.decisionEpoch) return null;
    const common = { phase, step: null, epoch: change.epoch, epochs: new Set([change.epoch]) };
    return { ...common, sharePercent: 100, cyclesNeeded: policy.watch.cycles, needs: 'no-harm' };
  }
  const { split } = state;
  if (split?.promotionId !== promotionId || split.step === null) return null;
  const step = policy.rollout[split.step];
  if (step === undefined) return null;
  return {
    phase,
    step: split.step,
    epoch: split.epoch,
    epochs: new Set(splitsOf(state, promotionId).map(({ epoch }) => epoch)),
    sharePercent: split.sharePercent,
    cyclesNeeded: step.cycles,
    needs: step.needs ?? 'no-harm',
  };
}

/** The windows of the target's epochs, oldest first. */
export function planWindows(args: {
  readonly state: LedgerState;
  readonly target: LookTarget;
  readonly sides: LookSides;
  readonly label: Pick<LabelPolicy, 'delayMs' | 'ingestionDelayMs'>;
  readonly runs: readonly PublishedRun[];
}): readonly LookWindow[] {
  const { state, target, sides, label } = args;
  const seen = windowsSeenBy(state, [sides.challenger, sides.champion]);
  return args.runs
    .filter(({ decisionEpoch }) => target.epochs.has(decisionEpoch))
    .map((run): LookWindow => {
      const files = [...run.served, ...run.shadows];
      const challenger = filesOf(files, sides.challenger);
      const champion = filesOf(files, sides.champion);
      const servedRows = rowsOf(run.served);
      const isPaired = rowsOf(challenger) === servedRows && rowsOf(champion) === servedRows;
      return {
        window: run.window,
        epoch: run.decisionEpoch,
        firstVersion: run.firstVersion,
        isOwn: run.decisionEpoch === target.epoch,
        status: whyNotCounted({ window: run.window, rows: servedRows }, seen) ?? (isPaired ? 'compare' : 'one-sided'),
        servedRows,
        served: run.served,
        challenger,
        champion,
        maturesAt: maturedAt({ delayMs: label.delayMs + label.ingestionDelayMs }, run.window),
      };
    })
    .sort((a, b) => (a.window.start < b.window.start ? -1 : 1));
}

/**
 * Windows of the target that the challenger was meant to serve, or to score in shadow, and could not. A run that was
 * overtaken by a good one, or came to nothing, does not count: only what is published now.
 */
export function findUnserved(args: {
  readonly state: LedgerState;
  readonly target: LookTarget;
  readonly challenger: ModelRef;
  readonly runs: readonly PublishedRun[];
}): readonly Window[] {
  const { state, target, challenger } = args;
  const published = new Set(args.runs.map(({ runIdentity }) => runIdentity));
  const begun = [...state.splitHistory, ...state.championHistory].find(({ epoch }) => epoch === target.epoch);
  const found = state.fallbacks.filter(
    ({ recordNumber, intendedDigest, runIdentity }) =>
      recordNumber > (begun?.recordNumber ?? 0) &&
      intendedDigest === challenger.modelDigest &&
      published.has(runIdentity),
  );
  const windows = new Map(found.map(({ window }) => [window.start, { start: window.start, end: window.end }]));
  return [...windows.values()].sort((a, b) => (a.start < b.start ? -1 : 1));
}

function filesOf(files: readonly TableFile[], { modelDigest }: ModelRef): readonly TableFile[] {
  return files.filter((file) => file.modelDigest === modelDigest);
}

function rowsOf(files: readonly TableFile[]): number {
  return files.reduce((sum, { rows }) => sum + rows, 0);
}
