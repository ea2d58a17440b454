import { attribute, bool, DOUBLE, encodeModel, FLOAT, floats, INT64, int64s, node, value } from './onnx-graph.js';
import { ensembleModel, type ModeTree } from './tree-models.js';

/** Tiny models made without Python. All take one float32 input `[N, features]` unless their name says otherwise. */

/** sigmoid(weights · x + bias), output `[N]` (or `[N, 1]` where asked). */
export function logisticModel(weights: readonly number[], bias: number, outputRank: 1 | 2 = 1): Uint8Array {
  const flat = outputRank === 1;
  return encodeModel({
    node: [
      node('Gemm', ['x', 'w', 'b'], ['margin']),
      node('Sigmoid', ['margin'], [flat ? 'column' : 'score']),
      ...(flat ? [node('Squeeze', ['column', 'axis'], ['score'])] : []),
    ],
    initializer: [
      floats('w', [weights.length, 1], weights),
      floats('b', [1], [bias]),
      ...(flat ? [int64s('axis', [1], [1])] : []),
    ],
    input: [value('x', FLOAT, ['N', weights.length])],
    output: [value('score', FLOAT, flat ? ['N'] : ['N', 1])],
  });
}

/** weights · x + bias, output `[N, 1]`. */
export function regressionModel(weights: readonly number[], bias: number): Uint8Array {
  return encodeModel({
    node: [node('Gemm', ['x', 'w', 'b'], ['score'])],
    initializer: [floats('w', [weights.length, 1], weights), floats('b', [1], [bias])],
    input: [value('x', FLOAT, ['N', weights.length])],
    output: [value('score', FLOAT, ['N', 1])],
  });
}

/** A split `x[feature] <= threshold ? yes : no`; a missing number goes to `no`. */
export type TestTree =
  | { readonly feature: number; readonly threshold: number; readonly yes: TestTree; readonly no: TestTree }
  | { readonly leaf: number };

/** sigmoid of the sum of the trees. */
export function treeModel(trees: readonly TestTree[], featureCount: number): Uint8Array {
  const tail = [node('Sigmoid', ['scores'], ['column']), node('Squeeze', ['column', 'ones'], ['score'])];
  return ensembleModel({ trees: trees.map(withModes), featureCount, tail });
}

function withModes(tree: TestTree): ModeTree {
  if ('leaf' in tree) return tree;
  return { ...tree, mode: 'BRANCH_LEQ', yes: withModes(tree.yes), no: withModes(tree.no) };
}

/** The square root of the first feature: NaN where that is negative. */
export function squareRootModel(featureCount: number): Uint8Array {
  return encodeModel({
    node: [
      node('Gather', ['x', 'first'], ['column'], { attribute: [attribute.int('axis', 1)] }),
      node('Sqrt', ['column'], ['score']),
    ],
    initializer: [int64s('first', [], [0])],
    input: [value('x', FLOAT, ['N', featureCount])],
    output: [value('score', FLOAT, ['N'])],
  });
}

/** The first feature, but only for rows where it is greater than the limit: fewer scores than rows. */
export function forgetfulModel(featureCount: number, limit: number): Uint8Array {
  return encodeModel({
    node: [
      node('Gather', ['x', 'first'], ['column'], { attribute: [attribute.int('axis', 1)] }),
      node('Greater', ['column', 'limit'], ['kept']),
      node('Compress', ['column', 'kept'], ['score'], { attribute: [attribute.int('axis', 0)] }),
    ],
    initializer: [int64s('first', [], [0]), floats('limit', [], [limit])],
    input: [value('x', FLOAT, ['N', featureCount])],
    output: [value('score', FLOAT, ['N'])],
  });
}

/** Takes doubles and gives whole numbers and probabilities of two classes: wrong in every way the signature can be. */
export function twoHeadedModel(featureCount: number): Uint8Array {
  return encodeModel({
    node: [
      node('Cast', ['x'], ['label'], { attribute: [attribute.int('to', INT64)] }),
      node('Cast', ['x'], ['probabilities'], { attribute: [attribute.int('to', FLOAT)] }),
    ],
    input: [value('x', DOUBLE, ['N', featureCount])],
    output: [value('label', INT64, ['N', featureCount]), value('probabilities', FLOAT, ['N', featureCount])],
  });
}

const FOR_EVER = '9223372036854775807';

/** Never gives a score: turns for ever. */
export function endlessModel(featureCount: number): Uint8Array {
  return loopModel(featureCount, FOR_EVER, false);
}

/** Gives a finite score for each row, after as many idle turns for every block of rows. */
export function slowModel(featureCount: number, turns: number): Uint8Array {
  return loopModel(featureCount, String(turns), false);
}

/** Never gives a score and keeps 4 MB more with every turn. */
export function hungryModel(featureCount: number): Uint8Array {
  return loopModel(featureCount, FOR_EVER, true);
}

const MORE_FLOATS = 1_000_000;

function loopModel(featureCount: number, turns: string, keeps: boolean): Uint8Array {
  const kept = keeps ? [node('Expand', ['wave_in', 'size'], ['wide']), node('Sin', ['wide'], ['kept'])] : [];
  const body = {
    node: [node('Identity', ['go_in'], ['go_out']), node('Sin', ['wave_in'], ['wave_out']), ...kept],
    ...(keeps ? { initializer: [int64s('size', [1], [MORE_FLOATS])] } : {}),
    input: [value('turn', INT64, []), value('go_in', 9, []), value('wave_in', FLOAT, [])],
    output: [
      value('go_out', 9, []),
      value('wave_out', FLOAT, []),
      ...(keeps ? [value('kept', FLOAT, [MORE_FLOATS])] : []),
    ],
  };
  return encodeModel({
    node: [
      node('ReduceMean', ['x'], ['start'], { attribute: [attribute.int('keepdims', 0)] }),
      node('Loop', ['turns', 'go', 'start'], keeps ? ['end', 'all'] : ['end'], {
        attribute: [attribute.graph('body', body)],
      }),
      node('Gather', ['x', 'first'], ['column'], { attribute: [attribute.int('axis', 1)] }),
      node('Add', ['column', 'end'], ['partial']),
      ...(keeps
        ? [
            node('ReduceMean', ['all'], ['mean'], { attribute: [attribute.int('keepdims', 0)] }),
            node('Add', ['partial', 'mean'], ['score']),
          ]
        : [node('Identity', ['partial'], ['score'])]),
    ],
    initializer: [int64s('turns', [], [turns]), bool('go', true), int64s('first', [], [0])],
    input: [value('x', FLOAT, ['N', featureCount])],
    output: [value('score', FLOAT, ['N'])],
  });
}
