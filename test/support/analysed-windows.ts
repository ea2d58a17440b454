import type { AnalysedWindow, ScoreReference, ScoreReferences, SideSums } from '../../domain/rollout/analysis.js';
import { rolloutDay } from './rollout-world.js';

const quarters: ScoreReference = { cuts: [0.2, 0.4, 0.6], shares: [0.25, 0.25, 0.25, 0.25], rows: 20_000 };

/** Both sides' validation scores lie as evenly as those of `analysedSide`. */
export const evenReferences: ScoreReferences = { challenger: quarters, champion: quarters };

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
    readonly champion?: Partial<SideSums>;
    readonly rows?: number;
    readonly differ?: number;
    readonly standing?: AnalysedWindow['standing'];
    readonly firstVersion?: number;
  } = {},
): AnalysedWindow {
  const { challenger, champion, rows = 200, differ = 0, standing = 'judged', firstVersion = 100 + k } = change;
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
      champion: { ...analysedSide, ...champion },
    },
  };
}
