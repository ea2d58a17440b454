import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createMlflowClient, MlflowError, optionsFromEnvironment } from '../src/index.js';
import { sendJson, sendText, startScriptedServer } from './scripted-server.js';

const answer = { experiment: { experiment_id: '1', name: 'x' } };

async function headersWith(options: Omit<Parameters<typeof createMlflowClient>[0], 'trackingUri'>) {
  const { url, seen } = await startScriptedServer((_, response) => {
    sendJson(response, answer);
  });
  await createMlflowClient({ trackingUri: url, ...options }).experiments.getByName('x');
  return seen[0]?.headers ?? {};
}

describe('credentials', () => {
  it('go out as basic authentication', async () => {
    const { authorization } = await headersWith({ username: 'ada', password: 'pässword' });
    expect(Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString()).toBe('ada:pässword');
  });

  it('go out as a bearer token, which wins over a password', async () => {
    const { authorization } = await headersWith({ username: 'ada', password: 'secret', token: 'tok-123' });
    expect(authorization).toBe('Bearer tok-123');
  });

  it('inside the address become basic authentication and leave the address', async () => {
    const { url, seen } = await startScriptedServer((_, response) => {
      sendJson(response, answer);
    });
    const client = createMlflowClient({ trackingUri: url.replace('//', '//ada:p%40ss@') });
    await client.experiments.getByName('x');
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ada:p@ss').toString('base64')}`);
    expect(client.baseUrl).toBe(url);
  });

  it('travel with the workspace and extra headers', async () => {
    const headers = await headersWith({ workspace: 'team-a', headers: { 'X-Gateway-Key': 'gate' } });
    expect(headers).toMatchObject({ 'x-mlflow-workspace': 'team-a', 'x-gateway-key': 'gate' });
  });

  it('never stand in an error, even when the server repeats them', async () => {
    const { url } = await startScriptedServer(({ headers }, response) => {
      sendText(response, 401, `bad: ${headers.authorization ?? ''} ${String(headers['x-gateway-key'])} hunter22`);
    });
    for (const options of [
      { username: 'ada', password: 'hunter22', headers: { 'X-Gateway-Key': 'gate-key-1' } },
      { token: 'tok-hunter22-tok', password: 'hunter22', headers: { 'X-Gateway-Key': 'gate-key-1' } },
    ]) {
      const error: unknown = await createMlflowClient({ trackingUri: url, ...options })
        .runs.get('abc')
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({ kind: 'unauthenticated' });
      const basic = Buffer.from('ada:hunter22').toString('base64');
      for (const secret of ['hunter22', 'gate-key-1', basic, 'tok-'])
        expect(inspect(error, { depth: 9 })).not.toContain(secret);
    }
  });

  it('do not change answers that hold the same words', async () => {
    const { url } = await startScriptedServer((_, response) => {
      sendJson(response, { experiment: { experiment_id: '1', name: 'production' } });
    });
    const client = createMlflowClient({ trackingUri: url, headers: { 'X-Stage': 'production' } });
    expect(await client.experiments.getByName('production')).toMatchObject({ name: 'production' });
  });

  it('are not left half visible where a long answer is cut', async () => {
    const { url } = await startScriptedServer((_, response) => {
      sendText(response, 502, `${'x'.repeat(196)}hunter22`);
    });
    const client = createMlflowClient({ trackingUri: url, username: 'ada', password: 'hunter22' });
    await expect(client.runs.get('abc')).rejects.not.toThrow(/hunt/);
  });

  it('with characters that HTTP forbids are refused without being repeated', () => {
    const make = () => createMlflowClient({ trackingUri: 'http://127.0.0.1:5000', token: 'first\nsecond' });
    expect(make).toThrow(MlflowError);
    expect(make).toThrow(/^the client options cannot be sent: header "Authorization" has characters HTTP forbids$/);
  });
});

describe('options', () => {
  it('are read from the variables that MLflow’s Python client honours', () => {
    expect(
      optionsFromEnvironment({
        MLFLOW_TRACKING_URI: 'http://mlflow:5000',
        MLFLOW_TRACKING_USERNAME: 'ada',
        MLFLOW_TRACKING_PASSWORD: 'secret',
        MLFLOW_TRACKING_TOKEN: 'token',
        MLFLOW_HTTP_REQUEST_TIMEOUT: '7',
      }),
    ).toMatchObject({
      trackingUri: 'http://mlflow:5000',
      username: 'ada',
      password: 'secret',
      token: 'token',
      timeoutMs: 7000,
    });
  });

  it.each(['', 'mlflow:5000', 'sqlite:///mlflow.db', 'databricks', './mlruns'])(
    'refuse the address "%s" with an example',
    (trackingUri) => {
      expect(() => createMlflowClient({ trackingUri })).toThrow(/a valid one is "http:\/\/127\.0\.0\.1:5000"/);
    },
  );

  it('keep a static prefix and drop a trailing slash', async () => {
    const { url, seen } = await startScriptedServer((_, response) => {
      sendJson(response, answer);
    });
    await createMlflowClient({ trackingUri: `${url}/team/mlflow/` }).experiments.getByName('x');
    expect(seen[0]?.path).toBe('/team/mlflow/api/2.0/mlflow/experiments/get-by-name?experiment_name=x');
  });

  it('list everything that is wrong at once', () => {
    const make = () => createMlflowClient({ trackingUri: 'http://x', maxConcurrent: 0, timeoutMs: -1 });
    expect(make).toThrow(/maxConcurrent is 0.*timeoutMs is -1/);
  });
});
