import type { PredictionTable } from './prediction-table.js';
import type { Store } from './store.js';

/** A place that shows everything the real store has, and keeps what is written there to itself. */
export interface RehearsalPlace {
  readonly store: Store;
  readonly table: PredictionTable;
  /** Takes away everything that was written there. */
  remove(): Promise<void>;
}

/** Where a drill does what it would do, without anybody seeing it. */
export interface Rehearsals {
  /** A fresh place; what an attempt of the same name left there before is gone. */
  open(name: string): Promise<RehearsalPlace>;
}
