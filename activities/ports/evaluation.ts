import type { Comparison, ComparisonRequest } from '../../domain/gates/comparison.js';
import type { QualityFacts, SensitiveGroup } from '../../domain/gates/probes.js';
import type { GateReport } from '../../domain/gates/gate-report.js';
import type { LabelKind } from '../../domain/metrics.js';
import type { TrainingProfile } from '../../domain/model-bundle.js';
import type { DriftCounts, PublishedPerformance } from '../../domain/monitoring.js';

/**
 * One fold's labelled rows scored by both sides: `row_key`, `block` (DATE of the event), `entity` VARCHAR, `label`
 * DOUBLE, `champion` and `challenger` FLOAT, and the slice columns as VARCHAR. Rows without a label are not in it. `weight`
 * DOUBLE may be there; `entity` may be missing in older files.
 */
export interface FoldFile {
  readonly fold: number;
  readonly path: string;
}

/** Turns scored, labelled rows into the numbers a gate decides on. Heavy sums run in DuckDB, statistics in `domain/`. */
export interface Evaluator {
  /** How many labelled rows of a scored file have this score, and the digest of their keys, event times and labels. */
  identifyRows(args: {
    readonly scoredPath: string;
    readonly scoreIndex: number;
  }): Promise<{ readonly rows: number; readonly digest: string }>;
  /**
   * Writes a fold file from scored rows (`label`, the slice columns and `score_0` … as the scorer leaves them), ordered by
   * `row_key`; rows without a label are left out. Returns the rows written.
   */
  writeFold(args: {
    readonly scoredPath: string;
    /** Where the champion's scores lie in a file of their own; its rows are joined by `row_key`. */
    readonly championPath?: string;
    readonly championIndex: number;
    readonly challengerIndex: number;
    /** Kept as text: what rows are sliced by, and what fairness is judged by. */
    readonly sliceColumns: readonly string[];
    /** Whether the scored rows have a `weight` to keep. */
    readonly isWeighted?: boolean;
    readonly outputPath: string;
  }): Promise<number>;
  /** Metrics, differences with intervals, slices, reliability bins, score histograms and decision flips over the folds. */
  compare(
    args: ComparisonRequest & {
      readonly files: readonly FoldFile[];
      /** Ends the comparison with its reason; between two of its parts, since arithmetic is not interrupted. */
      readonly signal?: AbortSignal;
    },
  ): Promise<Comparison>;
  /**
   * Decisions of both sides in every group of rows that share values of the columns, for each set of columns; a side
   * without a threshold has none. Groups come by set of columns, then by their values, those without a value last.
   */
  measureGroups(args: {
    readonly files: readonly FoldFile[];
    readonly columnSets: readonly (readonly string[])[];
    readonly championThreshold: number | null;
    readonly challengerThreshold: number | null;
  }): Promise<readonly SensitiveGroup[]>;
  /**
   * Label-matured performance of published rows: joins published files with the labels of a labelled snapshot
   * (`row_key`, `event_time`, `label`, and `weight` where rows are weighted). Coverage counts rows, as the gates do.
   */
  measurePublished(args: {
    readonly publishedPaths: readonly string[];
    readonly labelledParts: readonly string[];
    /** Whether labelled rows have a `weight` by which metrics count them. */
    readonly isWeighted: boolean;
    /** Labels 0 and 1 when left out. */
    readonly labelKind?: LabelKind;
  }): Promise<PublishedPerformance>;
  /**
   * Rows of labelled snapshots, and how many have a label, by the values of each column: those with at least `minRows`
   * rows, the lowest share of labels first.
   */
  countLabels(args: {
    readonly parts: readonly string[];
    readonly columns: readonly string[];
    readonly minRows: number;
    readonly limit: number;
  }): Promise<QualityFacts['slices']>;
  /** Bin counts of a snapshot's inputs against a training profile. */
  measureDrift(args: { readonly parts: readonly string[]; readonly profile: TrainingProfile }): Promise<DriftCounts>;
}

/** Renders a report for the person who decides, one self-contained HTML page, and the challenger's model card in Markdown. */
export interface ReportRenderer {
  renderHtml(report: GateReport, reportDigest: string): Promise<string>;
  renderCard(report: GateReport, reportDigest: string): Promise<string>;
}
