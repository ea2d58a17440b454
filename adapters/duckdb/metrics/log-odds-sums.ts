import { advance, hasSettled, isLost, nextLine, startAt, type FitSums, type Line } from './newton.js';

/** Cells for each unit of log odds: narrow enough that the first moments of a cell stand for its rows. */
const CELLS_PER_UNIT = 128;
const MAX_STEPS = 50;

/** The rows of a group whose log odds are near each other: their weight, and moments of the distance from `middle`. */
interface Cell {
  readonly middle: number;
  weight: number;
  distances: number;
  squares: number;
}

/** The scores of a group as log odds, in a few thousand cells of equal width for any number of rows. */
export interface LogOddsSums {
  /** Ascending; those without rows are not there. */
  readonly cells: Cell[];
  ones: number;
  zeros: number;
  onesTimesX: number;
  /** Extremes of each class. */
  lowestOne: number;
  highestOne: number;
  lowestZero: number;
  highestZero: number;
}

export function startLogOdds(): LogOddsSums {
  return {
    cells: [],
    ...{ ones: 0, zeros: 0, onesTimesX: 0 },
    ...{ lowestOne: Infinity, highestOne: -Infinity, lowestZero: Infinity, highestZero: -Infinity },
  };
}

/** Adds a tie, whose log odds are not below those of any before. */
export function addLogOdds(sums: LogOddsSums, x: number, ones: number, zeros: number): void {
  const cell = cellOf(sums.cells, x);
  const weight = ones + zeros;
  const distance = x - cell.middle;
  cell.weight += weight;
  cell.distances += weight * distance;
  cell.squares += weight * distance * distance;
  sums.ones += ones;
  sums.zeros += zeros;
  sums.onesTimesX += ones * x;
  if (ones > 0) {
    sums.lowestOne = Math.min(sums.lowestOne, x);
    sums.highestOne = x;
  }
  if (zeros > 0) {
    sums.lowestZero = Math.min(sums.lowestZero, x);
    sums.highestZero = x;
  }
}

function cellOf(cells: Cell[], x: number): Cell {
  const middle = (Math.floor(x * CELLS_PER_UNIT) + 0.5) / CELLS_PER_UNIT;
  const last = cells.at(-1);
  if (last?.middle === middle) return last;
  const cell = { middle, weight: 0, distances: 0, squares: 0 };
  cells.push(cell);
  return cell;
}

/** A cell by its share of the weight, its mean, and the sum of the squared distances from it. */
interface Moments {
  readonly weight: number;
  readonly x: number;
  readonly spread: number;
}

/**
 * The recalibration of the cells, some nine digits of that of the rows. The flat line where the search does not settle:
 * then the search among the rows has a longer way.
 */
export function fitCells(sums: LogOddsSums): Line {
  const flat = { intercept: 0, slope: 0 };
  const cells = describeCells(sums);
  let position = startAt(flat);
  for (let taken = 0; taken < MAX_STEPS; taken += 1) {
    position = advance(position, sumCells(cells, sums, nextLine(position)));
    if (isLost(position)) return flat;
    if (hasSettled(position)) return nextLine(position);
  }
  return flat;
}

function describeCells({ cells, ones, zeros }: LogOddsSums): readonly Moments[] {
  const total = ones + zeros;
  return cells.map(({ middle, weight, distances, squares }) => {
    const distance = distances / weight;
    const spread = Math.max(0, squares - weight * distance * distance);
    return { weight: weight / total, x: middle + distance, spread: spread / total };
  });
}

/** Each function of the line is developed around the mean of a cell up to the second power of the distance. */
function sumCells(cells: readonly Moments[], all: LogOddsSums, { intercept, slope }: Line): FitSums {
  const total = all.ones + all.zeros;
  let logLikelihood = (intercept * all.ones + slope * all.onesTimesX) / total;
  let gradient0 = all.ones / total;
  let gradient1 = all.onesTimesX / total;
  let [hessian00, hessian01, hessian11] = [0, 0, 0];
  for (const { weight, x, spread } of cells) {
    const eta = intercept + slope * x;
    const p = 1 / (1 + Math.exp(-eta));
    const steepness = p * (1 - p);
    const promised = weight * p + (slope * slope * spread * steepness * (1 - 2 * p)) / 2;
    logLikelihood -= weight * (Math.max(eta, 0) + Math.log1p(Math.exp(-Math.abs(eta))));
    logLikelihood -= (slope * slope * spread * steepness) / 2;
    gradient0 -= promised;
    gradient1 -= promised * x + slope * spread * steepness;
    hessian00 += weight * steepness;
    hessian01 += weight * steepness * x;
    hessian11 += steepness * (weight * x * x + spread);
  }
  return { logLikelihood, gradient0, gradient1, hessian00, hessian01, hessian11 };
}
