/** The tree kernel against ONNX Runtime: 200 trees of 63 leaves, one thread each, the same rows. Takes about a minute. */
import { readFile } from 'node:fs/promises';
import { loadOnnxModel } from '../adapters/predictor/onnx-model.js';
import { compileTreeKernel } from '../adapters/tree-kernel/compile-kernel.js';
import { loadTreeKernel, type TreeKernel } from '../adapters/tree-kernel/load-kernel.js';
import { readTreeEnsemble } from '../adapters/tree-kernel/read-ensemble.js';
import {
  judge,
  machineSizes,
  printReport,
  readVersions,
  rounded,
  tell,
  type BenchReport,
} from './support/bench-report.js';
import { trainBoostedModel, type BoostedModel } from './support/boosted-model.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

const rows = 131_072;
const chunkRows = 2_048;
const passes = 7;
/** Scores further apart than this are not the same model's. */
const tolerance = 2e-7;

printReport(await measure(), process.argv.includes('--json'));

function measure(): Promise<BenchReport & { readonly scoresAgree: boolean }> {
  return inTemporaryFolder(async (folder) => {
    tell('training the model …');
    const model = await trainBoostedModel(folder, rows);
    tell(`trained in ${model.trainSeconds.toFixed(1)} s; scoring ${rows} rows …`);
    return compareEngines(model);
  });
}

async function compareEngines(model: BoostedModel): Promise<BenchReport & { readonly scoresAgree: boolean }> {
  const { kernel, ...sizes } = compileModel(await readFile(model.modelPath));
  const byKernel = timePasses((scores) => scoreByKernel(kernel, model.columns, scores));
  const runtime = loadOnnxModel('bench', model.modelPath, model.columns.length);
  const byRuntime = timePasses((scores) => {
    for (let first = 0; first < rows; first += chunkRows) {
      runtime.begin(chunkRows);
      for (const [index, column] of model.columns.entries()) {
        runtime.setColumn(index, column.subarray(first, first + chunkRows));
      }
      scores.set(runtime.run(chunkRows), first);
    }
  });
  const difference = largestDifference(byKernel.scores, byRuntime.scores);
  return {
    name: 'tree-kernel',
    scoresAgree: difference <= tolerance,
    targets: [
      judge({
        id: 'kernel-against-onnxruntime',
        op: '>=',
        target: 12,
        value: rounded(byRuntime.ms / byKernel.ms),
        unit: '×',
      }),
      judge({ id: 'largest-score-difference', op: '<=', target: tolerance, value: difference, unit: '' }),
      judge({ id: 'kernel-generation', op: '<=', target: 100, value: rounded(sizes.generateMs), unit: 'ms' }),
    ],
    versions: readVersions(),
    sizes: {
      ...machineSizes(),
      rows,
      kernelRowsPerSecond: Math.round((rows / byKernel.ms) * 1_000),
      onnxruntimeRowsPerSecond: Math.round((rows / byRuntime.ms) * 1_000),
      kernelBytes: sizes.bytes,
      readMs: rounded(sizes.readMs),
      loadMs: rounded(sizes.loadMs),
    },
  };
}

/** Made several times and timed at its best: a model is compiled once, in a process that has long been running. */
function compileModel(onnx: Uint8Array) {
  const timed = Array.from({ length: passes }, () => {
    const startedAt = performance.now();
    const read = readTreeEnsemble(onnx);
    if (read.status !== 'tree') throw new Error(read.why);
    const readAt = performance.now();
    const compiled = compileTreeKernel(read.ensemble);
    if (compiled.status !== 'compiled') throw new Error(compiled.why);
    const compiledAt = performance.now();
    const kernel = loadTreeKernel(compiled.bytes, read.ensemble.featureCount);
    const loadMs = performance.now() - compiledAt;
    return {
      kernel,
      bytes: compiled.bytes.length,
      readMs: readAt - startedAt,
      generateMs: compiledAt - readAt,
      loadMs,
    };
  });
  return timed.reduce((best, each) => (each.generateMs < best.generateMs ? each : best));
}

function scoreByKernel(kernel: TreeKernel, columns: readonly Float32Array[], scores: Float32Array): void {
  for (let first = 0; first < rows; first += chunkRows) {
    for (const [feature, column] of columns.entries()) {
      kernel.columns[feature]?.set(column.subarray(first, first + chunkRows));
    }
    scores.set(kernel.run(chunkRows), first);
  }
}

/** The best of several passes: what else the machine does only ever makes one slower. The first warms up. */
function timePasses(pass: (scores: Float32Array) => void): { readonly ms: number; readonly scores: Float32Array } {
  const scores = new Float32Array(rows);
  pass(scores);
  let ms = Infinity;
  for (let each = 0; each < passes; each += 1) {
    const startedAt = performance.now();
    pass(scores);
    ms = Math.min(ms, performance.now() - startedAt);
  }
  return { ms, scores };
}

/** NaN anywhere is a difference that no tolerance allows. */
function largestDifference(found: Float32Array, expected: Float32Array): number {
  return found.reduce((most, score, row) => Math.max(most, Math.abs(score - (expected[row] ?? NaN))), 0);
}
