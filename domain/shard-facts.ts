/** What computed a model's scores: ONNX Runtime, SQL arithmetic of a linear model, the tree kernel, or a SQL expression. */
export type ScoringEngine = 'onnx' | 'linear' | 'trees' | 'baseline';

/** What an audit needs to know about one scored part of a snapshot. Counts of the parts of a window add up. */
export interface ShardFacts {
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Keys of the part that have no score. */
  readonly missingKeys: number;
  /** Keys among the scores that the part does not have. */
  readonly extraKeys: number;
  /** Scored rows beyond the first of their key. */
  readonly duplicateKeys: number;
  /** One entry per model over all rows, the champion first, then the challenger where one serves a cohort. */
  readonly models: readonly ModelShardFacts[];
  /** How often the served decision differs from another one on the same rows. */
  readonly churn: readonly ChurnCount[];
  /** Who serves which rows, where a challenger serves a cohort; left out where one model serves all of them. */
  readonly cohorts?: CohortCounts;
}

/** The served rows of a split by who serves them. */
export interface CohortCounts {
  readonly champion: ServedCount;
  readonly challenger: ServedCount;
  /** Rows without an entity, which are all the champion's. */
  readonly withoutEntity: number;
}

export interface ServedCount {
  readonly rows: number;
  readonly positives: number;
}

export interface ModelShardFacts {
  readonly modelDigest: string;
  readonly engine: ScoringEngine;
  readonly positives: number;
  /** Scores that are null, NaN or infinite. The other numbers leave them out. */
  readonly nonFinite: number;
  readonly sum: number;
  /** Null where there is no finite score. */
  readonly min: number | null;
  readonly max: number | null;
  /** Finite scores between the model's `scoreCuts`: bin k holds those above cut k-1 up to and including cut k. */
  readonly binCounts: readonly number[];
}

/** Decisions compared on the rows that both sides have. */
export interface ChurnCount {
  /** `live` for what is published for the window now, else the digest of a model that was scored along. */
  readonly against: string;
  /** Null for all rows. A null value of the column is shown as `(none)`. */
  readonly slice: { readonly column: string; readonly value: string } | null;
  readonly rows: number;
  readonly flips: number;
}
