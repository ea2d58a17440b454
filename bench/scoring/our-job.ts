import { mkdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Scorer } from '../../activities/ports/scorer.js';
import { createScorer } from '../../adapters/predictor/scorer.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { readJob, snapshotOf, type ScoringJob } from './job.js';

/** Our side as a whole process: parts through the product's scorer, as many in flight as there are cores, published files out. */
const timeoutMs = 60 * 60_000;

const job = readJob();
await mkdir(job.output, { recursive: true });
await scoreParts(createScorer());

async function scoreParts(scorer: Scorer): Promise<void> {
  const waiting = [...job.parts.entries()];
  const scoreNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, part] = next;
      await scorePart(scorer, job, part, path.join(job.output, `part-${String(index).padStart(5, '0')}.parquet`));
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, scoreNext));
}

/** One part into one published file. The only place that knows how the scorer is asked. */
async function scorePart(
  scorer: Scorer,
  { bundlePath, modelDigest, ...rest }: ScoringJob,
  part: string,
  outputPath: string,
): Promise<void> {
  const scoredPath = `${outputPath}.scored`;
  const model = { kind: 'onnx', modelDigest, bundlePath } as const;
  const snapshot = snapshotOf({ bundlePath, modelDigest, ...rest });
  const definition = {} as PipelineDefinition;
  await scorer.score({ definition, snapshot, parts: [part], models: [model], outputPath: scoredPath, timeoutMs });
  await scorer.writePublication({
    scoredPath,
    modelIndex: 0,
    modelDigest,
    decisionThreshold: 0.5,
    cohort: 'champion',
    runIdentity: 'bench',
    outputPath,
  });
  await rm(scoredPath);
}
