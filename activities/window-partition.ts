import type { TableFile } from '../domain/published-table.js';
import type { Window } from '../domain/window.js';

/** The partition value of a window: its date when it begins at midnight UTC, else its instant without characters that paths dislike. */
export function windowPartition(window: Window): string {
  return window.start.endsWith('T00:00:00.000Z') ? window.start.slice(0, 10) : window.start.replaceAll(':', '-');
}

/** The window of a published file. */
export function windowOf(file: Pick<TableFile, 'window' | 'windowEnd'>): Window {
  const start =
    file.window.length === 10 ? `${file.window}T00:00:00.000Z` : file.window.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:');
  return { start, end: file.windowEnd };
}

/** A published window by its partition value. One that was published as empty has no file that says where it ends. */
export function spanOf(
  partition: string,
  files: readonly Pick<TableFile, 'window' | 'windowEnd'>[],
  everyMs: number,
): Window {
  const file = files.find(({ window }) => window === partition);
  const { start, end } = windowOf(file ?? { window: partition, windowEnd: '' });
  return { start, end: file === undefined ? new Date(Date.parse(start) + everyMs).toISOString() : end };
}
