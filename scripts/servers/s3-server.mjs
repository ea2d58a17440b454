import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureS3Server } from '../toolchain/s3-server.mjs';
import { findFreePorts } from './free-ports.mjs';
import { startServer } from './server-process.mjs';

/**
 * @typedef {object} S3Server
 * @property {string} endpoint for clients, which must address buckets by path
 * @property {string} region
 * @property {string} accessKeyId
 * @property {string} secretAccessKey
 * @property {number} pid
 * @property {() => Promise<void>} stop
 */

/** It answers in a tenth of a second on an idle machine. */
const healthyWithinMs = 60_000;
const answerWithinMs = 2_000;

/**
 * An S3-compatible server with its buckets in `stateDir`. A folder made in `buckets` there is a bucket.
 * @param {object} options
 * @param {string} options.stateDir
 * @param {import('../toolchain/commands.mjs').Log} options.log
 * @returns {Promise<S3Server>}
 */
export async function startS3Server({ stateDir, log }) {
  const command = await ensureS3Server({ log });
  const folder = resolve(stateDir);
  const [buckets, metadata] = [join(folder, 'buckets'), join(folder, 'bucket-metadata')];
  for (const needed of [buckets, metadata]) mkdirSync(needed, { recursive: true });
  const [port] = /** @type {[number]} */ (await findFreePorts(1));
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const keys = { accessKeyId: 'gauntlet-tests', secretAccessKey: randomBytes(16).toString('hex') };
  const server = await startServer({
    name: 's3',
    command,
    // Metadata beside the objects would need extended attributes, which not every temporary folder has.
    args: ['--port', `127.0.0.1:${String(port)}`, '--quiet', '--keep-alive', 'posix', '--sidecar', metadata, buckets],
    env: { ...process.env, ROOT_ACCESS_KEY: keys.accessKeyId, ROOT_SECRET_KEY: keys.secretAccessKey },
    stateDir: folder,
    isHealthy: () => answers(endpoint),
    healthyWithinMs,
  });
  return { endpoint, region: 'us-east-1', ...keys, ...server };
}

/**
 * Any answer will do: without credentials it is a refusal.
 * @param {string} endpoint
 */
async function answers(endpoint) {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(answerWithinMs) });
    await response.text();
    return true;
  } catch {
    return false;
  }
}
