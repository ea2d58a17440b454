import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { logisticModel, squareRootModel, twoHeadedModel } from './onnx-models.js';

/**
 * Pipelines over the real flights, with a training program that takes no time: what is tested with them is not how well
 * they predict. Each has the models `v1` and `v2`, and models that a trainer must not get away with.
 */
export const scriptedPipelines = ['flights-scored', 'flights-promoted', 'flights-undone'] as const;
export type ScriptedPipeline = (typeof scriptedPipelines)[number];

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Lifts are negative for half of the airports: the square root of the first of them is not a number there. */
const features = ['origin_lift', 'destination_lift', 'route_lift', 'weekday', 'distance'];

/** Slightly different for each pipeline, because a model is known by its content and its bundle has one lineage. */
function modelsOf(pipeline: ScriptedPipeline) {
  const bias = -1.4 - scriptedPipelines.indexOf(pipeline) / 100;
  return {
    v1: logisticModel([1, 0.5, 0.5, 0.01, 0], bias),
    v2: logisticModel([0.5, 1, 1, 0.02, 0], bias),
    v3: logisticModel([0.8, 0.8, 0.8, 0.03, 0], bias),
    'wrong-signature': twoHeadedModel(features.length),
    'not-a-number': squareRootModel(features.length),
  } as const;
}

export type ScriptedModel = keyof ReturnType<typeof modelsOf>;

/** Training parameters that make the scripted trainer leave this model. */
export function leaves(folder: string, pipeline: ScriptedPipeline, model: ScriptedModel): { readonly model: string } {
  return { model: path.join(folder, pipeline, `${model}.onnx`) };
}

/** Writes the definitions and models; the folder must stay where it is as long as a store names it. */
export async function writeScriptedPipelines(folder: string): Promise<void> {
  for (const name of scriptedPipelines) {
    const place = path.join(folder, name);
    await mkdir(place, { recursive: true });
    for (const [model, bytes] of Object.entries(modelsOf(name)))
      await writeFile(path.join(place, `${model}.onnx`), bytes);
    await copyFile(path.join(root, 'pipelines/flights/features.sql'), path.join(place, 'features.sql'));
    const text = JSON.stringify(definition(folder, name), null, 2);
    await writeFile(path.join(place, 'pipeline.js'), `export default ${text};\n`);
  }
}

function definition(folder: string, name: ScriptedPipeline): object {
  return {
    name,
    dataset: {
      sources: { flights: path.join(root, 'node_modules/vega-datasets/data/flights-3m.parquet') },
      sql: 'features.sql',
      coverage: 'SELECT min(date) AS first, max(date) AS last FROM flights',
      key: 'row_key',
      entity: 'route',
      eventTime: 'departure_day',
      features: Object.fromEntries(features.map((feature) => [feature, 'numeric'])),
    },
    window: { every: '1 day', start: '2001-03-01' },
    label: { column: 'late', delay: '1 day' },
    decision: { positiveRate: 0.2 },
    baseline: { expression: '1 / (1 + exp(ln(4) - origin_lift))', threshold: 0.25 },
    training: {
      command: ['node', 'test/support/processes/scripted-trainer.mjs'],
      window: '2 days',
      validation: '1 day',
      params: leaves(folder, name, 'v1'),
      timeout: '15 seconds',
    },
    // Four days are the fewest that give an interval; any model shows that it is less than 1 of AUC worse.
    backtest: { folds: 4, fold: '1 day', gap: '1 day', replicates: 100 },
    gates: [
      { check: 'not-worse', metric: 'auc', margin: 1 },
      { check: 'loads', tolerance: 1e-6 },
    ],
    // A promotion of these is over with the change of champion: nobody watches.
    watch: { cycles: 0 },
  };
}
