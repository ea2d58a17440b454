import type { PipelineDefinition } from '../../domain/pipeline-definition.js';

/** A definition with its identity: sha256 over everything that shapes results, the same on every machine. */
export interface LoadedDefinition {
  readonly definition: PipelineDefinition;
  readonly digest: string;
}

/** The pipelines people have written. */
export interface Definitions {
  /** Names of all pipelines, sorted. */
  list(): Promise<readonly string[]>;
  /**
   * Reads a definition and keeps a copy of it in the store. Throws UNKNOWN_PIPELINE naming the known ones, or
   * INVALID_DEFINITION with every problem.
   */
  load(pipeline: string): Promise<LoadedDefinition>;
  /**
   * The definition that a run was pinned to, from the copy in the store, with its paths made absolute for this machine.
   * Throws UNKNOWN_PIPELINE when the store has no such definition.
   */
  loadPinned(digest: string): Promise<PipelineDefinition>;
}
