import type { DuckDBConnection } from '@duckdb/node-api';
import type { BlockModel } from './block-model.js';
import { loadOnnxModel } from './onnx-model.js';
import type { ChildOnnxModel } from './protocol.js';

/** How a model is computed in this process. */
export type Engine =
  | { readonly kind: 'onnx' | 'trees'; readonly model: BlockModel }
  | { readonly kind: 'linear'; readonly expression: (inputs: readonly string[]) => string };

/** The engine for a model. */
export function loadEngine(_connection: DuckDBConnection, model: ChildOnnxModel): Promise<Engine> {
  return Promise.resolve({
    kind: 'onnx',
    model: loadOnnxModel(model.label, model.modelPath, model.features.length),
  });
}
