import type { Comparison } from '../../domain/gates/comparison.js';
import type { DriftFacts } from '../../domain/gates/probes.js';
import { countOf, formatCount, formatValue } from './format.js';

/** Whether inputs and scores of the folds are like those the challenger was made with. */
export function sayDrift(
  { rows, trainingRows, features, validationMeanScore }: DriftFacts,
  comparison: Comparison,
): string {
  const moved = features.filter(({ drifted }) => drifted).map(({ feature }) => feature);
  const measured = features.filter(({ psi }) => psi !== null).length;
  const inputs =
    moved.length === 0
      ? `none of ${countOf(measured, 'measured feature')} has moved`
      : `${formatCount(moved.length)} of ${countOf(measured, 'measured feature')} have moved (${moved.join(', ')})`;
  const mean = meanScoreOf(comparison);
  const scores =
    mean === null
      ? ''
      : ` Its mean score was ${formatValue(validationMeanScore)} when its threshold was set and is ${formatValue(mean)} on the folds.`;
  return `Against ${countOf(trainingRows, 'row')} of training, ${inputs} on the ${countOf(rows, 'row')} of the folds.${scores}`;
}

/** The groups hold every row once, so their means give the mean of all. */
function meanScoreOf({ reliability, observed }: Comparison): number | null {
  const bins = observed?.challenger ?? reliability.challenger;
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  return rows === 0 ? null : bins.reduce((sum, bin) => sum + bin.rows * bin.meanScore, 0) / rows;
}
