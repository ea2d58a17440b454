import { S3Client } from '@aws-sdk/client-s3';

/** Which service of the S3 kind; null leaves it to the SDK: AWS itself, and the region of its own settings. */
export interface S3Connection {
  readonly endpoint: string | null;
  readonly region: string | null;
}

/** Connecting takes milliseconds where anybody listens. */
const connectionTimeoutMs = 5_000;

/** Without a byte in either direction for this long a request is given up; a service that hashes 5 GB needs seconds. */
const idleTimeoutMs = 60_000;

const silent = { trace: noWord, debug: noWord, info: noWord, warn: noWord, error: noWord };

/**
 * A client with credentials from the SDK's own chain: environment, shared files, container or instance role. Buckets of
 * another service than AWS are addressed by path, because their host names seldom have names for buckets.
 */
export function createS3Client({ endpoint, region }: S3Connection): S3Client {
  // It tells users of Node.js 20 about later versions of the SDK; ours is pinned to one that runs on it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return new S3Client({
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(region === null ? {} : { region }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: connectionTimeoutMs, socketTimeout: idleTimeoutMs },
    // Failures are reported by who asked; the SDK would write to the terminal of a command.
    logger: silent,
  });
}

function noWord(): void {
  // Nothing to say.
}
