import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { readJob, snapshotOf } from './job.js';
import { rowsPerPart } from './row-shape.js';

/**
 * Our side as a whole process: parts through the product's scorer, as many in flight as there are cores. Without an
 * argument it does what the peers do, key and score; with `audited` it writes the published columns and counts what an
 * audit needs, as a run does.
 */
const timeoutMs = 60 * 60_000;
/** Enough that opening an engine for each task does not show. */
const maxPartsPerTask = 20;

const scorer = createScorer();
scorer.warmUp();
const job = readJob();
const isAudited = process.argv[3] === 'audited';
const scoring = { kind: 'onnx', modelDigest: job.modelDigest, bundlePath: job.bundlePath } as const;
await mkdir(job.output, { recursive: true });
const cores = os.availableParallelism();
// As many tasks for each core, so that all cores end together.
const rounds = Math.ceil(job.parts.length / (cores * maxPartsPerTask));
const partsPerTask = isAudited ? 1 : Math.ceil(job.parts.length / (cores * rounds));
const waiting = chunk(job.parts, partsPerTask);
await Promise.all(Array.from({ length: cores }, scoreNext));

async function scoreNext(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [first = ''] = next;
    await scoreTask(next, path.join(job.output, path.basename(first)));
  }
}

async function scoreTask(parts: readonly string[], outputPath: string): Promise<void> {
  const { decisionThreshold, scoreCuts } = job;
  const snapshot = snapshotOf(parts);
  if (!isAudited) {
    await scorer.score({ snapshot, parts, models: [scoring], outputPath, timeoutMs });
    return;
  }
  await scorer.scoreShard({
    snapshot,
    partPath: parts[0] ?? '',
    rows: rowsPerPart,
    models: [{ scoring, decisionThreshold, cohort: 'champion', scoreCuts, outputPath }],
    runIdentity: 'bench',
    churn: { livePaths: [], sliceColumns: [] },
    timeoutMs,
  });
}

function chunk<T>(items: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
