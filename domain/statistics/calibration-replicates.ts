import type { Resamples } from './block-bootstrap.js';
import type { RankTable } from './rank-table.js';

/** Metrics of logistic recalibration: the log odds of the label as intercept + slope · log odds of the score. */
export const recalibrationMetrics = ['calibrationSlope', 'calibrationIntercept'] as const;
type RecalibrationMetric = (typeof recalibrationMetrics)[number];

/** Newton's method needs some ten steps; more means that there is no finite fit. */
const MAX_STEPS = 50;
const LAST_STEP = 1e-9;

/** Gradient and Hessian of the log likelihood. */
interface Slopes {
  g0: number;
  g1: number;
  h00: number;
  h01: number;
  h11: number;
}

/**
 * Both in every replicate, over rank bins: one Newton step from the fit of all blocks towards the replicate's own. Gradient
 * and Hessian at the fit are sums by block, so a replicate needs no other row or bin; the step is what differs between
 * blocks to first order, which is what a spread is made of. NaN where there is no fit.
 */
export function replicateCalibration(
  table: RankTable,
  resamples: Resamples,
): Readonly<Record<RecalibrationMetric, Float64Array>> {
  const calibrationSlope = new Float64Array(resamples.replicates).fill(NaN);
  const calibrationIntercept = calibrationSlope.slice();
  const fit = fitTable(table);
  if (fit !== null) {
    const blocks = Array.from({ length: table.blocks }, (_, block) => sumSlopes(table, fit, [block]));
    for (let replicate = 0; replicate < resamples.replicates; replicate += 1) {
      const drawn = noSlopes();
      blocks.forEach((slopes, block) => {
        addSlopes(drawn, slopes, resamples.weights[replicate * resamples.blocks + block] ?? 0);
      });
      const step = newtonStep(drawn);
      calibrationIntercept[replicate] = fit[0] + step[0];
      calibrationSlope[replicate] = fit[1] + step[1];
    }
  }
  return { calibrationSlope, calibrationIntercept };
}

/** Intercept and slope over all blocks; null when no finite ones are found. */
function fitTable(table: RankTable): readonly [number, number] | null {
  const every = Array.from({ length: table.blocks }, (_, block) => block);
  // From the scores as they are: those of a sensible model are not far from it.
  let [intercept, slope] = [0, 1];
  for (let round = 0; round < MAX_STEPS; round += 1) {
    const step = newtonStep(sumSlopes(table, [intercept, slope], every));
    const length = Math.max(Math.abs(step[0]), Math.abs(step[1]));
    if (!Number.isFinite(length)) return null;
    if (length < LAST_STEP) return [intercept, slope];
    // A step of more than one overshoots where probabilities have become all but certain.
    const part = Math.min(1, 1 / length);
    [intercept, slope] = [intercept + part * step[0], slope + part * step[1]];
  }
  return null;
}

function sumSlopes(
  { bins, blocks, positives, all, logits }: RankTable,
  [intercept, slope]: readonly [number, number],
  of: readonly number[],
): Slopes {
  const sums = noSlopes();
  for (let bin = 0; bin < bins; bin += 1) {
    const logit = logits[bin] ?? 0;
    const expected = 1 / (1 + Math.exp(-(intercept + slope * logit)));
    const variance = expected * (1 - expected);
    for (const block of of) {
      const rows = all[bin * blocks + block] ?? 0;
      const residual = (positives[bin * blocks + block] ?? 0) - rows * expected;
      sums.g0 += residual;
      sums.g1 += residual * logit;
      sums.h00 += rows * variance;
      sums.h01 += rows * variance * logit;
      sums.h11 += rows * variance * logit * logit;
    }
  }
  return sums;
}

function newtonStep({ g0, g1, h00, h01, h11 }: Slopes): readonly [number, number] {
  const determinant = h00 * h11 - h01 * h01;
  return [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant];
}

function noSlopes(): Slopes {
  return { g0: 0, g1: 0, h00: 0, h01: 0, h11: 0 };
}

function addSlopes(to: Slopes, from: Slopes, times: number): void {
  to.g0 += times * from.g0;
  to.g1 += times * from.g1;
  to.h00 += times * from.h00;
  to.h01 += times * from.h01;
  to.h11 += times * from.h11;
}
