import type { Comparison, ComparisonRequest } from '../../domain/gates/comparison.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import type { TrainingProfile } from '../../domain/model-bundle.js';
import type { DriftCounts, PublishedPerformance } from '../../domain/monitoring.js';

/**
 * One fold's labelled rows scored by both sides: `row_key`, `block` (DATE of the event), `label` DOUBLE, `champion` and
 * `challenger` FLOAT, and the slice columns as VARCHAR. Rows without a label are not in it.
 */
export interface FoldFile {
  readonly fold: number;
  readonly path: string;
}

/** Turns scored, labelled rows into the numbers a gate decides on. Heavy sums run in DuckDB, statistics in `domain/`. */
export interface Evaluator {
  /**
   * Writes a fold file from scored rows (`label`, the slice columns and `score_0` … as the scorer leaves them), ordered by
   * `row_key`; rows without a label are left out. Returns the rows written.
   */
  writeFold(args: {
    readonly scoredPath: string;
    readonly championIndex: number;
    readonly challengerIndex: number;
    readonly sliceColumns: readonly string[];
    readonly outputPath: string;
  }): Promise<number>;
  /** Metrics, differences with intervals, slices, reliability bins, score histograms and decision flips over the folds. */
  compare(args: ComparisonRequest & { readonly files: readonly FoldFile[] }): Promise<Comparison>;
  /** Label-matured performance of published rows: joins a published file with labels of a labelled snapshot. */
  measurePublished(args: {
    readonly publishedPaths: readonly string[];
    readonly labelledParts: readonly string[];
  }): Promise<PublishedPerformance>;
  /** Bin counts of a snapshot's inputs against a training profile. */
  measureDrift(args: { readonly parts: readonly string[]; readonly profile: TrainingProfile }): Promise<DriftCounts>;
}

/** Renders a report for the person who decides, one self-contained HTML page, and the challenger's model card in Markdown. */
export interface ReportRenderer {
  renderHtml(report: GateReport, reportDigest: string): Promise<string>;
  renderCard(report: GateReport, reportDigest: string): Promise<string>;
}
