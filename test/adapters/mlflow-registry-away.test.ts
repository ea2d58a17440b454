import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createMlflowRegistry } from '../../adapters/mlflow/mlflow-registry.js';
import { testMlflow } from '../support/servers.js';
import { sendText, startScriptedServer } from '../../packages/mlflow-ts-client/test/scripted-server.js';

describe('a registry that is away or refuses', () => {
  it('says which server does not answer, as an error that may be retried', async () => {
    const address = await closedAddress();
    const away = createMlflowRegistry({ trackingUri: address });
    const call = away.getAlias('flights', 'champion');
    await expect(call).rejects.toThrow(`MLflow at ${address} does not answer GET`);
    await expect(call).rejects.toThrow('ECONNREFUSED');
    await expect(call).rejects.not.toHaveProperty('type');
  });

  it.each([
    [401, 'REGISTRY_REFUSED', /answered GET .* with 401: sign in first.*example: MLFLOW_TRACKING_USERNAME/s],
    [200, 'REGISTRY_REFUSED', /is this an MLflow server\?.*example: MLFLOW_TRACKING_URI=/s],
    [503, undefined, /^MLflow at .* with 503: sign in first \(while reading alias champion of flights\)$/],
  ])('answers HTML with %i by %s', async (status, type, message) => {
    const server = await startScriptedServer((_, response) => {
      sendText(response, status, '<p>sign in first</p>');
    });
    const failing = createMlflowRegistry({ trackingUri: server.url }).getAlias('flights', 'champion');
    const error = (await failing.catch((caught: unknown) => caught)) as Error & { type?: string };
    expect([error.type, server.seen.length]).toEqual([type, 1]);
    expect(error.message).toMatch(message);
  });

  it('passes the reason of an aborted signal on unchanged', async () => {
    const reason = new Error('the workflow was cancelled');
    const registry = createMlflowRegistry({ trackingUri: (await testMlflow()).url });
    await expect(registry.getAlias('flights', 'champion', AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('answers a check with the version of the server', async () => {
    const registry = createMlflowRegistry({ trackingUri: (await testMlflow()).url });
    expect(await registry.check()).toEqual({ version: expect.stringMatching(/^3\./) as string, isSupported: true });
  });
});

/** An address where nothing listens any more. */
async function closedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${String(port)}`;
}
