/**
 * AUC of `score` for `label` in each group of a relation, as `metric`: from twice the sum of the positives' mid-ranks, in
 * whole numbers, so neither order nor threads change it; null with one class only. Ranks, because the engine sums over a
 * window several times more slowly.
 */
export function aucSql(relation: string, group: string): string {
  return `
  SELECT ${group}, (sum(positives * (2 * lowest + rows - 1)) - sum(positives) * (sum(positives) + 1))::DOUBLE
                   / nullif(2 * sum(positives) * (sum(rows) - sum(positives)), 0)::DOUBLE AS metric
  FROM (
    SELECT ${group}, lowest, count(*) AS rows, count(*) FILTER (label > 0) AS positives
    FROM (SELECT ${group}, label, rank() OVER (PARTITION BY ${group} ORDER BY score) AS lowest FROM ${relation})
    GROUP BY ${group}, lowest)
  GROUP BY ${group}`;
}
