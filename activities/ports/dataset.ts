import type { CategoryDictionary, TrainingProfile } from '../../domain/model-bundle.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import type { SnapshotManifest, SnapshotPurpose, SnapshotRef } from '../../domain/snapshot.js';
import type { Window } from '../../domain/window.js';

export interface SnapshotRequest {
  readonly definition: PipelineDefinition;
  readonly purpose: SnapshotPurpose;
  readonly window: Window;
  readonly asOf: string;
  /** The champion that rules compare with; only for scoring snapshots, and only where a rule does. */
  readonly reference?: RuleReference;
  /** Ends the build, which then rejects with the signal's reason and leaves nothing staged. */
  readonly signal?: AbortSignal;
}

/** What a model was trained on, as validation rules compare with it. */
export interface RuleReference {
  readonly modelDigest: string;
  readonly profile: TrainingProfile;
  readonly dictionary: CategoryDictionary;
}

/** Turns sources into immutable snapshots, and snapshots into what a trainer reads. */
export interface DatasetBuilder {
  /** First and last event time in the sources (inclusive), as ISO instants; null when there are no rows. */
  coverage(definition: PipelineDefinition): Promise<{ readonly first: string; readonly last: string } | null>;
  /** Builds or finds the snapshot; the same inputs give the same digest. Throws WINDOW_BEYOND_COVERAGE, BAD_DATA … */
  buildSnapshot(request: SnapshotRequest): Promise<SnapshotRef>;
  loadSnapshot(pipeline: string, digest: string): Promise<SnapshotManifest>;
  /** Verified local paths of the parts, in key order. */
  localParts(manifest: SnapshotManifest): Promise<readonly string[]>;
  /** Learns the categories of a labelled snapshot within a window; most frequent values first, ties by name. */
  learnDictionary(
    definition: PipelineDefinition,
    snapshot: SnapshotManifest,
    window: Window,
  ): Promise<CategoryDictionary>;
  /** Writes float32 feature columns plus `label` (rows without a label left out) for the rows of `window`; returns rows written. */
  writeEncoded(args: {
    readonly definition: PipelineDefinition;
    readonly snapshot: SnapshotManifest;
    readonly dictionary: CategoryDictionary;
    readonly window: Window;
    readonly outputPath: string;
  }): Promise<number>;
  /** Deciles and shares of the training inputs (scores are filled in by the caller). */
  profileInputs(
    definition: PipelineDefinition,
    snapshot: SnapshotManifest,
    window: Window,
  ): Promise<Omit<TrainingProfile, 'scores'>>;
}
