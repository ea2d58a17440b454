import { normalQuantile } from '../../domain/statistics/distributions.js';
import { seededRandom } from '../../domain/statistics/random.js';

/** How the rows of a simulated business come about. */
export interface World {
  readonly seed: number;
  readonly days: number;
  /** Of a usual day: days differ by some 20 %. */
  readonly rowsPerDay: number;
  /** Values of the slice column, equally frequent. */
  readonly slices: number;
}

/** What is true of the challenger, in the long run. */
export interface Truth {
  /** Its AUC minus the champion's. */
  readonly advantage: number;
  /** How much AUC it loses in the first slice. */
  readonly sliceLoss: number;
}

/** One simulated backtest. */
export interface SimulatedRows {
  readonly labels: Uint8Array;
  readonly blocks: Uint16Array;
  readonly blockCount: number;
  readonly champion: Float32Array;
  readonly challenger: Float32Array;
  readonly slices: Int32Array;
}

/** Of the champion, over all days. */
export const championAuc = 0.8;
const positiveShare = 0.2;
/** Of the two scores of a row, given its label and its day. */
const correlation = 0.9;
/**
 * Standard deviations of what the rows of a day share, in standard deviations of a score: how well anybody ranks that day,
 * how well each side does beyond that, and by how much all scores and each side's are moved. A day's own skill of 0.05 is
 * some 0.01 of AUC; days are also more and less often positive.
 */
const effects = { skill: 0.15, ownSkill: 0.05, shift: 0.3, ownShift: 0.05, odds: 0.3, size: 0.2 };

/** Standard deviation of a difference of two scores of one class and of any two days, and of a score. */
const pairSpread = Math.sqrt(
  2 + effects.skill ** 2 + effects.ownSkill ** 2 + 2 * (effects.shift ** 2 + effects.ownShift ** 2),
);
const scoreVariance = 1 + effects.shift ** 2 + effects.ownShift ** 2;

/** The distance of the classes' mean scores that gives an AUC over many days. */
const distanceFor = (auc: number): number => pairSpread * normalQuantile(auc);

interface Day {
  readonly oddsOfPositive: number;
  readonly skill: readonly [number, number];
  readonly shift: readonly [number, number];
}

/** The same world and number give the same rows. Scores are probabilities, as good as the days' whims allow. */
export function simulateRows(world: World, truth: Truth, simulation: number): SimulatedRows {
  const random = seededRandom(world.seed + simulation * 7919);
  const bell = normals(random);
  const sizes = Array.from({ length: world.days }, () =>
    Math.max(1, Math.round(world.rowsPerDay * Math.exp(effects.size * bell()))),
  );
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const rows = {
    labels: new Uint8Array(count),
    blocks: new Uint16Array(count),
    blockCount: world.days,
    champion: new Float32Array(count),
    challenger: new Float32Array(count),
    slices: new Int32Array(count),
  };
  let row = 0;
  for (const [block, size] of sizes.entries()) {
    const day = drawDay(bell);
    for (let end = row + size; row < end; row += 1) {
      rows.blocks[row] = block;
      drawRow({ rows, row, day, world, truth, random, bell });
    }
  }
  return rows;
}

function drawDay(bell: () => number): Day {
  const skill = effects.skill * bell();
  const shift = effects.shift * bell();
  return {
    oddsOfPositive: (positiveShare / (1 - positiveShare)) * Math.exp(effects.odds * bell()),
    skill: [skill + effects.ownSkill * bell(), skill + effects.ownSkill * bell()],
    shift: [shift + effects.ownShift * bell(), shift + effects.ownShift * bell()],
  };
}

function drawRow(args: {
  readonly rows: SimulatedRows;
  readonly row: number;
  readonly day: Day;
  readonly world: World;
  readonly truth: Truth;
  readonly random: () => number;
  readonly bell: () => number;
}): void {
  const { rows, row, day, world, truth, random, bell } = args;
  const label = random() < day.oddsOfPositive / (1 + day.oddsOfPositive) ? 1 : 0;
  const slice = Math.floor(random() * world.slices);
  const common = Math.sqrt(correlation) * bell();
  const own = Math.sqrt(1 - correlation);
  const aucs = [championAuc, championAuc + truth.advantage - (slice === 0 ? truth.sliceLoss : 0)] as const;
  const score = (side: 0 | 1) =>
    toProbability(day.shift[side] + label * (distanceOf(aucs[side]) + day.skill[side]) + common + own * bell());
  rows.labels[row] = label;
  rows.slices[row] = slice;
  rows.champion[row] = score(0);
  rows.challenger[row] = score(1);
}

/** Quantiles are found by bisection, and only a few are ever asked for. */
const distances = new Map<number, number>();
function distanceOf(auc: number): number {
  const known = distances.get(auc);
  if (known !== undefined) return known;
  const distance = distanceFor(auc);
  distances.set(auc, distance);
  return distance;
}

const slope = distanceFor(championAuc) / scoreVariance;
const intercept = Math.log(positiveShare / (1 - positiveShare)) - distanceFor(championAuc) ** 2 / (2 * scoreVariance);

function toProbability(score: number): number {
  return 1 / (1 + Math.exp(-(intercept + slope * score)));
}

/** Standard normal numbers by Marsaglia's polar method. */
function normals(random: () => number): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    for (;;) {
      const x = 2 * random() - 1;
      const y = 2 * random() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * scale;
      return x * scale;
    }
  };
}
