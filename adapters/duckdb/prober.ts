import type { DuckDBConnection } from '@duckdb/node-api';
import type { Prober } from '../../activities/ports/probing.js';
import { withDuckDb } from './connection.js';
import { compareScores, countSharedKeys, relateToLabel } from './probe-leakage.js';
import { compareInputs, compareReplayed } from './probe-skew.js';
import { writeRepeated, writeSample } from './probe-rows.js';
import { measureVariants, writeChanged, writeShuffled } from './probe-variants.js';

export interface ProberOptions {
  /** Parent of DuckDB's spill folders. */
  readonly tempDirectory: string;
  readonly memoryLimitMb?: number;
}

/** Probes by the real engine: one confined instance, on one thread, for each piece of work. */
export function createProber({ tempDirectory, memoryLimitMb = 512 }: ProberOptions): Prober {
  const run = async <T>(
    signal: AbortSignal,
    allowed: readonly string[],
    use: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> => {
    try {
      return await withDuckDb({ tempDirectory, memoryLimitMb, threads: 1, allowed, signal }, use);
    } catch (error) {
      // An engine that was interrupted complains of its statement.
      signal.throwIfAborted();
      throw error;
    }
  };
  return {
    writeSample: (args) =>
      run(args.signal, [...args.parts, args.outputPath], (connection) => writeSample(connection, args)),
    writeRepeated: (args) =>
      run(args.signal, [...args.parts, args.outputPath], (connection) => writeRepeated(connection, args)),
    writeShuffled: (args) =>
      run(args.signal, [args.rows.samplePath, args.rows.encodedPath, args.outputPath], (connection) =>
        writeShuffled(connection, args),
      ),
    writeChanged: (args) =>
      run(args.signal, [args.rows.samplePath, args.rows.encodedPath, args.outputPath], (connection) =>
        writeChanged(connection, args),
      ),
    measureVariants: (args) =>
      run(args.signal, [args.stackedPath, args.scoredPath], (connection) => measureVariants(connection, args)),
    countSharedKeys: (args) =>
      run(args.signal, [...args.parts, ...args.otherParts], (connection) => countSharedKeys(connection, args)),
    relateToLabel: (args) => run(args.signal, args.parts, (connection) => relateToLabel(connection, args)),
    compareScores: (args) =>
      run(args.signal, [args.foldPath, args.scoredPath], (connection) => compareScores(connection, args)),
    compareInputs: (args) =>
      run(args.signal, [...args.storedParts, ...args.currentParts], (connection) => compareInputs(connection, args)),
    compareReplayed: (args) =>
      run(args.signal, [...args.publishedPaths, args.scoredPath], (connection) => compareReplayed(connection, args)),
  };
}
