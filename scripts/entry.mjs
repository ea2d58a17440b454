import { exitOnSignals } from './toolchain/commands.mjs';
import { isAtLeast, minimumNodeVersion } from './toolchain/versions.mjs';

/** @param {string} line */
export const log = (line) => {
  console.error(`[gauntlet] ${line}`);
};

/**
 * The frame of every entry script: a Node that fits, Ctrl-C in order, and an error as its message alone.
 * @param {() => Promise<number>} story answers the exit code
 */
export async function runEntry(story) {
  exitOnSignals();
  if (!isAtLeast(process.versions.node, minimumNodeVersion)) {
    log(`Node.js ${process.versions.node} is too old; install ${minimumNodeVersion} or newer.`);
    process.exitCode = 1;
    return;
  }
  try {
    process.exitCode = await story();
  } catch (error) {
    const named = error instanceof Error && error.name === 'ToolchainError';
    log(named ? error.message : String(error instanceof Error ? error.stack : error));
    process.exitCode = 1;
  }
}
