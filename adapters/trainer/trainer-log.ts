import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** Bytes kept in the file; a trainer that prints without end must not fill the disk. */
const LARGEST_LOG_BYTES = 8 * 1024 * 1024;
/** Lines of standard error that stand in a failure. */
const LAST_LINES = 20;
/** Characters of one such line. */
const LONGEST_SHOWN_LINE = 500;

/** What a trainer wrote, on disk, and the end of its standard error in memory. */
export interface TrainerLog {
  readonly path: string;
  write(line: string): void;
  writeError(line: string): void;
  lastErrorLines(): readonly string[];
  close(): Promise<void>;
}

export function openTrainerLog(path: string): TrainerLog {
  const stream = createWriteStream(path);
  const last: string[] = [];
  let bytes = 0;
  let broken = false;
  // A log that cannot be written (a full disk) must not end a training that can.
  stream.on('error', () => {
    broken = true;
  });
  const write = (line: string): void => {
    if (broken || bytes > LARGEST_LOG_BYTES) return;
    bytes += Buffer.byteLength(line) + 1;
    stream.write(bytes > LARGEST_LOG_BYTES ? '(the rest is left out)\n' : `${line}\n`);
  };
  return {
    path,
    write,
    writeError: (line) => {
      last.push(line.slice(0, LONGEST_SHOWN_LINE));
      if (last.length > LAST_LINES) last.shift();
      write(line);
    },
    lastErrorLines: () => last,
    close: async () => {
      stream.end();
      await finished(stream).catch(() => undefined);
    },
  };
}
