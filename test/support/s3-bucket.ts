import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Connection } from '../../adapters/s3/s3-client.js';
import { testS3 } from './servers.js';

/** A bucket of the shared S3 server that only one test file uses. */
export interface TestBucket {
  readonly name: string;
  readonly connection: S3Connection;
  /** For what the product never does: overwriting, reading behind its back. */
  readonly client: S3Client;
}

/** Makes a bucket, and puts its credentials where every client looks for them: into the environment. */
export async function makeTestBucket(): Promise<TestBucket> {
  const { endpoint, region, accessKeyId, secretAccessKey } = await testS3();
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    GAUNTLET_S3_ENDPOINT: endpoint,
  });
  const client = new S3Client({ endpoint, region, forcePathStyle: true });
  const name = `test-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: name }));
  return { name, connection: { endpoint, region }, client };
}
