import type { FileRef } from '../../domain/model-ref.js';
import type { StoredFile } from '../../domain/retention/stored-file.js';

/** A store path, or a rule that makes one from the content, so that files with other bytes never meet under one name. */
export type AdoptedName = string | ((content: { readonly sha256: string; readonly bytes: number }) => string);

/**
 * The shared store. Paths are relative to its root, use `/`, and never climb out of it. Nothing in it is ever
 * overwritten: the one primitive that publishes is "create this path if nobody has".
 */
export interface Store {
  /** Complete bytes or nothing: temporary file, fsync, link, fsync of the directory. */
  createIfAbsent(path: string, bytes: Uint8Array | string): Promise<'created' | 'exists'>;
  /** Null when nothing is there. */
  read(path: string): Promise<Uint8Array | null>;
  /** Names (not paths) directly under a folder, sorted; empty when the folder is not there. Staged files are not listed. */
  list(folder: string): Promise<readonly string[]>;
  /** A fresh private path on the local disk, in the store's file system, for a file that is being written. */
  stage(purpose: string, extension: string): Promise<string>;
  /**
   * Makes a staged file part of the store: fsync, hash, re-read, then create under its name if absent. When the name is
   * taken, equal content is success; other content throws STORE_MISMATCH. The staged file is gone afterwards.
   */
  adopt(stagedPath: string, path: AdoptedName): Promise<FileRef>;
  /**
   * Gives a file of the store a second name, without writing its bytes again where the store can. The file is verified
   * first; when the name is taken, equal content is success, other content throws STORE_MISMATCH.
   */
  share(file: FileRef, path: string): Promise<FileRef>;
  /** A local path that an engine can read, verified against the reference where one is given. */
  localPath(file: FileRef | string): Promise<string>;
  /** Takes a file out for good; one that is gone already is success. Only `collect` does this, after its record. */
  remove(path: string): Promise<void>;
  /** Every file below a folder, in no particular order; nothing when the folder is not there. Staged files are not listed. */
  listRecursive(folder: string): AsyncIterable<StoredFile>;
}
