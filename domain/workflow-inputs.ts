/** Workflow types, as they are typed into the Temporal UI. */
export const workflowTypes = ['score', 'backtest', 'retrain', 'promote', 'rollback', 'monitor'] as const;
export type WorkflowType = (typeof workflowTypes)[number];

/** Common to all starts. Everything but the pipeline has a default. */
interface StartInput {
  readonly pipeline: string;
  readonly reason?: string;
  /** Who starts it; the command line fills it in. */
  readonly by?: string;
}

export interface ScoreInput extends StartInput {
  /** Start of the window, a date or an instant. Default: the next due one. */
  readonly window?: string;
}

export interface MonitorInput extends StartInput {
  /** Judge this window again. Default: every published window whose labels have matured and that has no verdict yet. */
  readonly window?: string;
  readonly asOf?: string;
}

export interface BacktestInput extends StartInput {
  /** Registry version. Default: the newest. */
  readonly challenger?: string;
  /** Registry version or `baseline`. Default: the champion, or the baseline when there is none. */
  readonly against?: string;
  readonly asOf?: string;
  /** Train both sides anew for each fold, on what was known before it. */
  readonly refit?: boolean;
  /** With `refit`, as many as the data reaches back for. Default: the policy's. */
  readonly folds?: number;
}

export interface RetrainInput extends StartInput {
  readonly asOf?: string;
  /** Override single training parameters of the definition. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Override the length of the training window, such as `2 days`. */
  readonly trainingWindow?: string;
  /** Start a promotion when training is done. Default: true when there is a champion. */
  readonly promote?: boolean;
}

export interface PromoteInput extends StartInput {
  /** Registry version. Default: the newest that nothing in the ledger speaks against. */
  readonly version?: string;
  /** The explicit path of the first champion, against the baseline. */
  readonly bootstrap?: boolean;
  readonly asOf?: string;
  /** Measure and report, change nothing. */
  readonly dryRun?: boolean;
  /** The open promotion that a run goes on with. Filled in by Gauntlet where one run continues another. */
  readonly resumes?: string;
  /** Ledger head when the run began to wait for its turn. Filled in by Gauntlet. */
  readonly queuedSince?: number;
  /** A dry run that also writes down the exact transition, for somebody to apply. */
  readonly planOnly?: boolean;
  /** Digest of such a plan, or its first 8 characters or more: go on only while nothing that it names has moved. */
  readonly plan?: string;
}

export interface RollbackInput extends StartInput {
  /** Registry version to restore. Default: the previous champion. */
  readonly to?: string;
  /** Say what would be replaced, change nothing. */
  readonly dryRun?: boolean;
  /** Rehearse it in a place of its own and record how long it took; nothing that is served changes. */
  readonly drill?: boolean;
}
