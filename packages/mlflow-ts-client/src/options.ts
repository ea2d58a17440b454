import { refuseProblems } from './errors.js';

export interface MlflowClientOptions {
  /** Address of the tracking server, with its static prefix if it has one: `http://127.0.0.1:5000`. */
  readonly trackingUri: string;
  /** Basic authentication. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Bearer token; wins over basic authentication. */
  readonly token?: string | undefined;
  /** Sent as `X-MLFLOW-WORKSPACE` (servers with workspaces enabled). */
  readonly workspace?: string | undefined;
  /** Extra headers on every request, for gateways in front of the server. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Longest wait for one answer, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Longest wait for one artifact transfer, in milliseconds. Default 600,000. */
  readonly transferTimeoutMs?: number | undefined;
  /** Requests in flight at once. Default 6; MLflow's default pool hangs at 15. */
  readonly maxConcurrent?: number | undefined;
  /** Run, model and version tag that carries the idempotency key of the `…Once` helpers. */
  readonly keyTag?: string | undefined;
}

/** Options after defaults: one address without credentials, one set of headers, and what must never be printed. */
export interface ResolvedOptions {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest first, because one may hold another. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
  readonly transferTimeoutMs: number;
  readonly maxConcurrent: number;
  readonly keyTag: string;
}

export const defaultKeyTag = 'idempotency.key';

/** Checks options and fills defaults. Credentials inside the address become basic authentication. */
export function resolveOptions(options: MlflowClientOptions): ResolvedOptions {
  const url = parseAddress(options.trackingUri);
  const username = options.username ?? decodeURIComponent(url.username);
  const password = options.password ?? decodeURIComponent(url.password);
  const { maxConcurrent = 6, timeoutMs = 30_000, transferTimeoutMs = 600_000 } = options;
  const headers: Record<string, string> = { ...options.headers };
  if (options.workspace) headers['X-MLFLOW-WORKSPACE'] = options.workspace;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  if (options.token) headers['Authorization'] = `Bearer ${options.token}`;
  else if (username !== '') headers['Authorization'] = `Basic ${basic}`;

  const problems = Object.entries(headers).flatMap(([name, value]) =>
    isHeaderName(name) && isHeaderValue(value) ? [] : [`header ${JSON.stringify(name)} has characters HTTP forbids`],
  );
  if (!Number.isInteger(maxConcurrent) || maxConcurrent < 1)
    problems.push(`maxConcurrent is ${maxConcurrent}, expected at least 1`);
  for (const [name, value] of Object.entries({ timeoutMs, transferTimeoutMs })) {
    if (!(value > 0 && value <= 2_147_483_647)) problems.push(`${name} is ${value}, expected 1 to 2147483647`);
  }
  refuseProblems('the client options', problems);

  url.username = '';
  url.password = '';
  const secrets = [password, options.token ?? '', basic, ...Object.values(options.headers ?? {})];
  return {
    baseUrl: url.href.replace(/\/+$/, ''),
    headers,
    secrets: secrets.filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length),
    timeoutMs,
    transferTimeoutMs,
    maxConcurrent,
    keyTag: options.keyTag ?? defaultKeyTag,
  };
}

/** Reads the variables that MLflow's Python client honours; the given options win. */
export function optionsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  options: Partial<MlflowClientOptions> = {},
): MlflowClientOptions {
  const timeoutSeconds = Number(environment['MLFLOW_HTTP_REQUEST_TIMEOUT']);
  return {
    trackingUri: environment['MLFLOW_TRACKING_URI'] ?? '',
    username: environment['MLFLOW_TRACKING_USERNAME'],
    password: environment['MLFLOW_TRACKING_PASSWORD'],
    token: environment['MLFLOW_TRACKING_TOKEN'],
    workspace: environment['MLFLOW_WORKSPACE'],
    timeoutMs: timeoutSeconds > 0 ? timeoutSeconds * 1000 : undefined,
    ...options,
  };
}

function parseAddress(trackingUri: string): URL {
  const url = URL.canParse(trackingUri) ? new URL(trackingUri) : null;
  const isHttp = url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
  refuseProblems(
    'the tracking address',
    isHttp ? [] : ['trackingUri is not an http or https address; a valid one is "http://127.0.0.1:5000"'],
  );
  const address = url as URL;
  address.search = '';
  address.hash = '';
  return address;
}

function isHeaderName(name: string): boolean {
  return /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name);
}

function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
