import { NotAnEnsemble } from './not-an-ensemble.js';
import type { OnnxGraph, OnnxNode } from '../onnx-file/onnx-graph.js';

/** The tree operator, and what the graph does with its numbers. */
export interface ScorePath {
  readonly trees: OnnxNode;
  /** The column of the operator's scores that the graph gives out. */
  readonly column: number;
  readonly hasSigmoid: boolean;
}

const treeOperators = ['TreeEnsembleRegressor', 'TreeEnsembleClassifier'];
const sameValues = new Set(['Identity', 'Cast']);
const sameValuesOfOneColumn = new Set(['Squeeze', 'Unsqueeze', 'Reshape', 'Flatten']);
const FLOAT32 = 1;

/**
 * Goes from the only output back to the tree operator and from there to the input, and reads what lies between. Nodes
 * beside that path (labels) have no part in the score.
 */
export function followOutput(graph: OnnxGraph, inputName: string): ScorePath {
  if (graph.outputs.length !== 1) throw new NotAnEnsemble(`it has ${graph.outputs.length} outputs instead of one`);
  const producers = new Map<string, OnnxNode>();
  for (const node of graph.nodes) for (const output of node.outputs) producers.set(output, node);
  const path = walkBack(graph.outputs[0] ?? '', producers, (node) => treeOperators.includes(node.operator));
  const trees = path.nodes.pop();
  if (trees?.domain !== 'ai.onnx.ml') throw new NotAnEnsemble('its output does not come from one tree ensemble');
  const isClassifier = trees.operator === 'TreeEnsembleClassifier';
  if (path.name !== trees.outputs[isClassifier ? 1 : 0]) throw new NotAnEnsemble('its output is a label, not a score');
  failUnlessRawInput(trees, producers, inputName);
  return { trees, ...readSteps(path.nodes.reverse(), graph, isClassifier ? 2 : 1) };
}

/** The nodes from a value back to the first that is wanted, which is the last of them, by their first inputs. */
function walkBack(name: string, producers: ReadonlyMap<string, OnnxNode>, isWanted: (node: OnnxNode) => boolean) {
  const nodes: OnnxNode[] = [];
  for (;;) {
    const node = producers.get(name);
    // A path longer than the graph goes in a circle.
    if (node === undefined || nodes.length > producers.size) return { nodes: [], name };
    nodes.push(node);
    if (isWanted(node)) return { nodes, name };
    name = node.inputs[0] ?? '';
  }
}

function failUnlessRawInput(trees: OnnxNode, producers: ReadonlyMap<string, OnnxNode>, inputName: string): void {
  let name = trees.inputs[0] ?? '';
  for (let steps = 0; name !== inputName; steps += 1) {
    const node = producers.get(name);
    if (node === undefined || steps > producers.size || !keepsValues(node)) {
      throw new NotAnEnsemble(`its features are changed by ${node?.operator ?? 'something else'} before the trees`);
    }
    name = node.inputs[0] ?? '';
  }
}

function keepsValues(node: OnnxNode): boolean {
  if (!isStandard(node) || !sameValues.has(node.operator)) return false;
  return node.operator !== 'Cast' || node.attributes.get('to')?.integers[0] === FLOAT32;
}

function isStandard(node: OnnxNode): boolean {
  return node.domain === '' || node.domain === 'ai.onnx';
}

function readSteps(steps: readonly OnnxNode[], graph: OnnxGraph, width: number): Omit<ScorePath, 'trees'> {
  let column = width === 1 ? 0 : null;
  let hasSigmoid = false;
  for (const node of steps) {
    if (keepsValues(node)) continue;
    if (isStandard(node) && node.operator === 'Sigmoid' && !hasSigmoid) hasSigmoid = true;
    else if (isStandard(node) && sameValuesOfOneColumn.has(node.operator) && column !== null) continue;
    else column = pickColumn(node, graph, column === null ? width : 1, column ?? 0);
  }
  if (column === null) throw new NotAnEnsemble('it gives out the scores of both classes');
  return { column, hasSigmoid };
}

/** The column that a node takes out of `width`, counted in the operator's own columns. */
function pickColumn(node: OnnxNode, graph: OnnxGraph, width: number, before: number): number {
  const picked = readPick(node, graph);
  const inRange = picked !== null && picked >= -width && picked < width;
  if (!inRange) throw new NotAnEnsemble(`it has a step ${node.operator} behind the trees that is not understood`);
  return width === 1 ? before : (picked + width) % width;
}

function readPick(node: OnnxNode, graph: OnnxGraph): number | null {
  const constant = (index: number): number | null => {
    const values = graph.constants.get(node.inputs[index] ?? '')?.integers;
    return values?.length === 1 ? (values[0] ?? null) : null;
  };
  if (node.operator === 'ArrayFeatureExtractor' && node.domain === 'ai.onnx.ml') return constant(1);
  if (!isStandard(node)) return null;
  if (node.operator === 'Gather') return isColumnAxis(node.attributes.get('axis')?.integers[0]) ? constant(1) : null;
  if (node.operator !== 'Slice' || !isColumnAxis(constant(3) ?? undefined)) return null;
  const [start, end] = [constant(1), constant(2)];
  const step = node.inputs[4] === undefined || node.inputs[4] === '' ? 1 : constant(4);
  if (start === null || end === null || step !== 1 || start < 0) return null;
  // The end may lie far beyond the last column; of two columns only the last can be taken that way.
  return end === start + 1 || (start === 1 && end > 1) ? start : null;
}

/** Scores are rows of columns. */
function isColumnAxis(axis: number | undefined): boolean {
  return axis === 1 || axis === -1;
}
