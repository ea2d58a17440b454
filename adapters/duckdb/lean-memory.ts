/**
 * DuckDB's limit for building a snapshot, in MiB. An engine fills whatever limit it has before it spills, so a generous
 * one makes memory grow with the rows: of a dozen features, 10 M rows took the process to 890 MB with 512, and to 580 to
 * 650 with this. Up to about 60 features fit.
 */
const LEAN_MB = 256;

/**
 * Works within little memory, and once more within all that is allowed where that was not enough: a wide row or a query
 * that cannot spill. The rows and their bytes are the same either way.
 */
export async function withLeanMemory<T>(
  mostMb: number,
  work: (memoryLimitMb: number) => Promise<T>,
  leanMb = LEAN_MB,
): Promise<T> {
  if (mostMb <= leanMb) return work(mostMb);
  try {
    return await work(leanMb);
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    return work(mostMb);
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && (/^Out of Memory Error/.test(error.message) || isOutOfMemory(error.cause));
}
