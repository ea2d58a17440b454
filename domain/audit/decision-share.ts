import type { ModelFacts } from './window-facts.js';

/** A share of positive decisions so many times larger or smaller than intended is worth a look. */
const FAR = 3;
/** Standard deviations of chance that a small window may be away from any share. */
const CHANCE = 3;

/**
 * Says when a model calls far more or fewer rows of a window positive than its threshold was set for. That holds nothing:
 * a day of snow is like that, and so is an input that broke, and only people can tell them apart.
 */
export function describeDecisionShare(
  { rows, positives }: { readonly rows: number } & Pick<ModelFacts, 'positives'>,
  positiveRate: number,
): readonly string[] {
  if (rows === 0 || positiveRate <= 0 || positiveRate >= 1) return [];
  const share = positives / rows;
  const isFar = share > FAR * positiveRate || share < positiveRate / FAR;
  const byChance = CHANCE * Math.sqrt((positiveRate * (1 - positiveRate)) / rows);
  if (!isFar || Math.abs(share - positiveRate) <= byChance) return [];
  return [
    `${percent(share)} of the decisions are positive, and decision.positiveRate is ${percent(positiveRate)}: ` +
      'look at the inputs of this window',
  ];
}

function percent(share: number): string {
  return `${String(Number((share * 100).toPrecision(3)))} %`;
}
