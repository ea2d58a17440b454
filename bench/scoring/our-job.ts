import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { readJob, snapshotOf } from './job.js';
import { rowsPerPart } from './rows.js';

/**
 * Our side as a whole process: parts through the product's scorer, as many in flight as there are cores. Without an
 * argument it does what the peers do, key and score; with `audited` it writes the published columns and counts what an
 * audit needs, as a run does.
 */
const timeoutMs = 60 * 60_000;

const scorer = createScorer();
scorer.warmUp();
const job = readJob();
const isAudited = process.argv[3] === 'audited';
const scoring = { kind: 'onnx', modelDigest: job.modelDigest, bundlePath: job.bundlePath } as const;
await mkdir(job.output, { recursive: true });
const waiting = [...job.parts.entries()];
await Promise.all(Array.from({ length: os.availableParallelism() }, scoreNext));

async function scoreNext(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [index, part] = next;
    await scorePart(part, path.join(job.output, `part-${String(index).padStart(5, '0')}.parquet`));
  }
}

async function scorePart(part: string, outputPath: string): Promise<void> {
  const { decisionThreshold, scoreCuts } = job;
  const snapshot = snapshotOf([part]);
  if (!isAudited) {
    await scorer.score({ snapshot, parts: [part], models: [scoring], outputPath, timeoutMs });
    return;
  }
  await scorer.scoreShard({
    snapshot,
    partPath: part,
    rows: rowsPerPart,
    models: [{ scoring, decisionThreshold, cohort: 'champion', scoreCuts, outputPath }],
    runIdentity: 'bench',
    churn: { livePaths: [], sliceColumns: [] },
    timeoutMs,
  });
}
