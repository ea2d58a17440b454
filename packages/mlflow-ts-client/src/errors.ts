/**
 * What went wrong, as a closed list that callers can switch on:
 * - `invalid-input`: refused locally, before anything was sent;
 * - `bad-request`, `unauthenticated`, `forbidden`, `not-found`, `already-exists`, `conflict`: the server refused;
 * - `rate-limited`, `unavailable`, `server-error`: the server could not, for now;
 * - `unreachable`, `timeout`: no answer arrived, so the effect of a write is unknown;
 * - `bad-answer`: something answered, but not in MLflow's words (a proxy's login page, another program);
 * - `unsupported`: the server is set up in a way this client cannot work with (artifacts that bypass its proxy);
 * - `integrity`: bytes read back differ from bytes sent.
 */
export type MlflowErrorKind =
  | 'invalid-input'
  | 'bad-request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'already-exists'
  | 'conflict'
  | 'rate-limited'
  | 'unavailable'
  | 'server-error'
  | 'unreachable'
  | 'timeout'
  | 'bad-answer'
  | 'unsupported'
  | 'integrity';

const transientKinds: ReadonlySet<MlflowErrorKind> = new Set<MlflowErrorKind>([
  'rate-limited',
  'unavailable',
  'server-error',
  'unreachable',
  'timeout',
  'integrity',
]);

export interface MlflowErrorFields {
  readonly kind: MlflowErrorKind;
  readonly message: string;
  readonly status?: number | undefined;
  readonly errorCode?: string | undefined;
  readonly cause?: unknown;
}

/** The only error this client throws, apart from the reason of an `AbortSignal` that the caller aborted. */
export class MlflowError extends Error {
  readonly kind: MlflowErrorKind;
  /** HTTP status, or null when no answer arrived or nothing was sent. */
  readonly status: number | null;
  /** MLflow's own `error_code`, or null when the body was not MLflow's JSON. */
  readonly errorCode: string | null;

  constructor(fields: MlflowErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'MlflowError';
    this.kind = fields.kind;
    this.status = fields.status ?? null;
    this.errorCode = fields.errorCode ?? null;
  }

  /** Whether the same call may succeed later. Creates need the `…Once` helpers to be repeated safely. */
  get transient(): boolean {
    return transientKinds.has(this.kind);
  }
}

/** Throws one `invalid-input` error that lists every problem; does nothing when there are none. */
export function refuseProblems(what: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new MlflowError({ kind: 'invalid-input', message: `${what} cannot be sent: ${problems.join('; ')}` });
}

/**
 * SQLAlchemy's troubles that MLflow reports as 400 BAD_REQUEST although the request was fine:
 * an exhausted connection pool, a locked SQLite file, a lost race for a unique key.
 */
const databaseTrouble = /QueuePool limit|database is locked|UNIQUE constraint|UniqueViolation|Deadlock/i;

const kindByCode: Readonly<Record<string, MlflowErrorKind>> = {
  RESOURCE_ALREADY_EXISTS: 'already-exists',
  ALREADY_EXISTS: 'already-exists',
  RESOURCE_DOES_NOT_EXIST: 'not-found',
  NOT_FOUND: 'not-found',
  ENDPOINT_NOT_FOUND: 'not-found',
  UNAUTHENTICATED: 'unauthenticated',
  CUSTOMER_UNAUTHORIZED: 'unauthenticated',
  PERMISSION_DENIED: 'forbidden',
  ABORTED: 'conflict',
  RESOURCE_CONFLICT: 'conflict',
  REQUEST_LIMIT_EXCEEDED: 'rate-limited',
  RESOURCE_EXHAUSTED: 'rate-limited',
  TEMPORARILY_UNAVAILABLE: 'unavailable',
  DEADLINE_EXCEEDED: 'unavailable',
};

const kindByStatus: Readonly<Record<number, MlflowErrorKind>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  408: 'unavailable',
  409: 'conflict',
  429: 'rate-limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/** MLflow's `error_code` decides first, the HTTP status second: its status alone is often misleading. */
export function classifyFailure(status: number, errorCode: string | null, message: string): MlflowErrorKind {
  if (errorCode === 'BAD_REQUEST' && databaseTrouble.test(message)) return 'unavailable';
  const byCode = errorCode === null ? undefined : kindByCode[errorCode];
  if (byCode !== undefined) return byCode;
  const byStatus = kindByStatus[status];
  if (byStatus !== undefined) return byStatus;
  if (status >= 500) return 'server-error';
  return status >= 400 ? 'bad-request' : 'bad-answer';
}
