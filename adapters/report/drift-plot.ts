import type { DriftFacts } from '../../domain/gates/probes.js';
import { barHeight, barOption } from './bar-plot.js';
import { formatCount, formatValue } from './format.js';
import type { Plot } from './plot.js';

/** More bars than this in one picture are not looked at; the table below has them all. */
const SHOWN_BARS = 15;

/** Which inputs have moved since training; null where none could be measured. */
export function driftPlot({ rows, trainingRows, features }: DriftFacts): Plot | null {
  const measured = features.flatMap(({ feature, psi, drifted }) => (psi === null ? [] : [{ feature, psi, drifted }]));
  const [first] = measured;
  if (first === undefined) return null;
  const shown = measured.slice(0, SHOWN_BARS);
  return {
    title: 'What has moved since training',
    description: `Population stability index of the inputs, ${formatCount(rows)} rows of the folds against ${formatCount(trainingRows)} of training, the ${formatCount(shown.length)} largest of ${formatCount(features.length)}; red has moved. Largest: ${first.feature} with ${formatValue(first.psi)}.`,
    height: barHeight(shown.length),
    option: barOption({
      rows: shown.map(({ feature, psi, drifted }) => ({ label: feature, value: psi, isHarm: drifted })),
      axisName: 'population stability index',
    }),
    columns: ['Feature', 'Index', 'Drift from', 'Reads as'],
    rows: features.map(({ feature, psi, limit, drifted }) => [
      feature,
      formatValue(psi),
      formatValue(limit),
      psi === null ? 'not measured' : drifted ? 'has moved' : 'is where it was',
    ]),
  };
}
