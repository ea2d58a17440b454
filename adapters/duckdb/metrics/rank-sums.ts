import { CALIBRATION_BINS } from '../../../domain/statistics/calibration-pass.js';
import { LOG_LOSS_CLIP } from '../../../domain/statistics/score-pass.js';
import type { BinarySums } from './binary-values.js';
import { addSum, exactSum, numberOf, numberOfBoth, takeAway, type ExactSum } from './exact-sum.js';
import { addLogOdds, startLogOdds, type LogOddsSums } from './log-odds-sums.js';
import type { GroupTotals, Tie } from './ordered-rows.js';

/** Where each sum lies; those of the calibration bins come last. */
const AUC = 0;
const AVERAGE_PRECISION = 1;
const LOG_LOSS = 2;
const BRIER = 3;
const RECALL_AT_TOP = 4;
const BINS = 5;

type ByClass = Record<'ones' | 'zeros', ExactSum>;

/** Sums over the ties of a group by ascending score. */
export interface RankSums {
  readonly group: GroupTotals;
  /** Weights of the whole group. */
  readonly ones: number;
  readonly zeros: number;
  readonly total: number;
  readonly terms: Float64Array;
  /** What rounding has added to each sum so far. */
  readonly rounded: Float64Array;
  /** Weights below the next tie, and from there on. */
  readonly below: ByClass;
  readonly from: ByClass;
  readonly decided: ByClass;
  ks: number;
  /** Null where no recalibration is asked for. */
  readonly logOdds: LogOddsSums | null;
}

export function startRankSums(group: GroupTotals, asksFit: boolean): RankSums {
  return {
    group,
    ones: numberOf(group.ones),
    zeros: numberOf(group.zeros),
    total: numberOfBoth(group.ones, group.zeros),
    terms: new Float64Array(BINS + CALIBRATION_BINS),
    rounded: new Float64Array(BINS + CALIBRATION_BINS),
    below: { ones: exactSum(), zeros: exactSum() },
    from: { ones: { ...group.ones }, zeros: { ...group.zeros } },
    decided: { ones: exactSum(), zeros: exactSum() },
    ks: 0,
    logOdds: asksFit ? startLogOdds() : null,
  };
}

/**
 * Adds what a tie says. The top of the list is exactly its share of the weight: of a tie that straddles the cut it holds
 * a part, and of its positives the same part, which is what is expected when rows of equal score are put in any order.
 */
export function addTie(
  sums: RankSums,
  tie: Tie,
  { threshold, topShare }: { readonly threshold: number | null; readonly topShare: number },
): void {
  const { below, from, decided } = sums;
  const zeros = numberOf(tie.zeros);
  const tied = numberOfBoth(tie.ones, tie.zeros);
  const ones = numberOf(tie.ones);
  // The same arithmetic as the statistics of the domain, so that both put a tie into the same bin.
  const rank = (numberOfBoth(below.ones, below.zeros) + tied / 2) / sums.total;
  const p = Math.min(Math.max(tie.score, 0), 1);
  addTerm(sums, BINS + Math.min(CALIBRATION_BINS - 1, Math.floor(rank * CALIBRATION_BINS)), ones - tied * p);
  addLosses(sums, p, ones, zeros);
  if (ones > 0) {
    addTerm(sums, AUC, ones * (numberOf(below.zeros) + zeros / 2));
    addTerm(sums, AVERAGE_PRECISION, (ones * numberOf(from.ones)) / numberOfBoth(from.ones, from.zeros));
  }
  addSum(below.ones, tie.ones);
  addSum(below.zeros, tie.zeros);
  takeAway(from.ones, tie.ones);
  takeAway(from.zeros, tie.zeros);
  sums.ks = Math.max(sums.ks, Math.abs(numberOf(below.ones) / sums.ones - numberOf(below.zeros) / sums.zeros));
  if (ones > 0) {
    const inTop = (topShare * sums.total - numberOfBoth(from.ones, from.zeros)) / tied;
    addTerm(sums, RECALL_AT_TOP, ones * Math.min(1, Math.max(0, inTop)));
  }
  if (threshold !== null && tie.score >= threshold) {
    addSum(decided.ones, tie.ones);
    addSum(decided.zeros, tie.zeros);
  }
}

function addLosses(sums: RankSums, p: number, ones: number, zeros: number): void {
  const missing = 1 - p;
  if (ones > 0) {
    addTerm(sums, LOG_LOSS, -ones * Math.log(inside(p)));
    addTerm(sums, BRIER, ones * missing * missing);
  }
  if (zeros > 0) {
    addTerm(sums, LOG_LOSS, -zeros * Math.log(inside(missing)));
    addTerm(sums, BRIER, zeros * p * p);
  }
  if (sums.logOdds !== null) addLogOdds(sums.logOdds, Math.log(inside(p) / inside(missing)), ones, zeros);
}

/** Held away from 0 and 1, where the logarithm is infinite. */
function inside(share: number): number {
  return Math.min(Math.max(share, LOG_LOSS_CLIP), 1 - LOG_LOSS_CLIP);
}

/** Adds what rounding took from the terms before, so that millions of terms lose no more than a few do. */
function addTerm({ terms, rounded }: RankSums, at: number, term: number): void {
  const sum = terms[at] ?? 0;
  const corrected = term - (rounded[at] ?? 0);
  const next = sum + corrected;
  rounded[at] = next - sum - corrected;
  terms[at] = next;
}

/** What the sums say of a group; without rows that count, and where a class is missing, some of it is no number. */
export function finishRankSums({ group, ones, zeros, total, terms, from, decided, ks }: RankSums): BinarySums {
  // Sorted rows that end early must not become evidence.
  if (numberOfBoth(from.ones, from.zeros) > total * 1e-12) throw new Error('the sorted rows are not all there');
  const { code, rows, positives, outside } = group;
  const term = (at: number) => terms[at] ?? 0;
  return {
    ...{ code, rows, positives, outside, ones, zeros, ks },
    onesDecided: numberOf(decided.ones),
    zerosDecided: numberOf(decided.zeros),
    auc: term(AUC) / ones / zeros,
    averagePrecision: term(AVERAGE_PRECISION) / ones,
    logLoss: term(LOG_LOSS) / total,
    brier: term(BRIER) / total,
    ece: terms.subarray(BINS).reduce((sum, distance) => sum + Math.abs(distance), 0) / total,
    recallAtTop: term(RECALL_AT_TOP) / ones,
  };
}
