import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';

const execute = promisify(execFile);

/** The tool chain's Python, found by the tests' global setup. */
export function testPython(): string {
  const python = process.env['GAUNTLET_TEST_PYTHON'];
  if (python === undefined) throw new Error('GAUNTLET_TEST_PYTHON is not set; the global setup provides it');
  return python;
}

/** Runs a Python program to its end and returns what it printed; rejects with its standard error. */
export async function runPython(args: readonly string[]): Promise<string> {
  return (await execute(testPython(), [...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

/** A value from 0 to 1 that depends on the row and the purpose alone. */
function fixed(purpose: string): string {
  return `(hash('${purpose}' || i) % 1000003 / 1000003.0)`;
}

/**
 * Writes rows first..last with the float32 features `distance` (continuous), `weekday` (0 to 6), `delay_share` (missing
 * in a tenth of the rows where `gaps` is set), `meter` (neighbouring float32 values, so that every threshold lies between
 * two of them and cannot be a float32) and `origin` (a dictionary code), and the labels `late` and `minutes`.
 */
export async function writeTrainerRows(file: string, first: number, last: number, gaps = true): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const share = gaps ? `CASE WHEN hash('gap' || i) % 10 = 0 THEN NULL ELSE ${fixed('share')} END` : fixed('share');
  await connection.run(`
    COPY (
      SELECT *, (0.3 * coalesce(delay_share, 0.5) + 0.2 * (distance > 900)::INT + 0.2 * (meter % 20 < 10)::INT
                 + 0.3 * ${fixed('noise')} > 0.5) AS late,
             distance / 8 + 10 * coalesce(delay_share, 0) + ${fixed('noise')} AS minutes
      FROM (
        SELECT (${fixed('distance')} * 2400)::FLOAT AS distance, (hash('day' || i) % 7)::FLOAT AS weekday,
               (${share})::FLOAT AS delay_share, (8388608 + hash('meter' || i) % 200)::FLOAT AS meter,
               (hash('origin' || i) % 30)::FLOAT AS origin, i
        FROM range(${String(first)}, ${String(last)}) r(i)
      ) ORDER BY i
    ) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}

export const trainerFeatures = ['distance', 'weekday', 'delay_share', 'meter', 'origin'];
