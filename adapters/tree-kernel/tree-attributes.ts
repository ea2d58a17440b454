import type { TreeEnsemble } from './ensemble.js';
import { NotAnEnsemble } from './not-an-ensemble.js';
import type { OnnxAttribute, OnnxNode } from '../onnx-file/onnx-graph.js';
import type { ScorePath } from './score-path.js';
import { indexRuns, linkNodes } from './tree-nodes.js';

/** Reads the operator's attributes into the normal form, and checks that they describe trees. */
export function readTrees(path: ScorePath & { readonly featureCount: number }): TreeEnsemble {
  const { trees, featureCount } = path;
  failOnTensors(trees);
  const isClassifier = trees.operator === 'TreeEnsembleClassifier';
  const runs = indexRuns(integers(trees, 'nodes_treeids'), integers(trees, 'nodes_nodeids'));
  const nodes = linkNodes({
    runs,
    featureCount,
    modes: attribute(trees, 'nodes_modes').texts,
    features: integers(trees, 'nodes_featureids'),
    thresholds: attribute(trees, 'nodes_values').floats,
    yes: integers(trees, 'nodes_truenodeids'),
    no: integers(trees, 'nodes_falsenodeids'),
    missingYes: integers(trees, 'nodes_missing_value_tracks_true'),
    weights: readWeights(trees, isClassifier ? 'class' : 'target'),
  });
  return {
    featureCount,
    roots: runs.roots,
    ...nodes,
    ...(isClassifier ? readClassifier(path) : readRegressor(path, runs.roots.length)),
  };
}

function failOnTensors({ attributes }: OnnxNode): void {
  for (const [name, { isOther }] of attributes) {
    if (isOther) throw new NotAnEnsemble(`its attribute ${name} is a tensor or a reference`);
  }
}

function readWeights(trees: OnnxNode, kind: 'class' | 'target') {
  return {
    treeIds: integers(trees, `${kind}_treeids`),
    nodeIds: integers(trees, `${kind}_nodeids`),
    values: attribute(trees, `${kind}_weights`).floats,
  };
}

type Finish = Pick<TreeEnsemble, 'divisor' | 'base' | 'curve'>;

function readRegressor({ trees, hasSigmoid }: ScorePath, treeCount: number): Finish {
  const targets = attribute(trees, 'n_targets').integers[0] ?? 1;
  const aggregate = attribute(trees, 'aggregate_function').texts[0] ?? 'SUM';
  if (targets !== 1 || integers(trees, 'target_ids').some((id) => id !== 0)) {
    throw new NotAnEnsemble('it has more than one target');
  }
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE') throw new NotAnEnsemble(`its trees are joined by ${aggregate}`);
  // ONNX Runtime does not apply LOGISTIC to a regressor's only target; what it scores is what counts.
  readTransform(trees);
  return {
    divisor: aggregate === 'AVERAGE' ? treeCount : 1,
    base: readBase(trees),
    curve: hasSigmoid ? 'sigmoid' : 'none',
  };
}

/** Two classes and one weight a leaf, which is the score of the second class. */
function readClassifier({ trees, column, hasSigmoid }: ScorePath): Finish {
  const classes = attribute(trees, 'classlabels_int64s').integers.length;
  const names = attribute(trees, 'classlabels_strings').texts.length;
  const ids = integers(trees, 'class_ids');
  if ((names === 0 ? classes : names) !== 2) throw new NotAnEnsemble('it does not have two classes');
  const isSecond = ids[0] === 1;
  if (ids.some((id) => id !== ids[0]) || (ids[0] !== 0 && ids[0] !== 1)) {
    throw new NotAnEnsemble('its leaves hold a weight for each class');
  }
  if (column !== 1) throw new NotAnEnsemble('it gives out the score of the first class');
  const bases = attribute(trees, 'base_values').floats.length;
  if (isSecond && bases > 0)
    throw new NotAnEnsemble('its base value belongs to the first class, its leaves to the second');
  const curve = readTransform(trees) === 'LOGISTIC' ? 'logistic' : 'none';
  if (curve !== 'none' && hasSigmoid) throw new NotAnEnsemble('it has two logistic functions');
  return { divisor: 1, base: readBase(trees), curve: hasSigmoid ? 'sigmoid' : curve };
}

function readTransform(trees: OnnxNode): 'NONE' | 'LOGISTIC' {
  const transform = attribute(trees, 'post_transform').texts[0] ?? 'NONE';
  if (transform !== 'NONE' && transform !== 'LOGISTIC') throw new NotAnEnsemble(`its scores go through ${transform}`);
  return transform;
}

function readBase(trees: OnnxNode): number {
  const values = attribute(trees, 'base_values').floats;
  if (values.length > 1 || values.some((value) => !Number.isFinite(value))) {
    throw new NotAnEnsemble('its base values are not one finite number');
  }
  return values[0] ?? 0;
}

const absent: OnnxAttribute = { integers: [], floats: [], texts: [], isOther: false };

function attribute({ attributes }: OnnxNode, name: string): OnnxAttribute {
  return attributes.get(name) ?? absent;
}

function integers(node: OnnxNode, name: string): readonly number[] {
  return attribute(node, name).integers;
}
