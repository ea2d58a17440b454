import { env, Tensor } from 'onnxruntime-node';
import { binding, initOrt, type Binding } from 'onnxruntime-node/dist/binding.js';
import { PermanentFailure, type Problem } from '../../domain/failure-types.js';
import type { BlockModel } from './block-model.js';

/** ONNX's number for float32 tensors. */
const FLOAT32 = 1;

/**
 * Loads a model with ONNX Runtime's synchronous binding, which only its private module has (a contract test holds the
 * pinned version to it): a scalar function inside DuckDB cannot await. One thread, because tree ensembles give other
 * bits with more. Throws MODEL_CORRUPT when it cannot be loaded, MODEL_SIGNATURE_MISMATCH when its shape is not ours.
 */
export function loadOnnxModel(label: string, modelPath: string, featureCount: number): BlockModel {
  const loaded = loadRuntime(label, modelPath);
  const problems = listSignatureProblems(label, loaded, featureCount);
  const [input] = loaded.inputMetadata;
  const [output] = loaded.outputMetadata;
  if (problems.length > 0 || input === undefined || output === undefined) {
    throw new PermanentFailure('MODEL_SIGNATURE_MISMATCH', 'The model does not have the expected input and output.', {
      problems,
    });
  }
  const names = { input: input.name, output: output.name };
  return createRowMajorModel(featureCount, (inputs, rows) => runModel(label, loaded, names, inputs, rows));
}

/** ONNX models take rows, DuckDB gives columns: a block of rows is put together column by column. */
function createRowMajorModel(width: number, run: (inputs: Float32Array, rows: number) => Float32Array): BlockModel {
  let block = new Float32Array(0);
  return {
    begin(rows) {
      if (block.length < rows * width) block = new Float32Array(rows * width);
    },
    setColumn(column, values) {
      const rows = values.length;
      for (let row = 0, at = column; row < rows; row += 1, at += width) block[at] = values[row] as number;
    },
    run: (rows) => run(block.subarray(0, rows * width), rows),
  };
}

function loadRuntime(label: string, modelPath: string): Binding.InferenceSession {
  env.logLevel = 'error';
  initOrt();
  const loaded = new binding.InferenceSession();
  try {
    loaded.loadModel(modelPath, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw runtimeFailure('MODEL_CORRUPT', 'The model cannot be loaded.', `${label} model.onnx`, cause);
  }
  return loaded;
}

function listSignatureProblems(label: string, loaded: Binding.InferenceSession, featureCount: number): Problem[] {
  const inputShape = `one float32 tensor [N, ${String(featureCount)}]`;
  const problems: Problem[] = [];
  const input = onlyTensor(loaded.inputMetadata);
  if (input === null || !isRows(input) || input.shape.length !== 2 || input.shape[1] !== featureCount) {
    problems.push({ field: `${label} input`, found: describe(loaded.inputMetadata), expected: inputShape });
  }
  const output = onlyTensor(loaded.outputMetadata);
  if (output === null || !isRows(output) || !isOneValuePerRow(output.shape)) {
    problems.push({
      field: `${label} output`,
      found: describe(loaded.outputMetadata),
      expected: 'one float32 tensor [N] or [N, 1]',
    });
  }
  return problems;
}

function onlyTensor(metadata: readonly Binding.ValueMetadata[]): Binding.ValueMetadata | null {
  const [only] = metadata;
  return metadata.length === 1 && only?.isTensor === true && only.type === FLOAT32 ? only : null;
}

/** The first dimension must be open: a fixed one would score that many rows only. */
function isRows(value: Binding.ValueMetadata): boolean {
  return value.shape[0] === -1;
}

function isOneValuePerRow(shape: readonly number[]): boolean {
  return shape.length === 1 || (shape.length === 2 && (shape[1] === 1 || shape[1] === -1));
}

function describe(metadata: readonly Binding.ValueMetadata[]): string {
  if (metadata.length === 0) return 'none';
  return metadata
    .map((value) => {
      if (!value.isTensor) return `${value.name}: not a tensor`;
      const shape = value.shape.map((size, axis) =>
        size === -1 ? value.symbolicDimensions[axis] || '?' : String(size),
      );
      return `${value.name}: ${elementType(value.type)} [${shape.join(', ')}]`;
    })
    .join('; ');
}

function elementType(type: number): string {
  const names = ['unknown', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool'];
  return [...names, 'float16', 'float64'][type] ?? `type ${String(type)}`;
}

function runModel(
  label: string,
  loaded: Binding.InferenceSession,
  names: { readonly input: string; readonly output: string },
  inputs: Float32Array,
  rows: number,
): Float32Array {
  const feeds = { [names.input]: new Tensor('float32', inputs, [rows, inputs.length / rows]) };
  let scores: unknown;
  try {
    scores = loaded.run(feeds, { [names.output]: null }, {})[names.output]?.data;
  } catch (cause) {
    throw runtimeFailure('MODEL_BAD_OUTPUT', 'The model failed while scoring.', `${label} output`, cause);
  }
  if (scores instanceof Float32Array && scores.length === rows) return scores;
  const found = scores instanceof Float32Array ? `${String(scores.length)} scores` : typeof scores;
  throw new PermanentFailure('MODEL_BAD_OUTPUT', 'The model gave another number of scores than rows.', {
    problems: [{ field: `${label} output`, found, expected: `${String(rows)} scores` }],
  });
}

/** ONNX Runtime tells a lack of memory only by its message. */
function runtimeFailure(
  otherwise: 'MODEL_CORRUPT' | 'MODEL_BAD_OUTPUT',
  headline: string,
  field: string,
  cause: unknown,
): PermanentFailure {
  const found = cause instanceof Error ? cause.message : String(cause);
  if (/bad_alloc|failed to allocate memory/i.test(found)) {
    return new PermanentFailure('MODEL_OUT_OF_MEMORY', 'The model needed more memory than there is.', {
      problems: [{ field, found, expected: 'a model that fits into memory' }],
    });
  }
  return new PermanentFailure(otherwise, headline, {
    problems: [{ field, found, expected: 'a model that ONNX Runtime can load and run' }],
  });
}
