import type { TreeEnsemble } from './ensemble.js';

/** Sizes of the subtree under every node. */
export interface TreeShapes {
  /** Splits on the longest way down; 0 for a leaf. */
  readonly height: Int32Array;
  readonly leaves: Int32Array;
}

export function measureTrees(ensemble: TreeEnsemble): TreeShapes {
  const size = ensemble.feature.length;
  const shapes = { height: new Int32Array(size), leaves: new Int32Array(size).fill(1) };
  for (const root of ensemble.roots) {
    for (const node of listTopDown(ensemble, root).reverse()) {
      const [high, low] = [ensemble.high[node] ?? -1, ensemble.low[node] ?? -1];
      if (high < 0) continue;
      shapes.height[node] = 1 + Math.max(shapes.height[high] ?? 0, shapes.height[low] ?? 0);
      shapes.leaves[node] = (shapes.leaves[high] ?? 0) + (shapes.leaves[low] ?? 0);
    }
  }
  return shapes;
}

/** The nodes of a tree, parents before children. */
function listTopDown({ feature, high, low }: TreeEnsemble, root: number): number[] {
  const nodes = [root];
  for (let at = 0; at < nodes.length; at += 1) {
    const node = nodes[at] ?? root;
    if ((feature[node] ?? -1) >= 0) nodes.push(high[node] ?? root, low[node] ?? root);
  }
  return nodes;
}
