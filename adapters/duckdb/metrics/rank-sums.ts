import { CALIBRATION_BINS } from '../../../domain/statistics/calibration-pass.js';
import { LOG_LOSS_CLIP } from '../../../domain/statistics/score-pass.js';
import type { BinarySums } from './binary-values.js';
import { addSum, exactSum, numberOf, type ExactSum } from './exact-sum.js';
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
  readonly terms: Float64Array;
  /** What rounding has added to each sum so far. */
  readonly rounded: Float64Array;
  /** Weights below the next tie, and from there on. */
  readonly below: ByClass;
  readonly from: ByClass;
  readonly decided: ByClass;
  ks: number;
  readonly logOdds: LogOddsSums;
}

export function startRankSums(group: GroupTotals): RankSums {
  return {
    group,
    terms: new Float64Array(BINS + CALIBRATION_BINS),
    rounded: new Float64Array(BINS + CALIBRATION_BINS),
    below: { ones: exactSum(), zeros: exactSum() },
    from: { ones: group.ones.slice(), zeros: group.zeros.slice() },
    decided: { ones: exactSum(), zeros: exactSum() },
    ks: 0,
    logOdds: startLogOdds(),
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
  const { group, below, from } = sums;
  const ones = numberOf(tie.ones);
  const zeros = numberOf(tie.zeros);
  const tied = numberOf(tie.ones, tie.zeros);
  const total = numberOf(group.ones, group.zeros);
  const lowerAll = numberOf(below.ones, below.zeros);
  addTerm(sums, AUC, ones * (numberOf(below.zeros) + zeros / 2));
  addTerm(sums, AVERAGE_PRECISION, (ones * numberOf(from.ones)) / numberOf(from.ones, from.zeros));
  for (const name of ['ones', 'zeros'] as const) {
    addSum(below[name], tie[name], 1);
    addSum(from[name], tie[name], -1);
    if (threshold !== null && tie.score >= threshold) addSum(sums.decided[name], tie[name], 1);
  }
  const distance = numberOf(below.ones) / numberOf(group.ones) - numberOf(below.zeros) / numberOf(group.zeros);
  sums.ks = Math.max(sums.ks, Math.abs(distance));
  const inTop = (topShare * total - numberOf(from.ones, from.zeros)) / tied;
  addTerm(sums, RECALL_AT_TOP, ones * Math.min(1, Math.max(0, inTop)));
  const p = Math.min(Math.max(tie.score, 0), 1);
  // The same arithmetic as the statistics of the domain, so that both put a tie into the same bin.
  const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(((lowerAll + tied / 2) / total) * CALIBRATION_BINS));
  addTerm(sums, BINS + bin, ones - tied * p);
  addLosses(sums, p, ones, zeros);
}

function addLosses(sums: RankSums, p: number, ones: number, zeros: number): void {
  const lossOfOne = -Math.log(inside(p));
  const lossOfZero = -Math.log(inside(1 - p));
  addTerm(sums, LOG_LOSS, ones * lossOfOne + zeros * lossOfZero);
  addTerm(sums, BRIER, ones * (1 - p) * (1 - p) + zeros * p * p);
  addLogOdds(sums.logOdds, lossOfZero - lossOfOne, ones, zeros);
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
export function finishRankSums({ group, terms, decided, ks }: RankSums): BinarySums {
  const { code, rows, positives, outside } = group;
  const [ones, zeros, total] = [numberOf(group.ones), numberOf(group.zeros), numberOf(group.ones, group.zeros)];
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
