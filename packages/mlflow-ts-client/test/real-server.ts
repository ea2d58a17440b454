import { randomUUID } from 'node:crypto';
import { testMlflow } from '../../../test/support/servers.js';
import { createMlflowClient, type MlflowClient } from '../src/index.js';

export const startTimeMs = Date.parse('2001-03-05T06:00:00Z');

/** A client of the real server that all tests share, with an experiment of its own. */
export async function openRealServer(): Promise<{ readonly client: MlflowClient; readonly experimentId: string }> {
  const { url } = await testMlflow();
  const client = createMlflowClient({ trackingUri: url });
  const { experimentId } = await client.experiments.getOrCreate(`client/${randomUUID()}`);
  return { client, experimentId };
}
