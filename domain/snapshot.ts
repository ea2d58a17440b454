import type { FileRef } from './model-ref.js';
import type { SnapshotValidation } from './validation/results.js';
import type { Window } from './window.js';

/** What the rows of a snapshot are for: scoring snapshots carry no label column, labelled ones do. */
export type SnapshotPurpose = 'scoring' | 'labelled';

/**
 * Immutable rows of one window as they were known at `asOf`. Columns, in order: `row_key` VARCHAR, `entity` VARCHAR,
 * `event_time` TIMESTAMP, the feature columns (DOUBLE or VARCHAR), and for labelled snapshots `label` DOUBLE (null where
 * it was not known at `asOf`). Parts are ordered by `row_key`.
 */
export interface SnapshotManifest {
  readonly schemaVersion: 1;
  readonly pipeline: string;
  readonly purpose: SnapshotPurpose;
  readonly window: Window;
  readonly asOf: string;
  /** Rows that the dataset gave: `rows` and those in quarantine. */
  readonly rowsFound: number;
  readonly rows: number;
  /** Rows left out by validation. */
  readonly quarantined: number;
  /** Where the rows that were left out are; null when there are none. */
  readonly quarantine: Quarantine | null;
  /** A scoring snapshot that was stopped is there to be looked at; nothing of it may be published. */
  readonly validation: SnapshotValidation;
  readonly labelledRows: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly parts: readonly FileRef[];
  /** Order-free digest of the row contents, stable across engine versions. */
  readonly logicalDigest: string;
  /** sha256 over the dataset definition (SQL, key, features …). */
  readonly datasetDigest: string;
  readonly sources: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
  /** The files of sources that have several; their list is left out where it is long, and `sources` has its digest. */
  readonly sourceFiles?: readonly SourceFileList[];
  /** Digests of names and types: of the columns of every source, whatever their order, and of this snapshot's own. */
  readonly schemaDigests?: { readonly sources: string; readonly snapshot: string };
  readonly engine: { readonly duckdb: string };
}

/**
 * Rows that validation left out, as a Parquet file named by its content. Columns, in order: `row_key`, `entity`,
 * `event_time`, the feature columns as the text they were found as, and `reasons`, the names of the rules that a row
 * fails. Ordered by `row_key`.
 */
export interface Quarantine {
  readonly file: FileRef;
  readonly rows: number;
  /** Rows by the name of the rule they fail; a row may fail several. */
  readonly reasons: Readonly<Record<string, number>>;
}

export interface SourceFileList {
  readonly source: string;
  readonly count: number;
  readonly files?: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
}

/** A snapshot by its identity: the sha256 of its canonical manifest. */
export interface SnapshotRef {
  readonly digest: string;
  readonly rows: number;
  readonly labelledRows: number;
  readonly window: Window;
  readonly asOf: string;
  readonly purpose: SnapshotPurpose;
  /**
   * What was noticed that did not stop the build, such as columns of a source that are new to this store; left out when
   * there is nothing. Not part of the identity: the same rows are the same snapshot, whatever was read before them.
   */
  readonly warnings?: readonly string[];
}
