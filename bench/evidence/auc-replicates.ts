import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../adapters/built-entry.js';
import { compareGroup } from '../../domain/gates/compare-scores.js';
import { metricIn, type Difference } from '../../domain/gates/comparison.js';
import { computeMetrics } from '../../domain/statistics/block-metrics.js';
import { sumByBlocks } from '../../domain/statistics/block-sums.js';
import { orderByScore } from '../../domain/statistics/score-order.js';
import { judge, rounded, type Target } from '../support/bench-report.js';
import { inTemporaryFolder } from '../support/temporary-folder.js';
import { simulateRows, type SimulatedRows } from './simulated-rows.js';

const days = 28;
const replicates = 2_000;
const peerReplicates = 20;
const passes = 3;

interface PeerAnswer {
  readonly secondsPerReplicate: number;
  readonly estimate: number;
  readonly spread: number;
}

/**
 * 2,000 replicates of the difference in AUC from unsorted rows on, with all the other sums that our pass makes, against a
 * loop over scikit-learn of which 20 rounds are measured. Both must agree before their times mean anything.
 */
export async function measureReplicates(args: {
  readonly python: string;
  readonly seed: number;
  readonly rowCount: number;
}): Promise<readonly Target[]> {
  const { python, seed, rowCount } = args;
  const world = { seed, days, rowsPerDay: Math.round(rowCount / days), slices: 1 };
  const rows = simulateRows(world, { advantage: 0, sliceLoss: 0 }, 0);
  const ours = timeOurs(rows);
  const peer = await inTemporaryFolder((folder) => askPeer(python, folder, rows, seed));
  const peerSeconds = peer.secondsPerReplicate * replicates;
  const apart = Math.abs((ours.difference.estimate ?? NaN) - peer.estimate);
  return [
    judge({
      id: 'auc-replicates-against-scikit-learn',
      op: '>=',
      target: 200,
      value: rounded(peerSeconds / ours.seconds),
      unit: '×',
      sides: [
        { name: `ours, ${String(rows.labels.length)} rows`, value: rounded(ours.seconds), unit: 's' },
        { name: `scikit-learn, from ${String(peerReplicates)}`, value: rounded(peerSeconds), unit: 's' },
      ],
    }),
    judge({ id: 'auc-difference-from-scikit-learn', op: '<=', target: 1e-9, value: apart, unit: '' }),
  ];
}

/** The best of some passes: what else the machine does only makes one slower. The first warms up. */
function timeOurs(rows: SimulatedRows): { readonly seconds: number; readonly difference: Difference } {
  let seconds = Infinity;
  let difference: Difference | undefined;
  for (let pass = 0; pass < passes; pass += 1) {
    const startedAt = performance.now();
    difference = resampleAuc(rows);
    seconds = Math.min(seconds, (performance.now() - startedAt) / 1_000);
  }
  if (difference === undefined) throw new Error('nothing was measured');
  return { seconds, difference };
}

function resampleAuc(rows: SimulatedRows): Difference | undefined {
  const ordered = (scores: Float32Array) => ({ scores, order: orderByScore(scores) });
  const [group] = sumByBlocks({
    rows,
    champion: ordered(rows.champion),
    challenger: ordered(rows.challenger),
    grouping: { codes: new Int32Array(rows.labels.length), count: 1 },
  });
  if (group === undefined) throw new Error('all rows together are one group');
  const auc = (side: 'champion' | 'challenger') => ({ auc: metricIn(computeMetrics(group, side), 'auc') });
  const plan = { blocks: 'day', replicates, confidence: 0.9, reuse: 1, seed: 1 } as const;
  return compareGroup(group, plan, { champion: auc('champion'), challenger: auc('challenger') }).differences.auc;
}

async function askPeer(python: string, folder: string, rows: SimulatedRows, seed: number): Promise<PeerAnswer> {
  for (const name of ['labels', 'blocks', 'champion', 'challenger'] as const) {
    await writeFile(path.join(folder, `${name}.bin`), rows[name]);
  }
  const script = path.join(projectRoot(), 'bench', 'peers', 'auc_bootstrap.py');
  const args = [script, folder, String(peerReplicates), String(seed)];
  const { stdout } = await promisify(execFile)(python, args);
  return JSON.parse(stdout) as PeerAnswer;
}
