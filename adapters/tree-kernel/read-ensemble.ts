import { readOnnxGraph, type OnnxGraph, type OnnxTensorType } from '../onnx-file/onnx-graph.js';
import type { TreeEnsemble } from './ensemble.js';
import { followOutput } from './score-path.js';
import { readTrees } from './tree-attributes.js';
import { NotAnEnsemble } from './not-an-ensemble.js';

/** A model file as the kernel sees it: an ensemble whose every part is understood, or something else and why. */
export type ReadEnsemble =
  { readonly status: 'tree'; readonly ensemble: TreeEnsemble } | { readonly status: 'other'; readonly why: string };

const FLOAT32 = 1;

/**
 * Recognises a graph of one tree ensemble with one score per row, as our trainers and the plain converters write it.
 * The file is not trusted: whatever is not understood, or does not hold together, makes it something else.
 */
export function readTreeEnsemble(onnx: Uint8Array): ReadEnsemble {
  let graph: OnnxGraph;
  try {
    graph = readOnnxGraph(onnx);
  } catch (cause) {
    return {
      status: 'other',
      why: `not a readable ONNX file: ${cause instanceof Error ? cause.message : String(cause)}`,
    };
  }
  try {
    return { status: 'tree', ensemble: readGraph(graph) };
  } catch (error) {
    if (error instanceof NotAnEnsemble) return { status: 'other', why: error.message };
    throw error;
  }
}

function readGraph(graph: OnnxGraph): TreeEnsemble {
  const input = onlyInput(graph);
  const featureCount = input.shape[1];
  if (
    input.elementType !== FLOAT32 ||
    input.shape.length !== 2 ||
    typeof featureCount !== 'number' ||
    featureCount < 1
  ) {
    throw new NotAnEnsemble('the input is not float32 [N, features]');
  }
  const path = followOutput(graph, input.name);
  return readTrees({ ...path, featureCount });
}

/** Old files list their constants among the inputs. */
function onlyInput(graph: OnnxGraph): OnnxTensorType {
  const inputs = graph.inputs.filter(({ name }) => !graph.constants.has(name));
  const [input] = inputs;
  if (input === undefined || inputs.length > 1)
    throw new NotAnEnsemble(`it has ${inputs.length} inputs instead of one`);
  return input;
}
