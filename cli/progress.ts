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

/** `[########------------] 41%  6,800 of 16,512 rows, 52,000 rows/s` */
export function renderBar(done: number, total: number, perSecond: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * 20);
  const speed = perSecond > 0 ? `, ${Math.round(perSecond).toLocaleString('en-US')} rows/s` : '';
  const bar = '#'.repeat(filled) + '-'.repeat(20 - filled);
  const rows = `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} rows`;
  return `  [${bar}] ${String(Math.floor(share * 100))}%  ${rows}${speed}`;
}
