import type { DuckDBConnection } from '@duckdb/node-api';
import type { LabelRelation, Prober } from '../../activities/ports/probing.js';
import type { FeatureKind } from '../../domain/pipeline-definition.js';
import { aucSql } from './metrics/auc-sql.js';
import { queryRow } from './connection.js';
import { readParquet, sqlName } from './sql-text.js';

type Args<Name extends keyof Prober> = Parameters<Prober[Name]>[0];

export async function countSharedKeys(
  connection: DuckDBConnection,
  { parts, otherParts }: Args<'countSharedKeys'>,
): Promise<number> {
  const { shared } = await queryRow<{ shared: number }>(
    connection,
    `SELECT count(*) AS shared FROM (SELECT DISTINCT row_key FROM ${readParquet(parts)})
     SEMI JOIN ${readParquet(otherParts)} USING (row_key)`,
  );
  return shared;
}

export async function relateToLabel(
  connection: DuckDBConnection,
  { parts, features, labelKind }: Args<'relateToLabel'>,
): Promise<readonly LabelRelation[]> {
  const relations: LabelRelation[] = [];
  for (const { name, kind } of features) {
    await connection.run(`
      CREATE OR REPLACE TEMP TABLE labelled AS
      SELECT ${sqlName(name)} AS value, label, md5_number_lower(row_key) % 2 AS half
      FROM ${readParquet(parts)} WHERE label IS NOT NULL`);
    const number = kind === 'numeric' ? 'value' : 'try_cast(value AS DOUBLE)';
    const { rows, isLabel } = await queryRow<Pick<LabelRelation, 'rows' | 'isLabel'>>(
      connection,
      `SELECT count(*) AS rows, count(DISTINCT label) > 1 AND count(*) FILTER (${number} IS DISTINCT FROM label) = 0 AS "isLabel"
       FROM labelled`,
    );
    const auc = labelKind === 'binary' && rows > 0 ? await singleAuc(connection, kind) : null;
    relations.push({ feature: name, rows, isLabel, auc: auc === null ? null : Math.max(auc, 1 - auc) });
  }
  return relations;
}

async function singleAuc(connection: DuckDBConnection, kind: FeatureKind): Promise<number | null> {
  const ranked = kind === 'numeric' ? rankedNumbers : rankedCategories;
  return (await queryRow<{ metric: number | null }>(connection, aucSql(`(${ranked})`, 'feature'))).metric;
}

const rankedNumbers = `SELECT 0 AS feature, label, coalesce(value, 'NaN'::DOUBLE) AS score FROM labelled`;

const rankedCategories = `
  SELECT 0 AS feature, l.label, coalesce(c.share, (SELECT avg(label) FROM labelled)) AS score
  FROM labelled AS l
  LEFT JOIN (SELECT half, value, count(*) FILTER (label > 0) / count(*) AS share FROM labelled GROUP BY half, value) AS c
    ON c.half = 1 - l.half AND c.value IS NOT DISTINCT FROM l.value`;

export async function compareScores(
  connection: DuckDBConnection,
  { foldPath, scoredPath }: Args<'compareScores'>,
): Promise<{ readonly rows: number; readonly foldAuc: number | null; readonly auc: number | null }> {
  await connection.run(`
    CREATE TEMP TABLE both_sides AS
    SELECT f.label, f.challenger AS measured, s.score_0 AS scored
    FROM ${readParquet([foldPath])} AS f JOIN ${readParquet([scoredPath])} AS s USING (row_key)`);
  const stacked = `(SELECT 0 AS side, label, measured AS score FROM both_sides
                    UNION ALL SELECT 1, label, scored FROM both_sides)`;
  return queryRow(
    connection,
    `SELECT (SELECT count(*) FROM both_sides) AS rows, max(metric) FILTER (side = 0) AS "foldAuc",
            max(metric) FILTER (side = 1) AS auc
     FROM (${aucSql(stacked, 'side')})`,
  );
}
