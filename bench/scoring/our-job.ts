import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Scorer } from '../../activities/ports/scorer.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import { readJob, snapshotOf } from './job.js';
import { rowsPerPart } from './rows.js';

/** Our side as a whole process: parts through the product's scorer, as many in flight as there are cores, published files out. */
const timeoutMs = 60 * 60_000;

const job = readJob();
const snapshot = snapshotOf(job.parts);
await mkdir(job.output, { recursive: true });
await scoreParts(createScorer());

async function scoreParts(scorer: Scorer): Promise<void> {
  const waiting = [...job.parts.entries()];
  const scoreNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, part] = next;
      await scorePart(scorer, part, path.join(job.output, `part-${String(index).padStart(5, '0')}.parquet`));
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, scoreNext));
}

/** One part into one published file, with everything that an audit needs to know counted on the way. */
async function scorePart(scorer: Scorer, part: string, outputPath: string): Promise<void> {
  const { bundlePath, modelDigest, decisionThreshold, scoreCuts } = job;
  const scoring = { kind: 'onnx', modelDigest, bundlePath } as const;
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
