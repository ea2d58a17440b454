/**
 * A sum of trees in one normal form, whatever branch modes the file used. Nodes stand in flat arrays, one entry a node.
 * A row goes from an inner node to `high` when its value is greater than `cut`, or is NaN and `nanHigh` is 1; else to `low`.
 */
export interface TreeEnsemble {
  readonly featureCount: number;
  /** The root of each tree, in the order in which the trees are added. */
  readonly roots: Int32Array;
  /** The feature that a node looks at; -1 marks a leaf. */
  readonly feature: Int32Array;
  readonly cut: Float32Array;
  readonly nanHigh: Uint8Array;
  readonly high: Int32Array;
  readonly low: Int32Array;
  /** What a leaf adds. */
  readonly weight: Float32Array;
  /** The number of trees where their mean is taken, else 1. */
  readonly divisor: number;
  /** What is added after the trees. */
  readonly base: number;
  readonly curve: ScoreCurve;
}

/**
 * How the sum becomes a score. ONNX Runtime has two logistic functions that differ in the last bits: one inside the
 * tree operator, and a rational approximation behind `Sigmoid`.
 */
export type ScoreCurve = 'none' | 'logistic' | 'sigmoid';
