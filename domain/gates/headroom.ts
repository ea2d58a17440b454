/** More room than this is all the same; it also keeps a forecast of nothing finite. */
const MAX_HEADROOM = 2 ** 20;

/**
 * How many times a need fits into a limit, as a power of two rounded down: below 1 it does not fit. Coarse, so that a
 * report holds no timing and two runs on one machine nearly always agree; other hardware may well give another power.
 */
export function headroom(limit: number, need: number): number {
  const times = limit / need;
  if (!(times < MAX_HEADROOM)) return MAX_HEADROOM;
  return 2 ** Math.floor(Math.log2(times));
}
