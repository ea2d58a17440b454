import type { DatasetBuilder } from '../ports/dataset.js';
import type { Definitions } from '../ports/definitions.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { RolloutComparer } from '../ports/rollout-comparer.js';
import type { Store } from '../ports/store.js';

export interface LookServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
  readonly bundles: ModelBundles;
  readonly table: PredictionTable;
  readonly comparer: RolloutComparer;
}
