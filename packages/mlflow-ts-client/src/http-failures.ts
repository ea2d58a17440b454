import type { z } from 'zod';
import { classifyFailure, MlflowError } from './errors.js';
import type { ResolvedOptions } from './options.js';

/** The error for an answer that is not a success. */
export async function failureFromResponse(
  options: ResolvedOptions,
  method: string,
  path: string,
  response: Response,
): Promise<MlflowError> {
  const text = redact(options, await response.text());
  const { errorCode, message } = readFailureBody(text);
  const kind = classifyFailure(response.status, errorCode, message);
  const code = errorCode === null ? '' : ` ${errorCode}`;
  const detail = message === '' ? '' : `: ${message}`;
  return new MlflowError({
    kind,
    status: response.status,
    errorCode: errorCode ?? undefined,
    message: redact(
      options,
      `MLflow at ${options.baseUrl} answered ${method} ${shortPath(path)} with ${response.status}${code}${detail}${hintFor(response, text)}`,
    ),
  });
}

/** Three shapes exist: MLflow's own, FastAPI's `{detail}`, and text or HTML from whatever stands in front. */
function readFailureBody(text: string): { errorCode: string | null; message: string } {
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null) return { errorCode: null, message: excerpt(text) };
  const { error_code: code, message, detail } = parsed as Record<string, unknown>;
  const said = typeof message === 'string' ? message : typeof detail === 'string' ? detail : excerpt(text);
  return { errorCode: typeof code === 'string' ? code : null, message: said };
}

function hintFor(response: Response, text: string): string {
  if (/Invalid Host header/i.test(text)) return ' (start the server with --allowed-hosts naming this host)';
  const target = response.headers.get('location');
  if (response.status >= 300 && response.status < 400 && target !== null)
    return ' (a redirect: use the server’s own address, or sign in at the gateway in front of it)';
  return '';
}

/** Reads and checks a JSON answer; anything else becomes `bad-answer`. */
export async function parseAnswer<T>(
  options: ResolvedOptions,
  path: string,
  response: Response,
  answer: z.ZodType<T>,
): Promise<T> {
  const text = await response.text();
  const value = parseJson(text);
  const where = `MLflow at ${options.baseUrl} answered ${shortPath(path)}`;
  if (value === undefined) {
    const type = response.headers.get('content-type') ?? 'no content type';
    const message = `${where} with ${type} instead of JSON (${excerpt(redact(options, text))}); is this an MLflow server?`;
    throw new MlflowError({ kind: 'bad-answer', status: response.status, message: redact(options, message) });
  }
  const checked = answer.safeParse(value);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map((issue) => `${issue.path.join('.') || 'the answer'}: ${issue.message}`);
  const message = `${where} in an unexpected form: ${problems.join('; ')}`;
  throw new MlflowError({ kind: 'bad-answer', status: response.status, message: redact(options, message) });
}

/** The error for no answer at all; `timeoutMs` is null unless the wait was what ended it. */
export function noAnswer(
  options: ResolvedOptions,
  method: string,
  path: string,
  timeoutMs: number | null,
  cause: unknown,
): MlflowError {
  const where = `MLflow at ${options.baseUrl} does not answer`;
  if (timeoutMs !== null)
    return new MlflowError({
      kind: 'timeout',
      message: `${where} ${method} ${shortPath(path)} within ${timeoutMs} ms`,
    });
  const reason = redact(options, reasonOf(cause));
  return new MlflowError({
    kind: 'unreachable',
    message: `${where} ${method} ${shortPath(path)} (${reason}); check that the server runs and the address is right`,
    cause,
  });
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause;
  if (!(inner instanceof Error)) return cause.message;
  const code = (inner as NodeJS.ErrnoException).code;
  return code === undefined ? inner.message : code;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function excerpt(text: string): string {
  const plain = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}

/** The query may be long and hold values of the caller; the path says enough. */
function shortPath(path: string): string {
  return path.split('?')[0] as string;
}

/** Before anything is cut short, and once more after JSON escapes are gone. */
function redact(options: ResolvedOptions, message: string): string {
  return options.secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), message);
}
