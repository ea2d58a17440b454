/**
 * Holm's step-down adjustment: keeps the chance of any false alarm among all the tests at the level of one, whatever
 * their dependence. Answers adjusted p-values in the order given.
 */
export function adjustHolm(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((left, right) => left.p - right.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let running = 0;
  order.forEach(({ p, index }, rank) => {
    running = Math.max(running, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = running;
  });
  return adjusted;
}
