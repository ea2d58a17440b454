import { readFileSync } from 'node:fs';
import { rowsPerPart, partColumns } from './row-shape.js';
import type { SnapshotManifest } from '../../domain/snapshot.js';

/** What one whole process is asked to score, whoever it is. Peers read the part in Python's spelling. */
export interface ScoringJob {
  readonly parts: readonly string[];
  readonly features: readonly string[];
  /** A file; our own job and Spark write a folder. */
  readonly output: string;
  readonly model_path: string;
  readonly mlflow_path: string;
  readonly lightgbm_path: string;
  readonly bundlePath: string;
  readonly modelDigest: string;
  readonly decisionThreshold: number;
  readonly scoreCuts: readonly number[];
}

/** The job whose file is named on the command line. */
export function readJob(): ScoringJob {
  return JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ScoringJob;
}

/** The parts as the snapshot of a window. */
export function snapshotOf(parts: readonly string[]): SnapshotManifest {
  return {
    schemaVersion: 1,
    pipeline: 'bench',
    purpose: 'scoring',
    window: { start: '2001-01-01T00:00:00.000Z', end: '2001-07-01T00:00:00.000Z' },
    asOf: '2001-07-01T00:00:00.000Z',
    rows: parts.length * rowsPerPart,
    rowsFound: parts.length * rowsPerPart,
    quarantined: 0,
    quarantine: null,
    validation: { status: 'passed', grounds: [], warnings: [], results: [] },
    labelledRows: 0,
    columns: partColumns,
    parts: parts.map((path) => ({ path, sha256: '', bytes: 0, rows: rowsPerPart })),
    logicalDigest: '',
    datasetDigest: '',
    sources: [],
    engine: { duckdb: '' },
  };
}
