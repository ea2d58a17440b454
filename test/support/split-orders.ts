import { cohortHash } from '../../contracts/cohort-hash.js';
import { isInCohort } from '../../domain/cohort.js';
import { order } from './orders.js';
import { scoreByHand } from './real-models.js';
import type { RealScoring } from './real-scoring.js';
import { splitSalt } from './splits.js';

/** Sixty orders of twenty shops, in key order. */
export const orders = Array.from({ length: 60 }, (_, index) => {
  const id = `k${String(index).padStart(2, '0')}`;
  return order({ id, shop: `shop ${String(index % 20)}`, amount: String((index * 7) % 40) });
});
const byKey = new Map(orders.map((each) => [each.id, each]));

/** The keys that each of the two serves. */
export interface Served {
  readonly champion: readonly string[];
  readonly challenger: readonly string[];
}

export function isDrawn(shop: string, sharePercent: number): boolean {
  return isInCohort(cohortHash(splitSalt, shop), sharePercent);
}

/** How a share divides the orders. */
export function divided(sharePercent: number): Served {
  return {
    champion: orders.filter(({ shop }) => !isDrawn(shop, sharePercent)).map(({ id }) => id),
    challenger: orders.filter(({ shop }) => isDrawn(shop, sharePercent)).map(({ id }) => id),
  };
}

/** Who serves which orders now, file after file. Throws where a row has another score than by hand, or another model. */
export async function servedNow(scoring: RealScoring): Promise<Served> {
  const keys: Record<keyof Served, string[]> = { champion: [], challenger: [] };
  for (const row of (await scoring.rows()).flat()) {
    const cohort = row['cohort'] === 'challenger' ? 'challenger' : 'champion';
    const [letter, digest] =
      cohort === 'challenger' ? (['c', scoring.challenger] as const) : (['b', scoring.models.b] as const);
    const key = String(row['row_key']);
    const byHand = scoreByHand(letter, Number(byKey.get(key)?.amount), 1);
    const isRight = Math.abs(Number(row['score']) - byHand) < 1e-6 && row['model_digest'] === digest;
    if (!isRight) throw new Error(`${JSON.stringify(row)} is not what ${letter} serves: ${String(byHand)}`);
    keys[cohort].push(key);
  }
  return keys;
}
