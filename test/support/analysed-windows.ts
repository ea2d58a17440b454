import type { AnalysedWindow, SideSums } from '../../domain/rollout/analysis.js';
import { rolloutDay } from './rollout-world.js';

/** One side of a window with a mean loss of 0.1 and 100 decisions. */
export const analysedSide: SideSums = {
  meanLoss: 0.1,
  decisions: { truePositive: 20, falsePositive: 10, trueNegative: 60, falseNegative: 10 },
  bins: [50, 50, 50, 50],
};

/** Day `k` of a rollout, judged on 200 rows; published in the order of its days unless told otherwise. */
export function analysedWindow(
  k: number,
  change: {
    readonly challenger?: Partial<SideSums>;
    readonly rows?: number;
    readonly differ?: number;
    readonly standing?: AnalysedWindow['standing'];
    readonly firstVersion?: number;
  } = {},
): AnalysedWindow {
  const { challenger, rows = 200, differ = 0, standing = 'judged', firstVersion = 100 + k } = change;
  return {
    window: rolloutDay(k),
    epoch: 2,
    firstVersion,
    isOwn: true,
    standing,
    servedRows: rows,
    filesDigest: 'f',
    labelsAsOf: rolloutDay(k + 2).start,
    labelsDigest: 'l',
    sums: {
      rows,
      labelledRows: 100,
      weight: 100,
      decisionsDiffer: differ,
      challenger: { ...analysedSide, ...challenger },
      champion: analysedSide,
    },
  };
}
