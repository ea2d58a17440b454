import type { SourceFormat } from '../../domain/source-paths.js';

export interface LocalObject {
  readonly url: string;
  readonly localPath: string;
  readonly bytes: number;
  readonly version: string;
}
export interface RemoteSources {
  /**
   * What a path names: one object, those that a glob fits, or those of a folder that are data of the format. A signal
   * ends it with its reason when the copies under way are complete.
   */
  resolve(url: string, format: SourceFormat, signal?: AbortSignal): Promise<readonly LocalObject[]>;
}
