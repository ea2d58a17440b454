import { readFile } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRow } from '../duckdb/connection.js';
import { readParquet, sqlName } from '../duckdb/sql-text.js';
import type { BlockModel } from './block-model.js';
import { linearExpression, readLinearModel, type LinearModel } from './linear-model.js';
import { loadOnnxModel } from './onnx-model.js';
import type { ChildOnnxModel } from './protocol.js';
import { registerScoreFunction } from './score-function.js';
import { loadTreeModel } from './tree-model.js';

/** How a model is computed in this process. */
export type Engine =
  | { readonly kind: 'onnx' | 'trees'; readonly model: BlockModel }
  | { readonly kind: 'linear'; readonly model: LinearModel };

/** How far the tree kernel may be from the golden scores, which are ONNX Runtime's. */
export const TREE_TOLERANCE = 2e-7;
const tolerances = { linear: 1e-7, trees: TREE_TOLERANCE } as const;

/** Enough for a champion, its challenger and shadows; a process that sees more models than this loads some again. */
const MAX_KNOWN = 8;
const known = new Map<string, Engine>();

/**
 * The engine for a model, loaded and proved once in the life of this process: the tree kernel kept with the model, SQL
 * arithmetic for a linear one, each only after it has given the golden scores here; else ONNX Runtime.
 */
export async function loadEngine(connection: DuckDBConnection, model: ChildOnnxModel): Promise<Engine> {
  const key = model.proof === null ? null : `${model.modelPath} ${model.proof.identity}`;
  const earlier = key === null ? undefined : known.get(key);
  if (earlier !== undefined) return earlier;
  const engine = (await loadFaster(connection, model)) ?? {
    kind: 'onnx',
    model: loadOnnxModel(model.label, model.modelPath, model.features.length),
  };
  if (key !== null) remember(key, engine);
  return engine;
}

function remember(key: string, engine: Engine): void {
  const [oldest] = known.keys();
  if (known.size >= MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  known.set(key, engine);
}

async function loadFaster(connection: DuckDBConnection, model: ChildOnnxModel): Promise<Engine | null> {
  if (model.proof === null) return null;
  const candidate = await readCandidate(model);
  if (candidate === null) return null;
  const difference = await measureDifference(connection, model, model.proof.goldenPath, candidate);
  return isWithin(difference, tolerances[candidate.kind]) ? candidate : null;
}

type Candidate = Exclude<Engine, { kind: 'onnx' | 'trees' }> | { readonly kind: 'trees'; readonly model: BlockModel };

async function readCandidate(model: ChildOnnxModel): Promise<Candidate | null> {
  const kernelPath = model.proof?.kernelPath ?? null;
  if (kernelPath !== null) {
    const trees = tryLoadTrees(await readFile(kernelPath), model.features.length);
    if (trees !== null) return { kind: 'trees', model: trees };
  }
  const linear = readLinearModel(await readFile(model.modelPath));
  return linear?.weights.length === model.features.length ? { kind: 'linear', model: linear } : null;
}

/** A kernel of another version of Gauntlet is no failure: the model can still be scored. */
export function tryLoadTrees(kernel: Uint8Array, featureCount: number): BlockModel | null {
  try {
    return loadTreeModel(kernel, featureCount);
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
  if (candidate.kind === 'linear') return linearExpression(candidate.model, inputs);
  registerScoreFunction(connection, {
    name: 'proof',
    label,
    model: candidate.model,
    featureCount: features.length,
    onRows: () => undefined,
  });
  return `proof(${inputs.join(', ')})`;
}
