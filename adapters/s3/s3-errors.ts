import { PermanentFailure, type FailureType, type Problem } from '../../domain/failure-types.js';
import type { S3Connection } from './s3-client.js';

/** HTTP status of an answer that the SDK made an error of; undefined when there was no answer. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return (error.$metadata as { readonly httpStatusCode?: number }).httpStatusCode;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** No such object. A missing bucket is not that, wherever the service says which of the two it was. */
export function isMissing(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound'].includes(codeOf(error)) && statusOf(error) === 404;
}

/** A condition of the request did not hold: somebody has the name already, or the object is another one by now. */
export function isConditionFailed(error: unknown): boolean {
  return statusOf(error) === 412;
}

/** Another conditional write of the same name was under way; it decides nothing and has to be tried again. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

/** The service understood and said no, so nothing was written; trying again gives the same answer. */
export function isRefused(error: unknown): boolean {
  const status = statusOf(error);
  if (status === undefined) return codeOf(error) === 'CredentialsProviderError';
  return status >= 300 && status < 500 && ![408, 409, 429].includes(status);
}

const reasons: Readonly<Record<string, { readonly field: string; readonly expected: string }>> = {
  NoSuchBucket: { field: 'bucket', expected: 'a bucket that is there: make it first' },
  PermanentRedirect: { field: 'GAUNTLET_S3_REGION', expected: 'the region that the bucket lies in' },
  AuthorizationHeaderMalformed: { field: 'GAUNTLET_S3_REGION', expected: 'the region that the bucket lies in' },
  InvalidAccessKeyId: { field: 'AWS_ACCESS_KEY_ID', expected: 'a key that the service knows' },
  XAdminUserNotFound: { field: 'AWS_ACCESS_KEY_ID', expected: 'a key that the service knows' },
  SignatureDoesNotMatch: { field: 'AWS_SECRET_ACCESS_KEY', expected: 'the secret of the access key' },
  ExpiredToken: { field: 'AWS_SESSION_TOKEN', expected: 'a session that has not ended' },
  CredentialsProviderError: {
    field: 'AWS_ACCESS_KEY_ID',
    expected: 'credentials in the environment, a shared file, or a role',
  },
};

const unreachable = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET', 'EHOSTUNREACH', 'TimeoutError'];

/** What a person has to correct, for a bucket that cannot be used at all. */
function accessProblem(error: unknown, bucket: string, { endpoint }: S3Connection): Problem {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : '';
  if (unreachable.includes(code)) {
    const found = `no answer at ${endpoint ?? 'AWS'} (${code})`;
    return { field: 'GAUNTLET_S3_ENDPOINT', found, expected: 'the address of an S3-compatible service that runs' };
  }
  if (message === 'Region is missing') {
    return { field: 'GAUNTLET_S3_REGION', found: 'nothing', expected: 'the region that the bucket lies in' };
  }
  const known = reasons[code];
  const found = `${code}${known?.field === 'bucket' ? `: ${bucket}` : message === '' ? '' : `: ${message}`}`;
  if (known !== undefined) return { ...known, found };
  return { field: `s3://${bucket}`, found, expected: 'a bucket that these credentials may list, read and write' };
}

/** A failure that names what to correct; the headline says what could not be done. */
export function noAccess(
  type: FailureType,
  headline: string,
  error: unknown,
  place: { readonly bucket: string; readonly connection: S3Connection },
): PermanentFailure {
  return new PermanentFailure(type, headline, {
    problems: [accessProblem(error, place.bucket, place.connection)],
    cause: error,
  });
}
