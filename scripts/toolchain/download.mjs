import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from './commands.mjs';
import { ToolchainError } from './toolchain-error.mjs';

/** A machine without network must move on quickly; one with a network answers well within this. */
const answerWithinMs = 5_000;

/** A slow line may take a while for an archive of 40 MB. */
const bodyWithinMs = 300_000;

/** Where Temporal publishes the binaries of its command line and its test server. */
export const temporalDownloads = 'https://temporal.download';

/** The platform in the words of Temporal's downloads and of Go. */
export function downloadPlatform() {
  return {
    platform: process.platform === 'win32' ? 'windows' : process.platform,
    arch: process.arch === 'x64' ? 'amd64' : process.arch,
  };
}

/**
 * Downloads a `.tar.gz` and unpacks it into a folder.
 * @param {{ url: string, folder: string, label: string, log: import('./commands.mjs').Log }} options
 */
export async function downloadArchive({ url, folder, label, log }) {
  const archive = `${folder}/download.tar.gz`;
  const response = await answerOf(url);
  if (!response.ok || response.body === null) {
    throw new ToolchainError(`The server answered ${String(response.status)} to ${url}.`, []);
  }
  await pipeline(Readable.fromWeb(response.body), createWriteStream(archive), {
    signal: AbortSignal.timeout(bodyWithinMs),
  });
  await run('tar', ['-xzf', archive, '-C', folder], { label: `Unpacking ${label}`, log });
}

/**
 * A JSON answer.
 * @param {string} url
 * @returns {Promise<unknown>}
 */
export async function downloadJson(url) {
  const response = await answerOf(url);
  if (!response.ok) throw new ToolchainError(`The server answered ${String(response.status)} to ${url}.`, []);
  return response.json();
}

/** @param {string} url */
async function answerOf(url) {
  const impatience = new AbortController();
  const timer = setTimeout(() => {
    impatience.abort(new Error(`No answer within ${String(answerWithinMs / 1000)} s`));
  }, answerWithinMs);
  try {
    return await fetch(url, { signal: impatience.signal });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolchainError(`${url} could not be reached: ${reason}`, [], error);
  } finally {
    clearTimeout(timer);
  }
}
