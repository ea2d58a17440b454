/** Where a command says what is going on: stdout for people, stderr while stdout belongs to a JSON object. */
export interface Progress {
  /** One line that stays. */
  tell(line: string): void;
  /** A line that is drawn over by the next one; shown only on a terminal. */
  draw(line: string): void;
}

interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const eraseLine = '\r\u001b[2K';

export function openProgress(stream: ProgressStream): Progress {
  let isDrawn = false;
  const erase = (): string => (isDrawn ? eraseLine : '');
  return {
    tell(line) {
      stream.write(`${erase()}${line}\n`);
      isDrawn = false;
    },
    draw(line) {
      if (stream.isTTY !== true) return;
      stream.write(`${eraseLine}${line.slice(0, (stream.columns ?? 80) - 1)}`);
      isDrawn = true;
    },
  };
}
