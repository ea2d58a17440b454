import type { Measurement } from '../../bench/scoring/measurement.js';

/** A measured design with what a test does not care about filled in. */
export function measurement(given: Partial<Measurement> & { readonly wallSeconds: number }): Measurement {
  return {
    design: 'ours',
    title: given.design ?? 'ours',
    role: 'ours',
    model: 'lr',
    rows: 3_000_000,
    runs: 3,
    wallSecondsMin: given.wallSeconds,
    wallSecondsMax: given.wallSeconds,
    cpuSeconds: 1,
    rowsPerSecond: 1,
    peakMiB: 200,
    highWaterMiB: 200,
    otherCpuSeconds: 0,
    noisyRuns: 0,
    scoresAgree: null,
    differences: null,
    ...given,
  };
}
