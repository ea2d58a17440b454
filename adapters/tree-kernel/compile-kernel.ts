import { collectQuestions } from './conditions.js';
import type { TreeEnsemble } from './ensemble.js';
import { compileFeature } from './feature-code.js';
import { SLOT_BYTES } from './circuit-code.js';
import { compileFinish } from './finish-code.js';
import { compileGroup, GROUP_TREES } from './group-code.js';
import { packKernel } from './kernel-file.js';
import { BLOCK_BYTES, BLOCK_ROWS, MAX_ROWS, reserve, startLayout } from './layout.js';
import { compileRun } from './run-code.js';
import { planTree } from './tree-circuit.js';
import { measureTrees, type TreeShapes } from './tree-shapes.js';
import { assembleModule } from './wasm-module.js';

/** The bytes of a kernel, to be kept beside the model, or why there is none. */
export type CompiledKernel =
  | { readonly status: 'compiled'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly status: 'unsupported'; readonly why: string };

/** Codes have at most two bytes. */
const MAX_LEAVES = 65_536;
/** Deeper chains are no trained trees, and the planner goes down them by recursion. */
const MAX_DEPTH = 512;
/** Above it, compiling takes seconds and the code no longer fits into any cache. */
const MAX_NODES = 400_000;
const MAX_FEATURES = 4_096;
/** Bins have at most two bytes, of which NaN may need one value. */
const MAX_CUTS = 65_000;
/** The matrix of conditions should stay in the second-level cache, next to the code that reads it. */
const MATRIX_BYTES = 262_144;

/** Generates the kernel of an ensemble: the same ensemble gives the same bytes. */
export function compileTreeKernel(ensemble: TreeEnsemble): CompiledKernel {
  const shapes = measureTrees(ensemble);
  const questions = collectQuestions(ensemble);
  const why = findLimit(ensemble, shapes) ?? findCutLimit(questions.features.map(({ cuts }) => cuts.length));
  if (why !== null) return { status: 'unsupported', why };
  const layout = startLayout();
  const rows = chooseRows(questions.conditionCount);
  const stride = (rows / BLOCK_ROWS) * BLOCK_BYTES;
  const sums = reserve(layout, MAX_ROWS * 4);
  const columnBytes = MAX_ROWS * 4 + 64;
  const columns = reserve(layout, ensemble.featureCount * columnBytes);
  const bins = reserve(layout, 2 * BLOCK_ROWS);
  const codes = reserve(layout, 2 * GROUP_TREES * rows);
  const matrix = reserve(layout, questions.conditionCount * stride);
  let before = 0;
  const features = questions.features.map((asked) => {
    const place = { column: columns + asked.feature * columnBytes, bins, matrix: matrix + before * stride, stride };
    before += asked.conditions.length;
    return compileFeature(layout, asked, place);
  });
  const source = {
    ensemble,
    shapes,
    conditionAddress: (node: number) => matrix + (questions.conditionOfNode[node] ?? 0) * stride,
  };
  const trees = [...ensemble.roots].map((root) => planTree(source, root));
  const slots = trees.reduce((most, { circuit }) => Math.max(most, circuit.kept.length), 0);
  const scratch = reserve(layout, slots * SLOT_BYTES);
  const groups = chunk(trees, GROUP_TREES).map((group, index) =>
    compileGroup(layout, group, { sums, codes, codeBytes: rows, scratch, isFirst: index === 0 }),
  );
  const steps = [...features, ...groups, compileFinish(ensemble, sums)];
  const functions = [...steps, compileRun(steps.length, rows)];
  const module = assembleModule({ memoryBytes: layout.size, functions, data: layout.data });
  return {
    status: 'compiled',
    bytes: packKernel({ features: ensemble.featureCount, columns, columnBytes, scores: sums, module }),
  };
}

function findLimit({ roots, feature, featureCount }: TreeEnsemble, shapes: TreeShapes): string | null {
  const depth = roots.reduce((most, root) => Math.max(most, shapes.height[root] ?? 0), 0);
  const leaves = roots.reduce((most, root) => Math.max(most, shapes.leaves[root] ?? 0), 0);
  if (feature.length > MAX_NODES) return `it has ${feature.length} nodes, the kernel takes at most ${MAX_NODES}`;
  if (leaves > MAX_LEAVES) return `a tree has ${leaves} leaves, the kernel takes at most ${MAX_LEAVES}`;
  if (depth > MAX_DEPTH) return `a tree has a depth of ${depth}, the kernel takes at most ${MAX_DEPTH}`;
  if (featureCount > MAX_FEATURES) return `it has ${featureCount} features, the kernel takes at most ${MAX_FEATURES}`;
  return null;
}

function findCutLimit(cuts: readonly number[]): string | null {
  const most = Math.max(0, ...cuts);
  return most > MAX_CUTS ? `a feature has ${most} thresholds, the kernel takes at most ${MAX_CUTS}` : null;
}

/** Rows that go through all trees together: the more, the better a tree's code is used while it is at hand. */
function chooseRows(conditionCount: number): number {
  let rows = MAX_ROWS;
  while (rows > BLOCK_ROWS && (conditionCount * rows) / 8 > MATRIX_BYTES) rows /= 2;
  return rows;
}

function chunk<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
