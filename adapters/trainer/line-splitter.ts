import { StringDecoder } from 'node:string_decoder';

/** Characters kept of a line; the rest of a longer one is dropped, so a trainer cannot fill the worker's memory. */
export const LONGEST_LINE = 65_536;

/** Turns chunks of bytes into lines, wherever the chunks were cut. `end` hands over a last line without a newline. */
export interface LineSplitter {
  write(chunk: Buffer): void;
  end(): void;
}

export function createLineSplitter(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const keep = (text: string): void => {
    rest = (rest + text).slice(0, LONGEST_LINE);
  };
  const flush = (): void => {
    const line = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
    rest = '';
    if (line !== '') onLine(line);
  };
  const take = (text: string): void => {
    const pieces = text.split('\n');
    pieces.forEach((piece, index) => {
      keep(piece);
      if (index < pieces.length - 1) flush();
    });
  };
  return {
    write: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      flush();
    },
  };
}
