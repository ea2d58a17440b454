/** The whole demo: its wall time, the memory of its worker, and one day scored end to end. Takes about four minutes. */
import { parseArgs } from 'node:util';
import { startDevStack } from '../cli/dev-stack.js';
import { connectClient } from '../workers/connection.js';
import { openServices } from '../workers/services.js';
import { readSettings } from '../workers/settings.js';
import {
  judge,
  machineSizes,
  printReport,
  readVersions,
  rounded,
  tell,
  type BenchReport,
} from './support/bench-report.js';
import { runDemo, type DemoRun } from './support/demo-run.js';
import { makeFirstChampion, scoreNextDay, type TimedDay } from './support/flights-run.js';
import { inTemporaryFolder } from './support/temporary-folder.js';

const measuredDays = 5;

const { json } = parseArgs({ options: { json: { type: 'boolean', default: false } } }).values;
printReport(await measure(), json);

async function measure(): Promise<BenchReport> {
  tell('playing the demo …');
  const { demo, served } = await inTemporaryFolder(async (stateDir) => ({
    demo: await runDemo(stateDir),
    served: await countServed(stateDir),
  }));
  tell(`the demo took ${demo.seconds.toFixed(1)} s; scoring ${measuredDays} days …`);
  const days = await inTemporaryFolder(scoreDays);
  return {
    name: 'story',
    targets: targetsOf(demo, days),
    versions: readVersions(),
    sizes: {
      ...machineSizes(),
      demoWindows: served.windows,
      demoPredictions: served.rows,
      demoWorkerTreePeakMiB: rounded(demo.worker.treeMiB ?? 0),
      scoredDays: days.length,
      rowsOfMedianDay: medianDay(days).rows,
      slowestDaySeconds: rounded(Math.max(...days.map(({ seconds }) => seconds))),
    },
  };
}

function targetsOf(demo: DemoRun, days: readonly TimedDay[]): BenchReport['targets'] {
  const { processMiB } = demo.worker;
  const memory = processMiB === null ? null : rounded(processMiB);
  return [
    judge({ id: 'demo-wall-time', op: '<=', target: 180, value: rounded(demo.seconds), unit: 's' }),
    judge({ id: 'demo-worker-peak-resident', op: '<', target: 1024, value: memory, unit: 'MiB' }),
    judge({ id: 'score-one-day', op: '<=', target: 5, value: rounded(medianDay(days).seconds), unit: 's' }),
  ];
}

/** The first day warms caches and connections up and is not counted. */
async function scoreDays(stateDir: string): Promise<readonly TimedDay[]> {
  delete process.env['TEMPORAL_ADDRESS'];
  delete process.env['MLFLOW_TRACKING_URI'];
  const stack = await startDevStack({ stateDir, log: tell });
  try {
    const client = await connectClient(stack.settings);
    try {
      await makeFirstChampion(client, { pipeline: 'flights', asOf: '2001-03-01' });
      await scoreNextDay(client);
      const days: TimedDay[] = [];
      while (days.length < measuredDays) days.push(await scoreNextDay(client));
      return days;
    } finally {
      await client.connection.close();
    }
  } finally {
    await stack.stop();
  }
}

function medianDay(days: readonly TimedDay[]): TimedDay {
  const middle = [...days].sort((a, b) => a.seconds - b.seconds)[Math.floor(days.length / 2)];
  if (middle === undefined) throw new Error('no day was measured');
  return middle;
}

/** What the demo left to be served. */
async function countServed(stateDir: string): Promise<{ readonly windows: number; readonly rows: number }> {
  const { table } = await openServices(readSettings({ GAUNTLET_STATE_DIR: stateDir }));
  const { windows, files } = await table.load('flights', 'predictions');
  return { windows: windows.size, rows: files.reduce((sum, file) => sum + file.rows, 0) };
}
