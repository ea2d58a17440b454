/** How fast rows are done and how long the rest takes at that pace; null while that cannot be said. */
export interface RowPace {
  readonly rowsPerSecond: number | null;
  readonly remainingMs: number | null;
}

/** The pace of `rowsDone` rows in `elapsedMs`. */
export function computePace(args: {
  readonly rowsDone: number;
  readonly rows: number;
  readonly elapsedMs: number;
}): RowPace {
  const { rowsDone, rows, elapsedMs } = args;
  if (rowsDone <= 0 || elapsedMs <= 0) return { rowsPerSecond: null, remainingMs: null };
  const perMs = rowsDone / elapsedMs;
  return { rowsPerSecond: perMs * 1_000, remainingMs: Math.max(0, rows - rowsDone) / perMs };
}

const barLength = 20;

/** `[########------------] 41%  6,800 of 16,512 rows, 52,000 rows/s, 2 s left` */
export function renderRowProgress(rowsDone: number, rows: number, { rowsPerSecond, remainingMs }: RowPace): string {
  const share = rows === 0 ? 1 : Math.min(1, rowsDone / rows);
  const filled = Math.round(share * barLength);
  const bar = '#'.repeat(filled) + '-'.repeat(barLength - filled);
  const count = `${rowsDone.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} rows`;
  const speed = rowsPerSecond === null ? '' : `, ${Math.round(rowsPerSecond).toLocaleString('en-US')} rows/s`;
  const left = remainingMs === null || share === 1 ? '' : `, ${renderRemaining(remainingMs)} left`;
  return `[${bar}] ${String(Math.floor(share * 100))}%  ${count}${speed}${left}`;
}

/** Rounded up, so that it never promises too much: seconds up to two minutes, then minutes, then hours. */
function renderRemaining(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds <= 120) return `${String(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 120 ? `${String(minutes)} min` : `${String(Math.ceil(minutes / 60))} h`;
}
