import type { MeasuredRun } from '../support/measured-process.js';
import type { ScoreDifferences } from './agreement.js';
import type { DesignRole } from './designs.js';
import type { ModelName } from './models.js';

/** A run, and whether the machine was quiet when it began. */
export interface TimedRun extends MeasuredRun {
  readonly startedQuiet: boolean;
}

/** One design on one size, over its counted runs. */
export interface Measurement {
  readonly design: string;
  readonly title: string;
  readonly role: DesignRole;
  readonly model: ModelName;
  readonly rows: number;
  readonly runs: number;
  readonly wallSeconds: number;
  readonly wallSecondsMin: number;
  readonly wallSecondsMax: number;
  readonly cpuSeconds: number;
  readonly rowsPerSecond: number;
  /** Largest sum over the process tree at one look, in any run. */
  readonly peakMiB: number;
  /** Sum of the high-water marks of its processes, an upper bound. */
  readonly highWaterMiB: number;
  /** Most processor time that others used during a run. */
  readonly otherCpuSeconds: number;
  /** Runs that began although others never stopped using the machine. */
  readonly noisyRuns: number;
  /** Compared with our own scores; null for ours and for the floor, which has none. */
  readonly scoresAgree: boolean | null;
  readonly differences: ScoreDifferences | null;
}

type Identity = Pick<Measurement, 'design' | 'title' | 'role' | 'model' | 'rows' | 'scoresAgree' | 'differences'>;

export function summarise(identity: Identity, runs: readonly TimedRun[]): Measurement {
  const walls = runs.map(({ wallSeconds }) => wallSeconds);
  const wallSeconds = median(walls);
  return {
    ...identity,
    runs: runs.length,
    wallSeconds,
    wallSecondsMin: Math.min(...walls),
    wallSecondsMax: Math.max(...walls),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    rowsPerSecond: Math.round(identity.rows / wallSeconds),
    peakMiB: Math.max(...runs.map(({ peakMiB }) => peakMiB)),
    highWaterMiB: Math.max(...runs.map(({ highWaterMiB }) => highWaterMiB)),
    otherCpuSeconds: Math.max(...runs.map(({ otherCpuSeconds }) => otherCpuSeconds)),
    noisyRuns: runs.filter(({ startedQuiet }) => !startedQuiet).length,
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** How many times longer the other side took; null where a side is missing. */
export function speedRatio(ours: Measurement | undefined, other: Measurement | undefined): number | null {
  return ours === undefined || other === undefined ? null : other.wallSeconds / ours.wallSeconds;
}

/** The fastest of some, by its median. */
export function fastest(measurements: readonly Measurement[]): Measurement | undefined {
  return [...measurements].sort((a, b) => a.wallSeconds - b.wallSeconds)[0];
}

/** All measurements of one comparison. */
export function comparisonOf(
  measurements: readonly Measurement[],
  model: ModelName,
  rows: number,
): readonly Measurement[] {
  return measurements.filter((measurement) => measurement.model === model && measurement.rows === rows);
}
