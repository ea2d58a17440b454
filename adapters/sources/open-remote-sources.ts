import type { LocalCache } from '../s3/local-cache.js';
import type { S3Connection } from '../s3/s3-client.js';
import type { RemoteSources } from './remote-sources.js';

/** Sources on S3; what speaks to it is loaded when the first one is asked for. */
export function openRemoteSources(args: {
  readonly cache: LocalCache;
  readonly connection: S3Connection;
}): RemoteSources {
  let opened: Promise<RemoteSources> | undefined;
  return {
    async resolve(url, format, signal) {
      opened ??= import('./s3-sources.js').then(({ createS3Sources }) => createS3Sources(args));
      return (await opened).resolve(url, format, signal);
    },
  };
}
