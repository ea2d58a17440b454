import type { LedgerState } from '../ledger/state.js';
import type { LabelPolicy } from '../pipeline-definition.js';
import { maturedAt } from '../time-windows.js';
import type { Window } from '../window.js';

/**
 * The data clock of an analysis: the latest instant that a run of this pipeline is known to have reached. A window is
 * scored at its start, a model is trained and a retraining is weighed as of an instant, and a window whose labels the
 * monitor found has come of age. Never the wall clock: a history that is played again must not see labels of its future.
 * Null while nothing has happened.
 */
export function analysisClock(args: {
  readonly state: LedgerState;
  readonly published: readonly Window[];
  readonly label: Pick<LabelPolicy, 'delayMs' | 'ingestionDelayMs' | 'minCoverage'>;
}): string | null {
  const { state, published, label } = args;
  const delay = { delayMs: label.delayMs + label.ingestionDelayMs };
  const instants = [
    ...published.map(({ start }) => start),
    ...[...state.models.values()].map(({ asOf }) => asOf),
    ...state.retrainDecisions.map(({ asOf }) => asOf),
    ...state.monitoredWindows
      .filter(({ labelCoverage }) => labelCoverage > 0 && labelCoverage >= label.minCoverage)
      .map(({ window }) => maturedAt(delay, window)),
  ];
  return instants.reduce<string | null>(
    (latest, instant) => (latest === null || Date.parse(instant) > Date.parse(latest) ? instant : latest),
    null,
  );
}
