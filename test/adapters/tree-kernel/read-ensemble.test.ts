import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTreeKernel } from '../../../adapters/tree-kernel/compile-kernel.js';
import { readTreeEnsemble } from '../../../adapters/tree-kernel/read-ensemble.js';
import { attribute, encodeModel, FLOAT, node, value } from '../../support/onnx-graph.js';
import { logisticModel, treeModel, twoHeadedModel } from '../../support/onnx-models.js';
import { ensembleModel, scaledModel, tails, type EnsembleModel, type ModeTree } from '../../support/tree-models.js';

const leaves = { yes: { leaf: 1 }, no: { leaf: 2 } };
const split: ModeTree = { mode: 'BRANCH_LEQ', feature: 0, threshold: 1, ...leaves };
const classifier = { operator: 'TreeEnsembleClassifier' } as const;

function why(model: Partial<EnsembleModel>): string {
  return whyOf(ensembleModel({ trees: [split], featureCount: 2, ...model }));
}

function whyOf(bytes: Uint8Array): string {
  const read = readTreeEnsemble(bytes);
  return read.status === 'other' ? read.why : 'a tree ensemble';
}

describe('a model file is read as a tree ensemble', () => {
  it('with its trees in the order of the file and every split as "greater than"', () => {
    const trees: ModeTree[] = [
      { mode: 'BRANCH_GTE', feature: 1, threshold: 1, missingYes: true, ...leaves },
      { leaf: 7 },
    ];
    const read = readTreeEnsemble(ensembleModel({ trees, featureCount: 2, bases: [0.5] }));
    expect(read).toMatchObject({ status: 'tree', ensemble: { featureCount: 2, base: 0.5, divisor: 1, curve: 'none' } });
    const ensemble = read.status === 'tree' ? read.ensemble : null;
    expect([...ensemble!.roots]).toEqual([0, 3]);
    // 1 - 2^-24 is the greatest float32 below 1: `x >= 1` is `x > 1 - 2^-24`.
    expect([...ensemble!.cut]).toEqual([1 - 2 ** -24, 0, 0, 0]);
    expect([...ensemble!.nanHigh]).toEqual([1, 0, 0, 0]);
    expect([...ensemble!.weight]).toEqual([NaN, 1, 2, 7]);
  });

  it('when its last steps only pick the score or give it another shape', () => {
    expect(why({ ...classifier, tail: tails.sliced })).toBe('a tree ensemble');
    expect(why({ ...classifier, tail: tails.extracted })).toBe('a tree ensemble');
    expect(whyOf(treeModel([{ feature: 0, threshold: 1, yes: { leaf: 1 }, no: { leaf: 2 } }], 1))).toBe(
      'a tree ensemble',
    );
  });

  it.each<readonly [string, Partial<EnsembleModel>]>([
    ['it has a split BRANCH_EQ at 1', { trees: [{ ...split, mode: 'BRANCH_EQ' }] }],
    ['it has a split BRANCH_LT at -Infinity', { trees: [{ ...split, mode: 'BRANCH_LT', threshold: -Infinity }] }],
    ['it has a split BRANCH_LEQ at NaN', { trees: [{ ...split, threshold: NaN }] }],
    ['it looks at feature 2', { trees: [{ ...split, feature: 2 }] }],
    ['a leaf has a weight that is not finite', { trees: [{ leaf: Infinity }] }],
    ['its trees are joined by MAX', { aggregate: 'MAX' }],
    ['its scores go through PROBIT', { transform: 'PROBIT' }],
    ['its base values are not one finite number', { bases: [1, 2] }],
    ['its base value belongs to the first class, its leaves to the second', { ...classifier, classId: 1, bases: [1] }],
    ['it gives out the score of the first class', { ...classifier, tail: tails.only }],
    ['it gives out the scores of both classes', { ...classifier, tail: tails.sigmoid }],
    [
      'it has two logistic functions',
      {
        ...classifier,
        transform: 'LOGISTIC',
        tail: [
          node('Sigmoid', ['scores'], ['s']),
          node('Gather', ['s', 'one'], ['score'], { attribute: [attribute.int('axis', 1)] }),
        ],
      },
    ],
    ['it has a step Exp behind the trees that is not understood', { tail: [node('Exp', ['scores'], ['score'])] }],
    ['its output does not come from one tree ensemble', { tail: [node('Identity', ['nothing'], ['score'])] }],
    ['its output does not come from one tree ensemble', { tail: [node('Identity', ['score'], ['score'])] }],
    ['it does not have two classes', { ...classifier, attributes: [attribute.ints('classlabels_int64s', [0, 1, 2])] }],
    ['its leaves hold a weight for each class', { ...classifier, attributes: [attribute.ints('class_ids', [0, 1])] }],
    ['it has more than one target', { attributes: [attribute.int('n_targets', 2)] }],
    ['a node has two parents', { attributes: [attribute.ints('nodes_falsenodeids', [1, 0, 0])] }],
    ['a node has two parents', { attributes: [attribute.ints('nodes_truenodeids', [0, 0, 0])] }],
    ['a node hangs on no tree', { attributes: [attribute.texts('nodes_modes', ['LEAF', 'LEAF', 'LEAF'])] }],
    ['a split leads to no node', { attributes: [attribute.ints('nodes_truenodeids', [9, 0, 0])] }],
    ['a node stands twice in a tree', { attributes: [attribute.ints('nodes_nodeids', [0, 1, 1])] }],
    ['the nodes of a tree are scattered', { attributes: [attribute.ints('nodes_treeids', [0, 1, 0])] }],
    ['its node lists differ in length', { attributes: [attribute.floats('nodes_values', [1])] }],
    ['its weight lists differ in length', { attributes: [attribute.floats('target_weights', [1])] }],
    ['a weight belongs to no leaf', { attributes: [attribute.ints('target_nodeids', [0, 2])] }],
    ['a leaf has more than one weight', { attributes: [attribute.ints('target_nodeids', [2, 2])] }],
    ['its trees have no nodes', { trees: [] }],
    [
      'its attribute nodes_values_as_tensor is a tensor or a reference',
      { attributes: [attribute.graph('nodes_values_as_tensor', { node: [], input: [], output: [] })] },
    ],
  ])('and refused because %s', (reason, model) => {
    expect(why(model)).toBe(reason);
  });

  it('and refused when it is another model, or none', () => {
    expect(whyOf(logisticModel([1, 2], 0))).toBe('its output does not come from one tree ensemble');
    expect(whyOf(twoHeadedModel(2))).toBe('the input is not float32 [N, features]');
    expect(whyOf(scaledModel(2))).toBe('its features are changed by Cast before the trees');
    expect(whyOf(new Uint8Array(0))).toBe('not a readable ONNX file: there is no graph in it');
    expect(whyOf(Buffer.from('PAR1 no model at all'))).toMatch(/^not a readable ONNX file: /);
    const open = encodeModel({
      node: [],
      input: [value('x', FLOAT, ['N', 'F'])],
      output: [value('score', FLOAT, ['N'])],
    });
    expect(whyOf(open)).toBe('the input is not float32 [N, features]');
  });

  it('and never throws or hangs on a damaged file', () => {
    const good = ensembleModel({ trees: [split, split], featureCount: 2, tail: tails.sigmoid });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const damaged = Uint8Array.from(good);
        damaged[at] = byte;
        for (const bytes of [damaged, damaged.subarray(0, length)]) {
          const read = readTreeEnsemble(bytes);
          expect(['tree', 'other']).toContain(read.status);
          if (read.status === 'tree') compileTreeKernel(read.ensemble);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
