import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { queryRows, withDuckDb } from '../../adapters/duckdb/connection.js';
import { readParquet } from '../../adapters/duckdb/sql-text.js';
import { loadOnnxModel } from '../../adapters/predictor/onnx-model.js';
import { compileTreeKernel } from '../../adapters/tree-kernel/compile-kernel.js';
import { loadTreeKernel } from '../../adapters/tree-kernel/load-kernel.js';
import { readTreeEnsemble } from '../../adapters/tree-kernel/read-ensemble.js';
import { judge, rounded, type Target } from '../support/bench-report.js';
import { median } from './measurement.js';
import type { BenchModel } from './models.js';
import { featureNames } from './row-shape.js';

/** Both engines on one thread, on rows that lie in memory: what is left is the model alone. */
export interface KernelMeasurement {
  readonly rows: number;
  readonly onnxRowsPerSecond: number;
  readonly kernelRowsPerSecond: number;
  readonly largestDifference: number;
}

const measuredRows = 65_536;
/** The size of a block inside DuckDB. */
const blockRows = 2_048;

/** Scores a block; the array holds until the next one. */
type ScoreBlock = (first: number, rows: number) => Float32Array;

/** ONNX Runtime and the tree kernel in turns, the median of each. */
export async function measureKernel(model: BenchModel, part: string, repetitions: number): Promise<KernelMeasurement> {
  const columns = await readColumns(part);
  const onnx = onnxBlocks(model, columns);
  const kernel = await kernelBlocks(model, columns);
  const [expected, found] = [timeAll(onnx), timeAll(kernel)];
  const seconds: { readonly onnx: number[]; readonly kernel: number[] } = { onnx: [], kernel: [] };
  for (let round = 0; round < repetitions; round += 1) {
    seconds.onnx.push(timeAll(onnx).seconds);
    seconds.kernel.push(timeAll(kernel).seconds);
  }
  return {
    rows: measuredRows,
    onnxRowsPerSecond: Math.round(measuredRows / median(seconds.onnx)),
    kernelRowsPerSecond: Math.round(measuredRows / median(seconds.kernel)),
    largestDifference: expected.scores.reduce(
      (largest, score, row) => Math.max(largest, Math.abs(score - (found.scores[row] ?? Number.NaN))),
      0,
    ),
  };
}

export function kernelTarget({ onnxRowsPerSecond, kernelRowsPerSecond }: KernelMeasurement): Target {
  return judge({
    id: 'gbt-kernel-against-onnxruntime',
    op: '>=',
    target: 12,
    value: rounded(kernelRowsPerSecond / onnxRowsPerSecond),
    unit: '×',
    sides: [
      { name: 'kernel, one thread', value: kernelRowsPerSecond, unit: 'rows/s' },
      { name: 'onnxruntime-node, one thread', value: onnxRowsPerSecond, unit: 'rows/s' },
    ],
  });
}

async function readColumns(part: string): Promise<readonly Float32Array[]> {
  const settings = { allowed: [part], tempDirectory: path.dirname(part), threads: 1, memoryLimitMb: 1_024 };
  const rows = await withDuckDb(settings, (connection) =>
    queryRows<Record<string, number>>(
      connection,
      `SELECT ${featureNames.join(', ')} FROM ${readParquet([part])} LIMIT ${String(measuredRows)}`,
    ),
  );
  return featureNames.map((name) => Float32Array.from(rows, (row) => row[name] ?? Number.NaN));
}

function onnxBlocks({ onnxPath }: BenchModel, columns: readonly Float32Array[]): ScoreBlock {
  const model = loadOnnxModel('bench', onnxPath, columns.length);
  return (first, rows) => {
    model.begin(rows);
    for (const [index, column] of columns.entries()) model.setColumn(index, column.subarray(first, first + rows));
    return model.run(rows);
  };
}

async function kernelBlocks({ onnxPath }: BenchModel, columns: readonly Float32Array[]): Promise<ScoreBlock> {
  const read = readTreeEnsemble(await readFile(onnxPath));
  if (read.status === 'other') throw new Error(`the bench's trees have no kernel: ${read.why}`);
  const compiled = compileTreeKernel(read.ensemble);
  if (compiled.status === 'unsupported') throw new Error(`the bench's trees have no kernel: ${compiled.why}`);
  const kernel = loadTreeKernel(compiled.bytes, columns.length);
  return (first, rows) => {
    for (const [index, column] of columns.entries()) kernel.columns[index]?.set(column.subarray(first, first + rows));
    return kernel.run(rows);
  };
}

function timeAll(score: ScoreBlock): { readonly seconds: number; readonly scores: Float32Array } {
  const scores = new Float32Array(measuredRows);
  const startedAt = performance.now();
  for (let first = 0; first < measuredRows; first += blockRows) scores.set(score(first, blockRows), first);
  return { seconds: (performance.now() - startedAt) / 1_000, scores };
}
