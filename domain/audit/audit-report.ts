import { stabilityIndex } from '../monitoring/decide-drift.js';
import type { ChurnCount, ScoringEngine } from '../shard-facts.js';
import type { ModelFacts, WindowFacts } from './window-facts.js';

/** What a model's scores looked like on its own validation rows. */
export interface ValidationScores {
  readonly mean: number;
  /**
   * From the end of the first tenth to the begin of the last; left out for probabilities. Predicted numbers may lie
   * around zero, as profits and changes do: then their mean says nothing about how far they usually lie apart.
   */
  readonly width?: number;
  /** Share of each bin between the model's score cuts. */
  readonly shares: readonly number[];
  /** Rows behind the model's profile. */
  readonly rows: number;
}

/** What an audit measured, whatever it decided. */
export interface AuditReport {
  readonly models: readonly ModelAudit[];
  /** One entry for each publication or model that decisions were compared with. */
  readonly churn: readonly ChurnAudit[];
}

export interface ModelAudit {
  readonly modelDigest: string;
  readonly engines: readonly ScoringEngine[];
  /** Population stability index of the scores against the validation scores; null where there is nothing to compare. */
  readonly psi: number | null;
}

export interface ChurnAudit {
  /** `live` for what was published for the window before, else a model's digest. */
  readonly against: string;
  readonly rows: number;
  readonly flips: number;
  /** Null without a row that both sides have. */
  readonly share: number | null;
  /** The slice with the largest share of flips among those large enough to judge. */
  readonly worstSlice: SliceChurn | null;
}

export interface SliceChurn {
  readonly column: string;
  readonly value: string;
  readonly rows: number;
  readonly flips: number;
  readonly share: number;
}

/** Turns counts into what people read. `validation` is by model digest; a baseline has none. */
export function composeAuditReport(
  facts: WindowFacts,
  validation: Readonly<Record<string, ValidationScores>>,
  minSliceRows: number,
): AuditReport {
  const opponents = [...new Set(facts.churn.map(({ against }) => against))];
  return {
    models: facts.models.map((model) => ({
      modelDigest: model.modelDigest,
      engines: model.engines,
      psi: measurePsi(model, validation[model.modelDigest]),
    })),
    churn: opponents.map((against) => measureChurn(facts.churn, against, minSliceRows)),
  };
}

/** NaN when the scores were counted into other bins than the validation scores: that is no index, and never small. */
function measurePsi({ binCounts }: ModelFacts, validation: ValidationScores | undefined): number | null {
  const rows = binCounts.reduce((sum, count) => sum + count, 0);
  if (validation === undefined || rows === 0) return null;
  if (binCounts.length !== validation.shares.length) return Number.NaN;
  return stabilityIndex(validation.shares, validation.rows, binCounts, rows).psi;
}

function measureChurn(churn: readonly ChurnCount[], against: string, minSliceRows: number): ChurnAudit {
  const overall = churn.find((count) => count.against === against && count.slice === null);
  const { rows, flips } = overall ?? { rows: 0, flips: 0 };
  const [worstSlice = null] = rankSlices(churn, against, minSliceRows);
  return { against, rows, flips, share: rows === 0 ? null : flips / rows, worstSlice };
}

/** Slices that are large enough to judge, the largest share of flips first. */
export function rankSlices(churn: readonly ChurnCount[], against: string, minSliceRows: number): readonly SliceChurn[] {
  return churn
    .flatMap(({ slice, rows, flips, ...count }) =>
      slice === null || count.against !== against || rows === 0 || rows < minSliceRows
        ? []
        : [{ ...slice, rows, flips, share: flips / rows }],
    )
    .sort((left, right) => right.share - left.share);
}
