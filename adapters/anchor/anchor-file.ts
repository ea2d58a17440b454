import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AnchorPlace } from '../../activities/ports/anchor-place.js';
import { formatAnchor, parseAnchor, type LedgerAnchor } from '../../domain/ledger/anchor.js';
import { hasCode, makeFolderDurably } from '../store/durable-file.js';

/**
 * Anchors as lines of a file that is only ever appended to: pipeline, number, hash, and when. It is worth most where
 * whoever can write to the store cannot change it: another host, an append-only file, a log that is shipped away.
 */
export function anchorFile(file: string): AnchorPlace {
  return {
    name: file,
    isOffline: true,
    read: async ({ pipeline }) => (await readAnchors(file)).filter((anchor) => anchor.pipeline === pipeline),
    write: (_of, anchor, at) => appendLine(file, `${formatAnchor(anchor)} ${at}`),
  };
}

/** A line that a killed process left unfinished is no anchor. */
async function readAnchors(file: string): Promise<readonly LedgerAnchor[]> {
  const text = await readIfThere(file);
  return text.split('\n').flatMap((line) => parseAnchor(line.split(' ').slice(0, 3).join(' ')) ?? []);
}

/** One write of one line, begun on a line of its own whatever stands before it. */
async function appendLine(file: string, line: string): Promise<void> {
  await makeFolderDurably(path.dirname(file));
  const text = await readIfThere(file);
  const handle = await open(file, 'a');
  try {
    await handle.write(`${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
