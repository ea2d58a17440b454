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

/**
 * The level at which Holm tests each of the p-values, in the order given: alpha over those that are left at its step, and
 * for all that are not shown the level of the step that ended it. An interval with this tail leaves a limit out exactly
 * where the test against that limit shows something.
 */
export function holmLevels(pValues: readonly number[], alpha: number): readonly number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((left, right) => left.p - right.p);
  const levels = new Array<number>(pValues.length).fill(alpha);
  let left = pValues.length;
  let isOver = false;
  for (const { p, index } of order) {
    levels[index] = alpha / left;
    isOver ||= p > alpha / left;
    if (!isOver) left -= 1;
  }
  return levels;
}
