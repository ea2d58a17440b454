import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withCrashPoints } from '../../activities/effect-ports.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Files that change something without going through a port, each with the reason why a crash there needs no point of its
 * own. Everything else goes through a port, and a port's method without an effect or a reason does not compile
 * (activities/effect-ports.ts).
 */
const exceptions: Readonly<Record<string, string>> = {
  'activities/crash-point.ts': 'it is the crash',
  'activities/rollback/provide-replacement.ts': 'takes away its own staged file where nothing was in it',
  'activities/scoring/score-part.ts': 'takes away its own staged files; a killed one leaves them to `collect`',
  'activities/staged-file.ts': 'takes away its own staged file; a killed one leaves it to `collect`',
  'activities/training/training-activities.ts': 'a work folder of its own run, which a retry goes on with',
  'adapters/anchor/anchor-file.ts': 'behind the port of anchors: one append of one line',
  'adapters/duckdb/connection.ts': 'the spill folder of one connection',
  'adapters/duckdb/staged-files.ts': 'takes away its own staged files; a killed one leaves them to `collect`',
  'adapters/model-bundle/bundles.ts': 'writes to the work folder; the store gives the files their names',
  'adapters/model-bundle/older-profile.ts': 'writes to the work folder; the store gives the files their names',
  'adapters/predictor/make-golden.ts': 'writes to the work folder of one training',
  'adapters/predictor/memory-watch.ts': 'resets a counter of the kernel',
  'adapters/predictor/predictor-pool.ts': 'child processes and their folders, which end with the worker',
  'adapters/predictor/scorer.ts': 'takes away its own staged files',
  'adapters/s3/local-cache.ts': 'copies of objects, verified when they are used',
  'adapters/s3/s3-bucket.ts': 'behind the port of the store; faults of its requests are played by a proxy',
  'adapters/store/durable-file.ts': 'behind the port of the store: link, which happens or does not',
  'adapters/store/file-system-store.ts': 'behind the port of the store',
  'adapters/store/overlay-store.ts': 'the private copy in which a rollback is rehearsed',
  'adapters/store/rehearsal-folder.ts': 'the folder of one rehearsal, which the next one empties',
  'adapters/store/s3-store.ts': 'behind the port of the store',
  'adapters/trainer/checked-model.ts': 'writes to the work folder of one training',
  'adapters/trainer/process-group.ts': 'behind the port of the trainer: ends with the worker',
  'adapters/trainer/trainer-files.ts': 'the work folder of one training, emptied by the next attempt',
  'adapters/trainer/trainer-log.ts': 'a log in the work folder',
  'adapters/webhook/webhook.ts': 'behind the port of the notifier',
  'workers/services.ts': 'makes the folder for spill files',
  'workflows/promotion/automatic-rollback.ts': 'starts a rollback by a command that Temporal keeps',
  'workflows/promotion/news.ts': 'a signal by a command that Temporal keeps: killed, the workflow is replayed',
  'workflows/retrain.ts': 'starts a promotion by a command that Temporal keeps: killed, the workflow is replayed',
};

/** What may be imported where files and processes are only looked at. */
const reading = new Set(
  'readFile readFileSync readdir readdirSync stat statSync lstat access existsSync realpath createReadStream'.split(
    ' ',
  ),
);

describe('an effect without crash points', () => {
  it('stands in the list of exceptions, and nothing else does', async () => {
    const found = (await sources(['activities', 'adapters', 'workers', 'workflows'])).filter(([, text]) =>
      hasEffect(text),
    );
    expect(found.map(([file]) => file).sort()).toEqual(Object.keys(exceptions).sort());
  });

  it('does not come from a port that the worker joins without its points', async () => {
    const services = await readFile(path.join(root, 'workers/services.ts'), 'utf8');
    const missing = Object.keys(withCrashPoints).filter((port) => !services.includes(`withCrashPoints.${port}(`));
    expect(missing).toEqual([]);
  });
});

async function sources(folders: readonly string[]): Promise<readonly (readonly [file: string, text: string])[]> {
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const files = await readdir(path.join(root, folder), { recursive: true });
      return files.filter((file) => file.endsWith('.ts')).map((file) => path.join(folder, file));
    }),
  );
  return Promise.all(lists.flat().map(async (file) => [file, await readFile(path.join(root, file), 'utf8')] as const));
}

function hasEffect(text: string): boolean {
  const imports = [...text.matchAll(/^import \{([^}]*)\} from 'node:(?:fs|fs\/promises|child_process)'/gm)];
  const names = imports.flatMap(([, list = '']) => list.split(',').map((name) => name.trim()));
  const isWriting = names.some((name) => name !== '' && !name.startsWith('type ') && !reading.has(name));
  const isSending = /(?<![.\w])fetch\(/.test(text) && !text.includes('const fetch') && !text.includes('fetch: (');
  const isStarting = /^import .*\b(startChild|executeChild|getExternalWorkflowHandle)\b.*@temporalio/m.test(text);
  return isWriting || isSending || isStarting;
}
