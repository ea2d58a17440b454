import { once } from 'node:events';
import { stat, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { cacheRoot, describeToolchain } from '../scripts/toolchain/index.mjs';
import type { Store } from '../activities/ports/store.js';
import { PermanentFailure } from '../domain/failure-types.js';
import { runCommand } from './command-context.js';
import type { CommandSettings } from './dev-note.js';
import { defineVerb } from './define-verb.js';
import {
  judgeDisk,
  judgeFindings,
  judgeSearchAttributes,
  judgeServer,
  judgeStore,
  judgeTool,
  renderDoctor,
  type DoctorCheck,
} from './doctor-checks.js';
import { exitCodes } from './exit-codes.js';

/** A server of a development stack answers in milliseconds; what takes longer is as good as away. */
const patienceMs = 3_000;

export function registerDoctor(program: Command): void {
  defineVerb(program, {
    usage: 'doctor',
    description: 'Tool chain, disk, state folder, store and servers, and what to do about what is missing',
    examples: ['gauntlet doctor', 'gauntlet doctor --json'],
    results: 'something needed is missing is 3',
  }).action((options: { json?: boolean }) =>
    runCommand(options, async ({ settings, services }) => {
      const checks = await examine(settings, async () => (await services()).store);
      const isReady = checks.every(({ status }) => status !== 'missing');
      const exitCode = isReady ? exitCodes.done : exitCodes.no;
      return { exitCode, text: renderDoctor(checks), json: { ready: isReady, checks } };
    }),
  );
}

async function examine(settings: CommandSettings, openStore: () => Promise<Store>): Promise<readonly DoctorCheck[]> {
  const isTemporalGiven = (process.env['TEMPORAL_ADDRESS'] ?? '') !== '';
  const [tools, ...rest] = await Promise.all([
    describeToolchain(),
    examineDisk(settings.stateDir),
    examineState(settings),
    examineStore(settings),
    examineTemporal(settings),
    examineMlflow(settings),
    examineFindings(settings, openStore),
  ]);
  const cache: DoctorCheck = { name: 'Tool cache', status: 'ok', found: cacheRoot(), advice: null };
  return [...tools.map((tool) => judgeTool(tool, isTemporalGiven)), cache, ...rest.flat()];
}

/** Of the nearest folder that is there: the state folder itself comes with the first start. */
async function examineDisk(stateDir: string): Promise<DoctorCheck> {
  let folder = stateDir;
  while ((await stat(folder).catch(() => null)) === null && path.dirname(folder) !== folder)
    folder = path.dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return judgeDisk(folder, bavail * bsize);
}

async function examineState({ stateDir, devPid }: CommandSettings): Promise<DoctorCheck> {
  const isThere = (await stat(stateDir).catch(() => null)) !== null;
  const stack = devPid === null ? 'no development stack noted' : `development stack noted as process ${String(devPid)}`;
  const found = `${stateDir}, ${isThere ? stack : 'made at the first start'}`;
  return { name: 'State folder', status: 'ok', found, advice: null };
}

/** Read, not opened: looking must not make a store. */
async function examineStore({ storeLocation, s3 }: CommandSettings): Promise<DoctorCheck> {
  const name = 'Store';
  const { readStoreFile } = await import('../adapters/store/open-shared-store.js');
  const { readIdentity, storeSchemaVersion } = await import('../adapters/store/store-identity.js');
  try {
    const text = await readStoreFile(storeLocation, s3);
    if (text === null) return { name, status: 'ok', found: `${storeLocation}, made at the first use`, advice: null };
    const identity = readIdentity(storeLocation, text);
    const found = `${identity} at ${storeLocation}, schema version ${storeSchemaVersion}`;
    return { name, status: 'ok', found, advice: null };
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    return judgeStore(storeLocation, error, storeSchemaVersion);
  }
}

/** Ledgers are only read where there is a store already. */
async function examineFindings(
  settings: CommandSettings,
  openStore: () => Promise<Store>,
): Promise<readonly DoctorCheck[]> {
  const { readStoreFile } = await import('../adapters/store/open-shared-store.js');
  const { findOpenFindings } = await import('./open-findings.js');
  try {
    if ((await readStoreFile(settings.storeLocation, settings.s3)) === null) return [];
    return [judgeFindings(await findOpenFindings(await openStore()))];
  } catch {
    // What is wrong with the store, its own check says.
    return [];
  }
}

async function examineTemporal(settings: CommandSettings): Promise<readonly DoctorCheck[]> {
  const judge = (answer: Parameters<typeof judgeServer>[2]): DoctorCheck =>
    judgeServer('Temporal', settings.temporalAddress, answer, 'TEMPORAL_ADDRESS');
  try {
    await knock(settings.temporalAddress);
    const { connectClient } = await import('../workers/connection.js');
    const client = await connectClient(settings);
    const { serverVersion } = await client.workflowService.getSystemInfo({});
    const attributes = await examineSearchAttributes(client);
    await client.connection.close();
    const server = `server ${serverVersion}, namespace ${settings.temporalNamespace}`;
    return [judge({ status: 'answers', as: server }), ...attributes];
  } catch (error) {
    return [judge({ status: 'away', why: firstLine(error) })];
  }
}

/** Nothing where the server does not say: not everybody may ask. */
async function examineSearchAttributes(client: Client): Promise<readonly DoctorCheck[]> {
  const { findMissingSearchAttributes, registrationCommand } = await import('../workers/search-attributes.js');
  try {
    const missing = await findMissingSearchAttributes(client);
    return [judgeSearchAttributes(missing, registrationCommand(client.options.namespace, missing))];
  } catch {
    return [];
  }
}

/** The client keeps trying for seconds where nobody listens; a plain connection knows at once. */
async function knock(address: string): Promise<void> {
  const colon = address.lastIndexOf(':');
  const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(patienceMs) });
  } finally {
    socket.destroy();
  }
}

async function examineMlflow({ trackingUri }: CommandSettings): Promise<DoctorCheck> {
  const judge = (answer: Parameters<typeof judgeServer>[2]): DoctorCheck =>
    judgeServer('MLflow', trackingUri, answer, 'MLFLOW_TRACKING_URI');
  try {
    const { registryFromEnvironment } = await import('../adapters/mlflow/mlflow-registry.js');
    const { version, isSupported } = await registryFromEnvironment(process.env, trackingUri, null).check(
      AbortSignal.timeout(patienceMs),
    );
    return judge({ status: 'answers', as: `version ${version}${isSupported ? '' : ', which is not a tested one'}` });
  } catch (error) {
    return judge({ status: 'away', why: firstLine(error) });
  }
}

/** What went wrong, without the request it went wrong in. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(/ (?:GET|POST) |\n/)[0] ?? message;
}
