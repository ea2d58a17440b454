import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensurePythonEnvironment } from '../toolchain/python-environment.mjs';
import { findFreePorts } from './free-ports.mjs';
import { startServer } from './server-process.mjs';

/**
 * @typedef {object} MlflowServer
 * @property {string} url for clients
 * @property {string} uiUrl
 * @property {number | undefined} pid undefined for a server that is not ours
 * @property {() => Promise<void>} stop does nothing to a server that is not ours
 */

/** Eight seconds with a new database on an idle machine; much longer where the Python files are read for the first time. */
const healthyWithinMs = 180_000;

const healthAnswerWithinMs = 5_000;

/**
 * The server that MLFLOW_TRACKING_URI names, or one with its database file and artifacts in `stateDir`.
 * @param {object} options
 * @param {string} options.stateDir
 * @param {import('../toolchain/commands.mjs').Log} options.log
 * @param {string} [options.pythonPath] the interpreter; else the tool chain's environment
 * @param {number} [options.port] where it listens, when it comes back under an address that is known already; else a free one
 * @returns {Promise<MlflowServer>}
 */
export async function startMlflow({ stateDir, log, pythonPath, port: knownPort }) {
  const existing = process.env['MLFLOW_TRACKING_URI'];
  if (existing !== undefined && existing !== '') {
    log(`MLflow: using the server at ${existing}`);
    return { url: existing, uiUrl: existing, pid: undefined, stop: () => Promise.resolve() };
  }
  const command = pythonPath ?? (await ensurePythonEnvironment({ log }));
  const folder = resolve(stateDir);
  mkdirSync(join(folder, 'mlflow-artifacts'), { recursive: true });
  const port = knownPort ?? /** @type {[number]} */ (await findFreePorts(1))[0];
  const url = `http://127.0.0.1:${String(port)}`;
  const server = await startServer({
    name: 'mlflow',
    command,
    args: [
      '-m',
      'mlflow',
      'server',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      ...storage(folder),
      '--workers',
      '1',
    ],
    // With job execution the server takes 3 GB and 15 processes; nothing here uses it.
    env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', MLFLOW_DISABLE_TELEMETRY: 'true' },
    stateDir: folder,
    isHealthy: () => isMlflowHealthy(url),
    healthyWithinMs,
  });
  return { url, uiUrl: url, ...server };
}

/** @param {string} folder */
function storage(folder) {
  const database = ['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`];
  return [...database, '--artifacts-destination', join(folder, 'mlflow-artifacts'), '--serve-artifacts'];
}

/** @param {string} url */
async function isMlflowHealthy(url) {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(healthAnswerWithinMs) });
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}
