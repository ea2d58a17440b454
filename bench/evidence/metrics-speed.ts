/** Five metrics of the same rows by DuckDB SQL and by scikit-learn, one after the other, both from memory. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { DuckDBConnection } from '@duckdb/node-api';
import { projectRoot } from '../../adapters/built-entry.js';
import { withDuckDb } from '../../adapters/duckdb/connection.js';
import { measureMetrics } from '../../adapters/duckdb/metrics/measure-metrics.js';
import { sqlString } from '../../adapters/duckdb/sql-text.js';
import type { BinaryMetric } from '../../domain/metrics.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';

const METRICS = ['auc', 'averagePrecision', 'ks', 'logLoss', 'brier'] as const satisfies readonly BinaryMetric[];
const PASSES = 3;
/** Further apart than this the two have not measured the same. */
const TOLERANCE = 1e-9;

export interface MetricsSpeed {
  readonly rows: number;
  readonly seed: number;
  /** The quickest of three passes, in milliseconds. */
  readonly ours: number;
  readonly sklearn: number;
  /** How many times as long scikit-learn takes. */
  readonly ratio: number;
  /** Largest distance of a metric from scikit-learn's. */
  readonly largestDifference: number;
  readonly agree: boolean;
}

/** `python` has scikit-learn and pyarrow. Nearly all scores are distinct, which is the hardest case for ranks. */
export function compareMetricsSpeed(args: { python: string; rows: number; seed: number }): Promise<MetricsSpeed> {
  const { python, rows, seed } = args;
  return inTemporaryFolder(async (folder) => {
    const file = path.join(folder, 'scored.parquet');
    const settings = { allowed: [file], tempDirectory: folder, threads: 2, memoryLimitMb: 2048 };
    const ours = await withDuckDb(settings, (connection) => timeOurs(connection, file, { rows, seed }));
    const script = path.join(projectRoot(), 'bench', 'evidence', 'metrics_speed.py');
    const { stdout } = await promisify(execFile)(python, [script, file, String(PASSES)]);
    const theirs = JSON.parse(stdout) as { ms: number; metrics: Record<string, number> };
    const distances = METRICS.map((metric) =>
      Math.abs((ours.metrics[metric]?.value ?? Number.NaN) - (theirs.metrics[metric] ?? Number.NaN)),
    );
    const largestDifference = Math.max(...distances);
    return {
      rows,
      seed,
      ours: ours.ms,
      sklearn: theirs.ms,
      ratio: theirs.ms / ours.ms,
      largestDifference,
      agree: largestDifference <= TOLERANCE,
    };
  });
}

async function timeOurs(connection: DuckDBConnection, file: string, { rows, seed }: { rows: number; seed: number }) {
  await connection.run(`CREATE TEMP TABLE scored AS ${scoredRowsSql(rows, seed)}`);
  await connection.run(`COPY scored TO ${sqlString(file)} (FORMAT parquet)`);
  const request = { relation: 'scored', label: 'label', score: 'score', weight: null, group: '0', metrics: METRICS };
  let ms = Number.POSITIVE_INFINITY;
  let metrics = {} as NonNullable<ReturnType<Awaited<ReturnType<typeof measureMetrics>>['get']>>['metrics'];
  for (let pass = 0; pass < PASSES; pass += 1) {
    const started = performance.now();
    const groups = await measureMetrics(connection, { ...request, threshold: null, topShare: 0.1, value: null });
    ms = Math.min(ms, performance.now() - started);
    metrics = groups.get(0)?.metrics ?? {};
  }
  return { ms, metrics };
}

/** Calibrated scores of a rare class: the same rows for the same seed, whatever the number of threads. */
function scoredRowsSql(rows: number, seed: number): string {
  const uniform = (salt: number) => `((hash(i * 7 + ${String(salt)}, ${String(seed)}) >> 11) / 9007199254740992.0)`;
  const normal = `sqrt(-2 * ln(1 - ${uniform(1)})) * cos(6.283185307179586 * ${uniform(2)})`;
  return `SELECT score, (${uniform(3)} < score)::INTEGER::DOUBLE AS label
    FROM (SELECT i, (1 / (1 + exp(2 - 1.2 * ${normal})))::FLOAT AS score FROM range(${String(rows)}) t(i))`;
}

if (process.argv[1] === import.meta.filename) {
  const { locatePythonEnvironment } = await import('../../scripts/toolchain/index.mjs');
  const python = await locatePythonEnvironment();
  if (python === undefined) throw new Error('the Python environment is not installed; npm run bench installs it');
  const rows = Number(process.argv[2] ?? 5_000_000);
  console.log(JSON.stringify(await compareMetricsSpeed({ python: python.path, rows, seed: 20_010_401 })));
}
