/** A file as a listing of the store shows it. */
export interface StoredFile {
  /** Relative to the store's root, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** When it was written, or last adopted again. */
  readonly modifiedAt: string;
}

/** A file that is being written, or was left by a process that is gone. */
export interface StagedFile {
  /** Its name in the staging folder. */
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: string;
  /** Whether the process that its name tells of still runs on this host. */
  readonly isOwnerAlive: boolean;
}
