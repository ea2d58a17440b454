import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureTemporalCli } from '../toolchain/temporal-cli.mjs';
import { findFreePorts } from './free-ports.mjs';
import { startServer } from './server-process.mjs';
import { isTemporalHealthy } from './temporal-health.mjs';

/**
 * @typedef {object} TemporalServer
 * @property {string} address host:port for clients and workers
 * @property {string | undefined} uiUrl unknown for a server that is not ours, unless TEMPORAL_UI_URL says it
 * @property {number | undefined} pid undefined for a server that is not ours
 * @property {() => Promise<void>} stop does nothing to a server that is not ours
 */

/** It answers in half a second on an idle machine. */
const healthyWithinMs = 60_000;

/**
 * The server that TEMPORAL_ADDRESS names, or a development server with its database file in `stateDir`.
 * @param {object} options
 * @param {string} options.stateDir
 * @param {import('../toolchain/commands.mjs').Log} options.log
 * @param {string} [options.temporalPath] the executable; else the tool chain's
 * @param {string[]} [options.extraArgs] further arguments of `temporal server start-dev`
 * @returns {Promise<TemporalServer>}
 */
export async function startTemporal({ stateDir, log, temporalPath, extraArgs = [] }) {
  const existing = process.env['TEMPORAL_ADDRESS'];
  if (existing !== undefined && existing !== '') {
    log(`Temporal: using the server at ${existing}`);
    return { address: existing, uiUrl: process.env['TEMPORAL_UI_URL'], pid: undefined, stop: () => Promise.resolve() };
  }
  const command = temporalPath ?? (await ensureTemporalCli({ log }));
  const folder = resolve(stateDir);
  mkdirSync(folder, { recursive: true });
  const [port, uiPort] = /** @type {[number, number]} */ (await findFreePorts(2));
  const address = `127.0.0.1:${String(port)}`;
  const places = ['--port', String(port), '--ui-port', String(uiPort), '--db-filename', join(folder, 'temporal.db')];
  const server = await startServer({
    name: 'temporal',
    command,
    args: ['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'error', ...places, ...extraArgs],
    env: process.env,
    stateDir: folder,
    isHealthy: () => isTemporalHealthy(address),
    healthyWithinMs,
  });
  return { address, uiUrl: `http://127.0.0.1:${String(uiPort)}`, ...server };
}
