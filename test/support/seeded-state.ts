import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { LiveStack } from './live-stack.js';
import { leaves, scriptedPipelines, writeScriptedPipelines, type ScriptedPipeline } from './scripted-pipelines.js';

/** A state folder to copy, and the pipelines folder that its store names. */
export interface SeededState {
  readonly stateDir: string;
  readonly pipelinesDir: string;
}

/** Every scripted pipeline with version 1 as its champion, approved by a person, and version 2 registered and waiting. */
export async function growSeed(folder: string): Promise<SeededState> {
  const seed = { stateDir: path.join(folder, 'state'), pipelinesDir: path.join(folder, 'pipelines') };
  await mkdir(seed.stateDir, { recursive: true });
  await writeScriptedPipelines(seed.pipelinesDir);
  const stack = await LiveStack.openAt(seed.stateDir, { GAUNTLET_PIPELINES: seed.pipelinesDir });
  try {
    await Promise.all(scriptedPipelines.map((pipeline) => growPipeline(stack, seed.pipelinesDir, pipeline)));
  } finally {
    await stack.stop();
  }
  // Every copy begins with a Temporal server that knows of no run.
  await rm(path.join(seed.stateDir, 'temporal.db'));
  return seed;
}

async function growPipeline(stack: LiveStack, pipelinesDir: string, pipeline: ScriptedPipeline): Promise<void> {
  await stack.run('retrain', { pipeline, promote: false, reason: 'the first' });
  await stack.promote({ pipeline, bootstrap: true });
  await stack.run('retrain', {
    pipeline,
    promote: false,
    params: leaves(pipelinesDir, pipeline, 'v2'),
    reason: 'the second',
  });
}
