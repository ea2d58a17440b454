import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Settings } from './settings.js';

/** How to reach Temporal: plain, with an API key, or with mutual TLS. */
async function connectionOptions(settings: Settings) {
  const { temporalAddress: address, temporalApiKey: apiKey, temporalTls } = settings;
  if (temporalTls === null) return apiKey === null ? { address } : { address, apiKey, tls: true };
  const [crt, key] = await Promise.all([readFile(temporalTls.certPath), readFile(temporalTls.keyPath)]);
  const ca = temporalTls.caPath === null ? {} : { serverRootCACertificate: await readFile(temporalTls.caPath) };
  return { address, tls: { clientCertPair: { crt, key }, ...ca } };
}

/** For processes that run workers. */
export async function connectWorker(settings: Settings): Promise<NativeConnection> {
  return NativeConnection.connect(await connectionOptions(settings));
}

/** For commands. The caller closes `connection`. */
export async function connectClient(settings: Settings): Promise<Client> {
  const connection = await Connection.connect({ ...(await connectionOptions(settings)), connectTimeout: '5 seconds' });
  return new Client({ connection, namespace: settings.temporalNamespace });
}
