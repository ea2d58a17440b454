/**
 * Standard error of an AUC from the AUC and the class counts alone (Hanley and McNeil, Radiology 143, 1982). It is some
 * percent too wide, so an alarm on it comes late rather than wrongly, and it needs no second pass. It takes the rows as
 * independent: what differs between windows is not in it. Needs both classes.
 */
export function aucStandardError(auc: number, positives: number, negatives: number): number {
  const q1 = auc / (2 - auc);
  const q2 = (2 * auc * auc) / (1 + auc);
  const square = auc * auc;
  const variance = auc * (1 - auc) + (positives - 1) * (q1 - square) + (negatives - 1) * (q2 - square);
  return Math.sqrt(Math.max(0, variance) / (positives * negatives));
}
