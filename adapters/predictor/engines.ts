import { readFile } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow } from '../duckdb/connection.js';
import { readParquet, sqlName } from '../duckdb/sql-text.js';
import type { BlockModel } from './block-model.js';
import { loadLinearKernel } from './linear-kernel.js';
import { linearExpression, readLinearModel, type LinearModel } from './linear-model.js';
import type { ChildOnnxModel } from './protocol.js';
import { registerScoreFunction } from './score-function.js';
import { startOrphanWatch } from './start-orphan-watch.js';
import { loadTreeModel } from './tree-model.js';

/** How a model is computed in this process. */
export type Engine =
  | { readonly kind: 'onnx' | Compiled; readonly model: BlockModel }
  | { readonly kind: 'linear-sql'; readonly model: LinearModel };
type Compiled = 'trees' | 'linear';

/** How far the tree kernel may be from the golden scores, which are ONNX Runtime's. */
export const TREE_TOLERANCE = 2e-7;
const LINEAR_TOLERANCE = 1e-7;
const tolerances = { linear: LINEAR_TOLERANCE, 'linear-sql': LINEAR_TOLERANCE, trees: TREE_TOLERANCE } as const;

/** Enough for a champion, its challenger and shadows; a process that sees more models than this loads some again. */
const MAX_KNOWN = 8;
const known = new Map<string, Engine>();

/**
 * The engine for a model, loaded and proved once in the life of this process: the tree kernel kept with the model; for a
 * linear one the linear kernel, or SQL arithmetic where ONNX Runtime rounds in another way on this machine; each only
 * after it has given the golden scores here; else ONNX Runtime.
 */
export async function loadEngine(connection: DuckDBConnection, model: ChildOnnxModel): Promise<Engine> {
  const key = model.proof === null ? null : `${model.modelPath} ${model.proof.identity}`;
  const earlier = key === null ? undefined : known.get(key);
  if (earlier !== undefined) return earlier;
  const engine = (await loadFaster(connection, model)) ?? (await loadOnnx(model));
  if (key !== null) remember(key, engine);
  return engine;
}

/** A process that scores with faster engines only starts without ONNX Runtime. */
async function loadOnnx({ label, modelPath, features }: ChildOnnxModel): Promise<Engine> {
  const { loadOnnxModel } = await import('./onnx-model.js');
  startOrphanWatch();
  return { kind: 'onnx', model: loadOnnxModel(label, modelPath, features.length) };
}

function remember(key: string, engine: Engine): void {
  const [oldest] = known.keys();
  if (known.size >= MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  known.set(key, engine);
}

async function loadFaster(connection: DuckDBConnection, model: ChildOnnxModel): Promise<Engine | null> {
  if (model.proof === null) return null;
  for (const candidate of await listCandidates(model)) {
    const difference = await measureDifference(connection, model, model.proof.goldenPath, candidate);
    if (isWithin(difference, tolerances[candidate.kind])) return candidate;
  }
  return null;
}

type Candidate = Extract<Engine, { kind: 'linear-sql' }> | { readonly kind: Compiled; readonly model: BlockModel };

/** The fastest first. */
async function listCandidates(model: ChildOnnxModel): Promise<readonly Candidate[]> {
  const kernelPath = model.proof?.kernelPath ?? null;
  if (kernelPath !== null) {
    const trees = tryLoadTrees(await readFile(kernelPath), model.features.length);
    if (trees !== null) return [{ kind: 'trees', model: trees }];
  }
  const linear = readLinearModel(await readFile(model.modelPath));
  if (linear?.weights.length !== model.features.length) return [];
  const kernel = tryLoad(() => loadLinearKernel(linear));
  return [
    ...(kernel === null ? [] : [{ kind: 'linear', model: kernel } as const]),
    { kind: 'linear-sql', model: linear },
  ];
}

/** A kernel of another version of Gauntlet is no failure: the model can still be scored. */
export function tryLoadTrees(kernel: Uint8Array, featureCount: number): BlockModel | null {
  return tryLoad(() => loadTreeModel(kernel, featureCount));
}

function tryLoad(load: () => BlockModel | null): BlockModel | null {
  try {
    return load();
  } catch {
    return null;
  }
}

function isWithin(difference: number | null, tolerance: number): boolean {
  return difference !== null && difference <= tolerance;
}

/**
 * The largest difference from the golden scores; null where a score is missing or not a number on either side, or where
 * the candidate could not score them at all: ONNX Runtime can, whatever is wrong with a faster engine.
 */
export async function measureDifference(
  connection: DuckDBConnection,
  model: ChildOnnxModel,
  goldenPath: string,
  candidate: Candidate,
): Promise<number | null> {
  const inputs = model.features.map(({ name }) => `coalesce(${sqlName(name)}::FLOAT, 'NaN'::FLOAT)`);
  const score = expressionOf(connection, model, candidate, inputs);
  const { difference, unproved } = await queryRow<{ difference: number | null; unproved: number }>(
    connection,
    `SELECT max(d) AS difference, count(*) FILTER (NOT coalesce(isfinite(d), false)) AS unproved
     FROM (SELECT abs((${score})::DOUBLE - expected_score::DOUBLE) AS d
           FROM ${readParquet([goldenPath])})`,
  ).catch(() => ({ difference: null, unproved: 0 }));
  return unproved === 0 ? difference : null;
}

function expressionOf(
  connection: DuckDBConnection,
  { label, features }: ChildOnnxModel,
  candidate: Candidate,
  inputs: readonly string[],
): string {
  if (candidate.kind === 'linear-sql') return linearExpression(candidate.model, inputs);
  registerScoreFunction(connection, {
    name: 'proof',
    label,
    model: candidate.model,
    featureCount: features.length,
    onRows: () => undefined,
  });
  return `proof(${inputs.join(', ')})`;
}
