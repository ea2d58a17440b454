import { PermanentFailure } from '../../domain/failure-types.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { formatDuration } from '../../domain/duration.js';
import { planFolds } from '../../domain/training-plan.js';
import type { Window } from '../../domain/window.js';

/** The registered version with this number. Throws INVALID_INPUT naming the versions there are. */
export function versionOf(state: LedgerState, field: string, version: string): ModelRef {
  const models = [...state.models.values()].map((registered) => registered.model);
  const found = models.find((model) => model.version === version);
  if (found !== undefined) return found;
  const known = models.map((model) => model.version).join(', ');
  throw new PermanentFailure('INVALID_INPUT', 'There is no such version.', {
    problems: [
      { field, found: version, expected: known === '' ? 'a registered version; there is none yet' : `one of ${known}` },
    ],
    example: `{"pipeline":"flights"} takes the ${field === 'to' ? 'previous champion' : 'newest'}`,
  });
}

/**
 * The latest folds that lie behind everything that shaped either side. Throws TOO_FEW_ROWS when there are not enough
 * days with labels yet, saying from when on there are.
 */
export function foldsBehind(
  definition: PipelineDefinition,
  asOf: string,
  state: LedgerState,
  sides: readonly (ModelRef | null)[],
): readonly Window[] {
  const trainedUntil = sides.flatMap((side) => {
    const registered = side === null ? undefined : state.models.get(side.modelDigest);
    return registered === undefined ? [] : [registered.validationWindow.end];
  });
  const plan = planFolds(definition, asOf, trainedUntil);
  if (plan.status === 'planned') return plan.folds;
  const { folds, foldMs, gapMs } = definition.backtest;
  throw new PermanentFailure(
    'TOO_FEW_ROWS',
    'It is too early to compare: there are not enough labelled days behind the training of both versions.',
    {
      problems: [
        {
          field: 'asOf',
          found: `${asOf}, with training and validation up to ${trainedUntil.sort().at(-1) ?? 'nothing'}`,
          expected:
            `${plan.earliestAsOf} or later: behind the training lie a gap of ${formatDuration(gapMs)}, ${String(folds)} folds of ` +
            `${formatDuration(foldMs)} for the backtest, and ${formatDuration(definition.label.delayMs)} until labels are known`,
        },
      ],
      example: JSON.stringify({ pipeline: definition.name, asOf: plan.earliestAsOf }),
    },
  );
}
