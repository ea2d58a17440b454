import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runSql } from './parquet.js';

const days = 40;
const deliveriesPerDay = 240;

/** The first windows that can be scored; the month before them only teaches. */
export const deliveryWindows = ['2024-02-01', '2024-02-02', '2024-02-03'] as const;

/** A version that has learned the rough shape, one that has learned most of what there is, and one that knows next to nothing. */
export const deliveryModels = {
  rough: { trees: 15 },
  fine: { trees: 60 },
  poor: { trees: 1 },
} as const;

/** How many minutes does a delivery take? A small pipeline whose label is a number, with the trainer that is shipped. */
export async function writeDeliveryPipeline(folder: string, name: string): Promise<void> {
  const place = path.join(folder, name);
  await mkdir(place, { recursive: true });
  await writeDeliveries(path.join(place, 'deliveries.parquet'));
  await writeFile(path.join(place, 'deliveries.sql'), deliveriesSql);
  await writeFile(path.join(place, 'pipeline.ts'), definitionOf(name));
}

/** The same rows whenever they are written: far, heavy and by bicycle takes long, and traffic is what nobody knows. */
async function writeDeliveries(file: string): Promise<void> {
  await runSql(`COPY (
    SELECT 'd' || n AS id, 'street ' || (n * 7 % 61) AS street,
           DATE '2024-01-01' + (n // ${String(deliveriesPerDay)})::INTEGER AS day,
           ['bicycle', 'scooter', 'van'][1 + n % 3] AS vehicle, (n * 37 % 101) / 10.0 AS distance, n * 13 % 17 AS parcels,
           8 + [4.0, 2.5, 1.5][1 + n % 3] * (n * 37 % 101) / 10.0 + 0.8 * (n * 13 % 17)
             + (hash(n) % 1000 + hash(n + 100000) % 1000 + hash(n + 200000) % 1000) / 250.0 - 6 AS minutes
    FROM range(${String(days * deliveriesPerDay)}) t(n) ORDER BY n
  ) TO '${file}' (FORMAT parquet)`);
}

const deliveriesSql = `SELECT id, street, day, vehicle, distance, parcels, minutes, day + INTERVAL 2 DAY AS known_at
  FROM deliveries WHERE day >= $window_start AND day < $window_end\n`;

const trainer = fileURLToPath(new URL('../../trainers/lightgbm/train.py', import.meta.url));

/** As a data scientist writes it. */
function definitionOf(name: string): string {
  return `import {
  beatsBaseline, dataQuality, definePipeline, floor, impact, loads, noLeakage, notWorse, robust, shadow, stable, worstSlice,
} from 'gauntlet';

export default definePipeline({
  name: '${name}',
  dataset: {
    sources: { deliveries: 'deliveries.parquet' },
    sql: 'deliveries.sql',
    coverage: 'SELECT min(day) AS first, max(day) AS last FROM deliveries',
    key: 'id',
    entity: 'street',
    eventTime: 'day',
    features: { vehicle: 'categorical', distance: 'numeric', parcels: 'numeric' },
  },
  window: { every: '1 day', start: '${deliveryWindows[0]}' },
  label: { column: 'minutes', kind: 'regression', delay: '1 day', availableAt: 'known_at' },
  // One delivery in five is announced as a long one.
  decision: { positiveRate: 0.2 },
  baseline: { expression: '10 + 3 * distance', threshold: 35 },
  training: {
    command: ['python', '${trainer}'],
    window: '14 days',
    validation: '4 days',
    params: { trees: ${String(deliveryModels.rough.trees)}, leaves: 15, maxDepth: 5, minRowsPerLeaf: 20 },
    timeout: '3 minutes',
  },
  // Four days say little about each other, sixty streets do.
  backtest: { folds: 4, fold: '2 days', gap: '1 day', blocks: 'entity', replicates: 400 },
  gates: [
    notWorse('mae', { margin: 0.2 }),
    notWorse('rmse', { margin: 0.3 }),
    beatsBaseline('mae'),
    floor('rmse', { limit: 4 }),
    floor('bias', { limit: 0.5 }),
    worstSlice('vehicle', { metric: 'mae', minRows: 200, harm: 0.3 }),
    stable('mae', { harm: 0.3 }),
    impact({ maxFlips: 0.3 }),
    robust({ maxFlips: 0.5 }),
    dataQuality(),
    noLeakage(),
    loads(),
  ],
  rollout: [shadow({ cycles: 1 })],
  analysis: { loss: 'absoluteError', maxScorePsi: null },
  watch: { cycles: 1 },
});
`;
}
