export interface LocalObject {
  readonly url: string;
  readonly localPath: string;
  readonly bytes: number;
  readonly version: string;
}
export interface RemoteSources {
  resolve(url: string): Promise<readonly LocalObject[]>;
}
