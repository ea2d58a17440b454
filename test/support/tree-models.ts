import { attribute, encodeModel, FLOAT, INT64, int64s, node, value, type Node } from './onnx-graph.js';

/** A split with a branch mode of its own, or a leaf. */
export type ModeTree =
  | {
      readonly mode: string;
      readonly feature: number;
      readonly threshold: number;
      readonly missingYes?: boolean;
      readonly yes: ModeTree;
      readonly no: ModeTree;
    }
  | { readonly leaf: number };

export interface EnsembleModel {
  readonly trees: readonly ModeTree[];
  readonly featureCount: number;
  /** A classifier has two classes and a weight a leaf. */
  readonly operator?: 'TreeEnsembleRegressor' | 'TreeEnsembleClassifier';
  readonly aggregate?: string;
  readonly transform?: string;
  readonly bases?: readonly number[];
  readonly classId?: number;
  /** Nodes from `scores` (two columns behind a classifier, one behind a regressor) to `score`. */
  readonly tail?: readonly Node[];
  /** Attributes instead of, or besides, those that the trees give. */
  readonly attributes?: readonly ReturnType<typeof attribute.ints>[];
}

/** The usual ways from a tree operator's scores to one score a row. */
export const tails = {
  second: [node('Gather', ['scores', 'one'], ['score'], { attribute: [attribute.int('axis', 1)] })],
  only: [node('Gather', ['scores', 'zero'], ['score'], { attribute: [attribute.int('axis', 1)] })],
  sigmoid: [node('Sigmoid', ['scores'], ['score'])],
  sliced: [node('Slice', ['scores', 'ones', 'twos', 'ones'], ['score'])],
  extracted: [
    node('ArrayFeatureExtractor', ['scores', 'ones'], ['column'], { domain: 'ai.onnx.ml' }),
    node('Squeeze', ['column', 'ones'], ['score']),
  ],
} as const;

const constants = [int64s('zero', [], [0]), int64s('one', [], [1]), int64s('ones', [1], [1]), int64s('twos', [1], [2])];

/** A model of one tree operator and its tail, over one float32 input. */
export function ensembleModel(model: EnsembleModel): Uint8Array {
  const isClassifier = model.operator === 'TreeEnsembleClassifier';
  const own = [
    ...ensembleAttributes(model, isClassifier),
    ...flattenTrees(model.trees, isClassifier, model.classId ?? 0),
  ];
  const given = model.attributes ?? [];
  const kept = own.filter(({ name }) => !given.some((each) => each.name === name));
  const tail = model.tail ?? (isClassifier ? tails.second : tails.only);
  const read = new Set(tail.flatMap((each) => each['input'] as readonly string[]));
  return encodeModel({
    node: [
      node(
        isClassifier ? 'TreeEnsembleClassifier' : 'TreeEnsembleRegressor',
        ['x'],
        isClassifier ? ['label', 'scores'] : ['scores'],
        {
          domain: 'ai.onnx.ml',
          attribute: [...kept, ...given],
        },
      ),
      ...tail,
    ],
    initializer: constants.filter(({ name }) => read.has(name)),
    input: [value('x', FLOAT, ['N', model.featureCount])],
    output: [value('score', FLOAT, ['N'])],
  });
}

function ensembleAttributes(model: EnsembleModel, isClassifier: boolean) {
  return [
    ...(isClassifier
      ? [attribute.ints('classlabels_int64s', [0, 1])]
      : [attribute.int('n_targets', 1), attribute.text('aggregate_function', model.aggregate ?? 'SUM')]),
    attribute.text('post_transform', model.transform ?? 'NONE'),
    ...(model.bases === undefined ? [] : [attribute.floats('base_values', model.bases)]),
  ];
}

interface FlatNode {
  readonly tree: number;
  readonly id: number;
  readonly node: ModeTree;
  yes: number;
  no: number;
}

function flattenTrees(trees: readonly ModeTree[], isClassifier: boolean, classId: number) {
  const nodes = trees.flatMap((tree, index) => flattenTree(tree, index));
  const leaves = nodes.filter(({ node: each }) => 'leaf' in each);
  const kind = isClassifier ? 'class' : 'target';
  const ints = (name: string, of: readonly FlatNode[], read: (each: FlatNode) => number) =>
    attribute.ints(name, of.map(read));
  return [
    ints('nodes_treeids', nodes, (each) => each.tree),
    ints('nodes_nodeids', nodes, (each) => each.id),
    ints('nodes_featureids', nodes, ({ node: each }) => ('leaf' in each ? 0 : each.feature)),
    attribute.floats(
      'nodes_values',
      nodes.map(({ node: each }) => ('leaf' in each ? 0 : each.threshold)),
    ),
    attribute.texts(
      'nodes_modes',
      nodes.map(({ node: each }) => ('leaf' in each ? 'LEAF' : each.mode)),
    ),
    ints('nodes_truenodeids', nodes, (each) => each.yes),
    ints('nodes_falsenodeids', nodes, (each) => each.no),
    ints('nodes_missing_value_tracks_true', nodes, ({ node: each }) =>
      'missingYes' in each && each.missingYes ? 1 : 0,
    ),
    ints(`${kind}_treeids`, leaves, (each) => each.tree),
    ints(`${kind}_nodeids`, leaves, (each) => each.id),
    ints(`${kind}_ids`, leaves, () => (isClassifier ? classId : 0)),
    attribute.floats(
      `${kind}_weights`,
      leaves.map(({ node: each }) => ('leaf' in each ? each.leaf : 0)),
    ),
  ];
}

function flattenTree(tree: ModeTree, index: number): FlatNode[] {
  const nodes: FlatNode[] = [];
  const visit = (each: ModeTree): number => {
    const flat: FlatNode = { tree: index, id: nodes.length, node: each, yes: 0, no: 0 };
    nodes.push(flat);
    if (!('leaf' in each)) {
      flat.yes = visit(each.yes);
      flat.no = visit(each.no);
    }
    return flat.id;
  };
  visit(tree);
  return nodes;
}

/** A graph in which the trees see something else than the input. */
export function scaledModel(featureCount: number): Uint8Array {
  return encodeModel({
    node: [
      node('Cast', ['x'], ['whole'], { attribute: [attribute.int('to', INT64)] }),
      node('Cast', ['whole'], ['back'], { attribute: [attribute.int('to', FLOAT)] }),
      node('TreeEnsembleRegressor', ['back'], ['score'], {
        domain: 'ai.onnx.ml',
        attribute: [attribute.int('n_targets', 1), ...flattenTrees([{ leaf: 1 }], false, 0)],
      }),
    ],
    input: [value('x', FLOAT, ['N', featureCount])],
    output: [value('score', FLOAT, ['N', 1])],
  });
}
