import type { StagedFile } from '../../domain/retention/stored-file.js';

/** Where a store on this host keeps files that have no name yet; a killed process leaves some behind. */
export interface StagingArea {
  listStaged(): AsyncIterable<StagedFile>;
  /** One that is gone already is success. */
  removeStaged(name: string): Promise<void>;
}
