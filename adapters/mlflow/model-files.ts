import { stringify } from 'yaml';
import type { RegisterModelRequest } from '../../activities/ports/registry.js';

/** Names this adapter writes itself; a bundle may not hold them. */
export const generatedNames = [
  'MLmodel',
  'requirements.txt',
  'python_env.yaml',
  'conda.yaml',
  'input_example.json',
  'serving_input_example.json',
] as const;

export interface ModelFileContext {
  readonly runId: string;
  readonly modelId: string;
  readonly artifactUri: string;
  readonly modelSizeBytes: number;
}

export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

/**
 * What MLflow's Python client needs beside model.onnx to load, serve and rebuild the environment of the model. MLmodel
 * comes last, because its presence is what makes a folder a model.
 */
export function planModelFiles(request: RegisterModelRequest, context: ModelFileContext): GeneratedFile[] {
  const { requirements } = request;
  const pip = [
    `mlflow==${requirements.mlflow}`,
    `onnx==${requirements.onnx}`,
    `onnxruntime==${requirements.onnxruntime}`,
  ];
  const example = { columns: request.features.features.map((feature) => feature.name), data: request.inputExample };
  return [
    { path: 'requirements.txt', content: `${pip.join('\n')}\n` },
    { path: 'python_env.yaml', content: toYaml(pythonEnvironment(requirements.python)) },
    { path: 'conda.yaml', content: toYaml(condaEnvironment(requirements.python, pip)) },
    { path: 'input_example.json', content: JSON.stringify(example) },
    { path: 'serving_input_example.json', content: JSON.stringify({ dataframe_split: example }) },
    { path: 'MLmodel', content: toYaml(describeModel(request, context)) },
  ];
}

function describeModel(request: RegisterModelRequest, context: ModelFileContext): unknown {
  const { requirements, features } = request;
  return {
    artifact_path: context.artifactUri,
    flavors: {
      onnx: {
        code: null,
        data: 'model.onnx',
        onnx_session_options: { intra_op_num_threads: 1 },
        onnx_version: requirements.onnx,
        providers: ['CPUExecutionProvider'],
      },
      python_function: {
        data: 'model.onnx',
        env: { conda: 'conda.yaml', virtualenv: 'python_env.yaml' },
        loader_module: 'mlflow.onnx',
        python_version: requirements.python,
      },
    },
    metadata: {
      gauntlet: {
        pipeline: request.pipeline,
        model_digest: request.modelDigest,
        definition_digest: request.definitionDigest,
        code_revision: request.codeRevision,
        features: features.features,
        datasets: request.datasets.map(({ name, digest, context: use }) => ({ name, digest, context: use })),
      },
    },
    mlflow_version: requirements.mlflow,
    model_id: context.modelId,
    model_size_bytes: context.modelSizeBytes,
    model_uuid: context.modelId,
    run_id: context.runId,
    saved_input_example_info: {
      artifact_path: 'input_example.json',
      pandas_orient: 'split',
      serving_input_path: 'serving_input_example.json',
      type: 'dataframe',
    },
    signature: describeSignature(request),
    utc_time_created: toMlflowTime(request.at),
  };
}

/**
 * Double columns: MLflow then takes float32, float64 and int32 frames and orders columns by name. Float columns refuse
 * float64, and a tensor signature takes shuffled columns as they come.
 */
function describeSignature(request: RegisterModelRequest): unknown {
  const inputs = request.features.features.map(({ name }) => ({ type: 'double', name, required: true }));
  const outputs = [{ type: 'float', name: request.outputName, required: true }];
  return { inputs: JSON.stringify(inputs), outputs: JSON.stringify(outputs), params: null };
}

function pythonEnvironment(python: string): unknown {
  return { python, build_dependencies: ['pip', 'setuptools', 'wheel'], dependencies: ['-r requirements.txt'] };
}

function condaEnvironment(python: string, pip: readonly string[]): unknown {
  return { name: 'mlflow-env', channels: ['conda-forge'], dependencies: [`python=${python}`, 'pip', { pip }] };
}

/** `2001-03-05T06:00:00.000Z` as MLflow writes it: `2001-03-05 06:00:00.000000`. */
function toMlflowTime(at: string): string {
  return new Date(at).toISOString().replace('T', ' ').replace('Z', '000');
}

/** Every text quoted: Python reads YAML 1.1, where bare versions and times turn into numbers and dates. */
function toYaml(value: unknown): string {
  return stringify(value, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 });
}
