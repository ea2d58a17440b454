import type { FoldSides } from '../../domain/gates/gate-report.js';
import type { ProbeName } from '../../domain/gates/probes.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { Window } from '../../domain/window.js';
import type { GateOutcome } from '../../workflows/api.js';
import type { DatasetBuilder } from '../ports/dataset.js';
import type { Definitions } from '../ports/definitions.js';
import type { Evaluator, ReportRenderer } from '../ports/evaluation.js';
import type { ModelBundles } from '../ports/model-bundles.js';
import type { PredictionTable } from '../ports/prediction-table.js';
import type { Prober } from '../ports/probing.js';
import type { Registry } from '../ports/registry.js';
import type { Scorer } from '../ports/scorer.js';
import type { Store } from '../ports/store.js';
import type { TrainingPlan } from '../training/training-activities.js';

/** Days that both sides are compared on. */
export interface PlannedFold {
  readonly index: number;
  readonly window: Window;
  /** What both sides are trained on for this fold alone; left out where the registered versions are compared. */
  readonly refit?: { readonly champion: TrainingPlan | null; readonly challenger: TrainingPlan };
}

/** Digests of the bundles that were trained for one fold; null for the baseline. */
export interface RefittedModels {
  readonly champion: string | null;
  readonly challenger: string;
}

/** Two sides and the days they are compared on, fixed before anything is measured. */
export interface EvidencePlan {
  readonly pipeline: string;
  readonly definitionDigest: string;
  readonly kind: 'promotion' | 'bootstrap';
  readonly asOf: string;
  readonly decisionEpoch: number;
  readonly challenger: ModelRef;
  /** Null when the opponent is the baseline. */
  readonly champion: ModelRef | null;
  readonly folds: readonly PlannedFold[];
  /** What gates and report want to know besides the comparison; left out by runs begun before there were probes. */
  readonly probes?: readonly ProbeName[];
  /** Both sides are trained for each fold; such evidence compares recipes, and nothing is promoted on it. */
  readonly refit?: true;
  /** Challengers judged on overlapping rows, this one included; 1 when left out. */
  readonly reuse?: number;
  readonly reason: string;
  /** Workflow time of the plan, for the registry's run. */
  readonly at: string;
}

/** A fold's rows, scored by both sides and labelled, as a file of the store. */
export interface EvaluatedFold {
  readonly index: number;
  readonly window: Window;
  readonly rows: number;
  readonly snapshotDigest: string;
  readonly sources: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
  readonly path: string;
  /** Against the baseline, when a gate asks for it and the opponent is a champion. */
  readonly baselinePath: string | null;
  /** Where the champion's rows come from a snapshot of their own; null where they are the challenger's. */
  readonly championSnapshotDigest?: string | null;
  /** What scored it, and on which rows; left out by runs from before it was kept. */
  readonly sides?: FoldSides;
}

/** A measured report before it is logged. */
export type AssembledReport = Omit<GateOutcome, 'reportUrl'>;

/** What measuring evidence works with. */
export interface EvidenceServices {
  readonly store: Store;
  readonly definitions: Definitions;
  readonly dataset: DatasetBuilder;
  readonly scorer: Scorer;
  readonly bundles: ModelBundles;
  readonly evaluator: Evaluator;
  readonly prober: Prober;
  readonly renderer: ReportRenderer;
  readonly registry: Registry;
  readonly table: PredictionTable;
  readonly scoreTimeoutMs: number;
}
