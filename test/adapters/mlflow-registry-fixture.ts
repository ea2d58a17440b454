import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { RegisterModelRequest } from '../../activities/ports/registry.js';
import { testPython } from '../support/servers.js';

const program = join(import.meta.dirname, 'mlflow_fixture.py');

export const exampleRows = [
  [0.5, 1, 3],
  [-2.25, 0.125, 7],
  [100, 3.5, -0.75],
];

/** Runs the Python side of the fixture to its end and returns what it printed. */
export async function runFixture(args: readonly string[], input = ''): Promise<string> {
  const child = spawn(await testPython(), [program, ...args], {
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' },
  });
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [code, output, errors] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`the Python fixture ended with ${String(code)}: ${errors}`);
  return output;
}

/** A bundle folder with a real model of three inputs. */
export async function makeBundle(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gauntlet-registry-'));
  await runFixture(['make', join(folder, 'model.onnx')]);
  await writeFile(join(folder, 'dictionary.json'), '{"origin":["ATL","ORD"]}');
  await writeFile(join(folder, 'features.json'), '{"features":[]}');
  await writeFile(join(folder, 'manifest.json'), '{"schemaVersion":1}');
  return folder;
}

/** A complete request with a registered model of its own. */
export function registrationOf(modelDir: string, changes: Partial<RegisterModelRequest> = {}): RegisterModelRequest {
  const id = randomUUID().slice(0, 8);
  return {
    key: `retrain/flights/${id}`,
    pipeline: `flights-${id}`,
    registeredName: `flights.${id}`,
    modelDigest: 'a1'.repeat(32),
    modelDir,
    features: {
      kind: 'binary',
      features: [
        { name: 'distance', kind: 'numeric' },
        { name: 'month', kind: 'numeric' },
        { name: 'origin', kind: 'categorical' },
      ],
    },
    outputName: 'score',
    inputExample: exampleRows,
    params: { trees: 150, learningRate: 0.1, objective: 'binary' },
    metrics: { auc: 0.713, logLoss: 0.4812 },
    tags: { 'training.window': '2001-01-01/2001-01-29' },
    description: '**Flights**, trained on four weeks.',
    datasets: [
      {
        name: 'flights-training',
        digest: 'c3'.repeat(32),
        source: 'snapshots/flights/c3c3',
        context: 'training',
        schema: [{ name: 'distance', type: 'DOUBLE' }],
        profile: { rows: 500_000 },
      },
    ],
    runName: 'train flights',
    codeRevision: '0123456789abcdef0123456789abcdef01234567',
    definitionDigest: 'd4'.repeat(32),
    requirements: { python: '3.11.7', mlflow: '3.17.0', onnx: '1.23.2', onnxruntime: '1.31.1' },
    at: '2001-03-05T06:00:00.000Z',
    ...changes,
  };
}

/** A run of its own, without anything in it. */
export function runOf(kind: 'retrain' | 'backtest' | 'monitor') {
  const key = `${kind}/${crypto.randomUUID()}`;
  return {
    key,
    kind,
    pipeline: 'runs',
    runName: kind,
    tags: {},
    description: 'A **run**.',
    at: '2001-03-05T06:00:00Z',
  };
}

/** What ONNX Runtime in this process says about the rows, on one thread. */
export async function scoreLocally(modelDir: string, rows: readonly (readonly number[])[]): Promise<number[]> {
  const session = await InferenceSession.create(join(modelDir, 'model.onnx'), { intraOpNumThreads: 1 });
  const input = new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, 3]);
  const { score } = await session.run({ input });
  const scores = Array.from(score?.data as Float32Array);
  await session.release();
  return scores;
}
