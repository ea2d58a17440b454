/** A model version by its content and by its place in the registry. The digest is the identity; the number is for people. */
export interface ModelRef {
  /** sha256 over model.onnx, dictionary and feature list, 64 hex characters. */
  readonly modelDigest: string;
  /** The registered model in MLflow: one per pipeline. */
  readonly registeredName: string;
  /** MLflow's version number, as the string MLflow uses. */
  readonly version: string;
}

/** A file in the store, with what it takes to notice that it changed. `path` is relative to the store's root. */
export interface FileRef {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rows?: number;
}
