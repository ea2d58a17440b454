import { scoreShard } from '../../../dist/activities/scoring/score-shard.js';
import { DeltaPredictionTable } from '../../../dist/adapters/delta/delta-prediction-table.js';
import { DuckDbDatasetBuilder } from '../../../dist/adapters/duckdb/dataset-builder.js';
import { StoredModelBundles } from '../../../dist/adapters/model-bundle/bundles.js';
import { createScorer } from '../../../dist/adapters/predictor/scorer.js';
import { openStore } from '../../../dist/adapters/store/open-store.js';

/** @typedef {import('../../../dist/activities/scoring/score-shard.js').ShardServices} ShardServices */
/** @typedef {import('../../../dist/activities/scoring/score-shard.js').ShardArgs} ShardArgs */
/** @typedef {import('../../../dist/domain/pipeline-definition.js').PipelineDefinition} PipelineDefinition */
/** @typedef {ShardArgs & { readonly definition: PipelineDefinition }} Job */

/**
 * Scores parts of a shard as a worker does, then says so and waits for its end: `score-shard.mjs ROOT JOB PARTS`. The job
 * is JSON with the definition and the arguments of the activity. Runs the compiled program, which starts at once.
 */
const [root = '', job = '', parts = '0'] = process.argv.slice(2);
/** @type {unknown} */
const parsed = JSON.parse(job);
const { definition, ...shard } = /** @type {Job} */ (parsed);
const store = await openStore(root);
const scorer = createScorer({ maxProcesses: 1 });
let begun = 0;
/** @type {ShardServices} */
const services = {
  store,
  table: new DeltaPredictionTable(store),
  definitions: {
    list: () => Promise.resolve([definition.name]),
    load: () => Promise.resolve({ definition, digest: shard.plan.definitionDigest }),
    loadPinned: () => Promise.resolve(definition),
  },
  dataset: new DuckDbDatasetBuilder({ store, tempDirectory: root, threads: 1, memoryLimitMb: 256 }),
  bundles: new StoredModelBundles({ store, scorer, tempDirectory: root }),
  scoreTimeoutMs: 60_000,
  scorer: {
    ...scorer,
    scoreShard: (request) => {
      begun += 1;
      if (begun <= Number(parts)) return scorer.scoreShard(request);
      process.stdout.write('between two parts\n');
      return new Promise(() => setInterval(() => undefined, 1_000));
    },
  },
};
await scoreShard(services, { attempt: 1, ...shard, signal: new AbortController().signal, report: () => undefined });
