import { beforeEach, describe, expect, it } from 'vitest';
import { createMlflowClient, quoteFilterValue, tagEquals, type MlflowClient } from '../src/index.js';
import { chunkBatch } from '../src/log-batch.js';
import { sendJson, startScriptedServer, type ScriptedServer } from './scripted-server.js';

let server: ScriptedServer;
let client: MlflowClient;

beforeEach(async () => {
  server = await startScriptedServer((_, response) => {
    sendJson(response, {});
  });
  client = createMlflowClient({ trackingUri: server.url });
});

/** The problem that stopped the call before anything was sent. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ kind: 'invalid-input', status: null });
  expect(server.seen).toEqual([]);
  return (error as Error).message;
}

describe('what MLflow would shorten, clamp or ignore is refused before it is sent', () => {
  it('parameters longer than 6000 characters', async () => {
    await client.runs.logBatch('r', { params: { long: 'x'.repeat(6000) } });
    expect(server.seen).toHaveLength(1);
    server = await startScriptedServer((_, response) => {
      sendJson(response, {});
    });
    const message = await refusal(client.runs.logBatch('r', { params: { long: 'x'.repeat(6001) } }));
    expect(message).toBe('the batch cannot be sent: parameter "long" has 6001 characters, MLflow keeps at most 6000');
  });

  it('run tags longer than 8000 characters', async () => {
    expect(await refusal(client.runs.setTag('r', 'note', 'x'.repeat(8001)))).toContain('8001 characters');
  });

  it('infinite metrics and timestamps in seconds, both at once', async () => {
    const metrics = [
      { key: 'auc', value: Infinity, timestampMs: 1e12 },
      { key: 'loss', value: 1, timestampMs: 1_700_000_000 },
    ];
    expect(await refusal(client.runs.logBatch('r', { metrics }))).toMatch(
      /"auc" is Infinity.*"loss" has timestamp 1700000000/,
    );
  });

  it('status words that MLflow does not know', async () => {
    expect(await refusal(client.runs.update({ runId: 'r', status: 'DONE' as 'FINISHED' }))).toContain(
      'RUNNING, SCHEDULED',
    );
  });

  it('a start time in seconds', async () => {
    expect(await refusal(client.runs.create({ experimentId: '1', startTimeMs: 1_700_000_000 }))).toContain(
      'milliseconds',
    );
  });

  it('a whole sha256 as dataset digest', async () => {
    const dataset = { name: 'd', digest: 'a'.repeat(64), sourceType: 'local', source: '{}' };
    expect(await refusal(client.runs.logInputs('r', [dataset]))).toContain('64 characters, MLflow keeps at most 36');
  });

  it.each(['', '/a', 'a/../b', 'a//b', 'a\nb', 'a,b', 'x'.repeat(251)])('the key %j', async (key) => {
    await refusal(client.runs.setTag('r', key, 'v'));
  });

  it.each(['latest', 'Latest', 'v3', 'V12', '', 'two words', 'x'.repeat(256)])('the alias %j', async (alias) => {
    await refusal(client.aliases.set('m', alias, '1'));
    await refusal(client.aliases.get('m', alias));
  });

  it.each(['', 'a/b', 'a:b', 'x'.repeat(251)])('the registered model name %j', async (name) => {
    await refusal(client.registeredModels.getOrCreate(name));
  });

  it.each(['0', '01', '1.0', 'latest', ''])('the version %j', async (version) => {
    await refusal(client.aliases.set('m', 'champion', version));
  });

  it.each(['a/b', 'a:b', 'a.b', 'a%b', 'a"b', "a'b", ''])('the logged model name %j', async (name) => {
    await refusal(client.loggedModels.create({ experimentId: '1', name }));
  });
});

describe('artifact paths', () => {
  const root = 'mlflow-artifacts:/1/r/artifacts';

  it.each(['../x', 'a/../../x', '/etc/passwd', 'a//b', '', '.', 'a/.', 'a\\b', 'a\u0000b', 'a/', 'a#b', 'a%2e'])(
    'that could leave their folder are refused: %j',
    async (path) => {
      await refusal(client.artifacts.put(root, path, 'x'));
      await refusal(client.artifacts.get(root, path));
    },
  );

  it('are encoded name by name', async () => {
    await expect(client.artifacts.put(root, 'a b/ü?.txt', 'x')).rejects.toMatchObject({ kind: 'integrity' });
    expect(server.seen[0]?.path).toBe('/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/a%20b/%C3%BC%3F.txt');
    expect(server.seen[0]?.headers['content-length']).toBe('1');
  });

  it.each(['s3://bucket/1', 'file:///tmp/1', '/tmp/1', 'gs://b/1'])(
    'under %s are not reachable and say why',
    async (uri) => {
      await expect(client.artifacts.list(uri)).rejects.toMatchObject({ kind: 'unsupported' });
      await expect(client.artifacts.list(uri)).rejects.toThrow('--serve-artifacts');
    },
  );
});

describe('search filters', () => {
  it('take the quotes that do not occur in the value', () => {
    expect(quoteFilterValue('retrain/flights')).toBe("'retrain/flights'");
    expect(quoteFilterValue("it's")).toBe(`"it's"`);
    expect(tagEquals('a.b', 'c')).toBe("tags.`a.b` = 'c'");
  });

  it.each([`it's "both"`, 'back\\slash'])('refuse what MLflow cannot search for: %s', (value) => {
    expect(() => quoteFilterValue(value)).toThrow(/cannot search/);
  });
});

describe('batches', () => {
  const record = (count: number, value: string): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${String(index)}`, value]));
  const metrics = Array.from({ length: 2500 }, (_, step) => ({ key: 'm', value: step, timestampMs: 1e12, step }));

  it('are cut at 1000 items, 100 parameters and 100 tags, and lose nothing', () => {
    const chunks = chunkBatch({ metrics, params: record(250, 'v'), tags: record(101, 'v') });
    for (const chunk of chunks) {
      expect(chunk.metrics.length + chunk.params.length + chunk.tags.length).toBeLessThanOrEqual(1000);
      expect(Math.max(chunk.params.length, chunk.tags.length)).toBeLessThanOrEqual(100);
    }
    const count = (kind: 'metrics' | 'params' | 'tags') => chunks.reduce((sum, chunk) => sum + chunk[kind].length, 0);
    expect([count('metrics'), count('params'), count('tags')]).toEqual([2500, 250, 101]);
  });

  it('are cut at a million bytes', () => {
    const chunks = chunkBatch({ params: record(400, 'ü'.repeat(6000)) });
    for (const chunk of chunks)
      expect(Buffer.byteLength(JSON.stringify({ run_id: 'r'.repeat(256), ...chunk }))).toBeLessThanOrEqual(1_000_000);
    expect(chunks.length).toBeGreaterThan(4);
  });

  it('without content send nothing', async () => {
    await client.runs.logBatch('r', {});
    expect(server.seen).toEqual([]);
  });
});
