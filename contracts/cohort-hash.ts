import { createHash } from 'node:crypto';

/**
 * The number of an entity in the draw of a cohort: the first 32 bits of md5 of `salt:entity`, as DuckDB gives it too
 * (`adapters/duckdb/cohort-sql.ts`). md5 for its speed over millions of rows; nothing secret hangs on it. Fixed for ever:
 * another number would move entities between models.
 */
export function cohortHash(salt: string, entity: string): number {
  return createHash('md5').update(`${salt}:${entity}`).digest().readUInt32BE(0);
}
