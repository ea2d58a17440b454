import { readOnnxGraph, type OnnxGraph, type OnnxNode } from '../onnx-file/onnx-graph.js';

/** score = link(weights · inputs + bias), with the weights as the file has them. */
export interface LinearModel {
  readonly weights: readonly number[];
  readonly bias: number;
  readonly link: 'none' | 'sigmoid';
}

/** Steps that only change the shape of a column. */
const reshaping = new Set(['Squeeze', 'Unsqueeze', 'Reshape', 'Flatten', 'Identity']);

/**
 * Recognises a linear or logistic regression: one Gemm, MatMul and Add, or LinearRegressor from the raw input, perhaps a
 * Sigmoid, perhaps steps that change its shape. Null for everything else. What it takes for linear is still proved on
 * golden rows before it is used, so it need not know every trick a graph can play.
 */
export function readLinearModel(onnx: Uint8Array): LinearModel | null {
  const graph = readGraph(onnx);
  const input = graph?.inputs.filter(({ name }) => !graph.constants.has(name));
  if (graph === null || input?.length !== 1 || graph.outputs.length !== 1) return null;
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  let at = skipReshaping(producers, graph.outputs[0] ?? '');
  const hasSigmoid = producers.get(at)?.operator === 'Sigmoid';
  if (hasSigmoid) at = skipReshaping(producers, producers.get(at)?.inputs[0] ?? '');
  const sum = readSum(graph, producers, at);
  const isRaw = sum !== null && skipIdentity(producers, sum.input) === input[0]?.name;
  return isRaw ? { weights: sum.weights, bias: sum.bias, link: hasSigmoid ? 'sigmoid' : 'none' } : null;
}

type Producers = ReadonlyMap<string, OnnxNode>;
type Sum = Pick<LinearModel, 'weights' | 'bias'> & { readonly input: string };

function readGraph(onnx: Uint8Array): OnnxGraph | null {
  try {
    return readOnnxGraph(onnx);
  } catch {
    // ONNX Runtime says better than this reader what is wrong with a file.
    return null;
  }
}

function skipReshaping(producers: Producers, name: string): string {
  return skip(producers, name, reshaping);
}

function skipIdentity(producers: Producers, name: string): string {
  return skip(producers, name, new Set(['Identity']));
}

/** Bounded, because a file that is not trusted may go in a circle. */
function skip(producers: Producers, name: string, operators: ReadonlySet<string>): string {
  let at = name;
  for (let steps = 0; steps <= producers.size; steps += 1) {
    const node = producers.get(at);
    if (node === undefined || !operators.has(node.operator)) return at;
    at = node.inputs[0] ?? '';
  }
  return at;
}

function readSum(graph: OnnxGraph, producers: Producers, name: string): Sum | null {
  const node = producers.get(name);
  if (node?.operator === 'Gemm') return readGemm(graph, node);
  if (node?.operator === 'Add') return readMatMulAdd(graph, producers, node);
  return node?.operator === 'LinearRegressor' ? readRegressor(node) : null;
}

function readGemm(graph: OnnxGraph, node: OnnxNode): Sum | null {
  const float = (name: string) => node.attributes.get(name)?.floats[0] ?? 1;
  const isTransposed = node.attributes.get('transA')?.integers[0] === 1;
  const weights = columnOf(graph, node.inputs[1]);
  const bias = node.inputs[2] === undefined ? 0 : onlyNumber(graph, node.inputs[2]);
  if (isTransposed || weights === null || bias === null) return null;
  return {
    input: node.inputs[0] ?? '',
    weights: weights.map((weight) => float('alpha') * weight),
    bias: float('beta') * bias,
  };
}

function readMatMulAdd(graph: OnnxGraph, producers: Producers, node: OnnxNode): Sum | null {
  const [first = '', second = ''] = node.inputs;
  const [product, bias] = graph.constants.has(second) ? [first, second] : [second, first];
  const matMul = producers.get(product);
  const weights = columnOf(graph, matMul?.inputs[1]);
  const offset = onlyNumber(graph, bias);
  if (matMul?.operator !== 'MatMul' || weights === null || offset === null) return null;
  return { input: matMul.inputs[0] ?? '', weights, bias: offset };
}

function readRegressor(node: OnnxNode): Sum | null {
  const weights = node.attributes.get('coefficients')?.floats ?? [];
  const targets = node.attributes.get('targets')?.integers[0] ?? 1;
  const transform = node.attributes.get('post_transform')?.texts[0] ?? 'NONE';
  if (targets !== 1 || transform !== 'NONE' || weights.length === 0) return null;
  return { input: node.inputs[0] ?? '', weights, bias: node.attributes.get('intercepts')?.floats[0] ?? 0 };
}

/** A constant of one column, or of one row where the operator turns it. */
function columnOf(graph: OnnxGraph, name: string | undefined): readonly number[] | null {
  const constant = graph.constants.get(name ?? '');
  if (constant === undefined || constant.shape.filter((size) => size !== 1).length > 1) return null;
  return constant.readFloats();
}

function onlyNumber(graph: OnnxGraph, name: string): number | null {
  const numbers = columnOf(graph, name);
  return numbers?.length === 1 ? (numbers[0] ?? null) : null;
}

/**
 * The model as a SQL expression of its encoded inputs: in doubles, since ONNX Runtime's own error of float32 sums is then
 * the only one, and rounded to float32 at the end. For machines on which the linear kernel rounds in another way.
 */
export function linearExpression({ weights, bias, link }: LinearModel, inputs: readonly string[]): string {
  const literal = (value: number) => `'${String(value)}'::DOUBLE`;
  const terms = weights.map((weight, index) => `(${inputs[index] ?? 'NULL'})::DOUBLE * ${literal(weight)}`);
  const margin = [...terms, literal(bias)].join(' + ');
  return link === 'none' ? `(${margin})::FLOAT` : `(1 / (1 + exp(-(${margin}))))::FLOAT`;
}
