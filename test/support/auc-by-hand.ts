/** Share of the pairs of one positive and one negative that the scores order rightly; ties count half. */
export function aucByHand(scores: readonly number[], labels: readonly number[]): number {
  let wins = 0;
  let pairs = 0;
  scores.forEach((positive, p) => {
    if (labels[p] !== 1) return;
    scores.forEach((negative, n) => {
      if (labels[n] !== 0) return;
      pairs += 1;
      if (positive > negative) wins += 1;
      if (positive === negative) wins += 0.5;
    });
  });
  return wins / pairs;
}
