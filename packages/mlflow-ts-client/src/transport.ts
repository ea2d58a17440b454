import type { ReadableStream } from 'node:stream/web';
import type { z } from 'zod';
import { MlflowError } from './errors.js';
import { failureFromResponse, noAnswer, parseAnswer } from './http-failures.js';
import { createLimiter } from './limiter.js';
import type { ResolvedOptions } from './options.js';

/** Accepted by every method of the client. */
export interface CallOptions {
  /** Aborting rejects the call with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Overrides the client's timeout for this call, per request, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

type QueryValue = string | number | readonly string[] | undefined;

export interface JsonRequest<T> extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path below `/api/2.0/mlflow/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
}

export interface UploadRequest extends CallOptions {
  readonly path: string;
  /** Called once, when the request starts. */
  readonly body: () => Uint8Array | ReadableStream<Uint8Array>;
  readonly isStreamed: boolean;
  /** Sent as Content-Length: MLflow may store an upload without one as an empty file. */
  readonly sizeBytes: number;
}

/** One request, one answer, no retries: whoever calls decides what to repeat. */
export interface Transport {
  readonly baseUrl: string;
  json<T>(request: JsonRequest<T>): Promise<T>;
  text(path: string, options?: CallOptions): Promise<string>;
  upload(request: UploadRequest): Promise<void>;
  /** Hands every chunk to `onChunk` in order; resolves after the last one. */
  download(path: string, onChunk: (chunk: Uint8Array) => void, options?: CallOptions): Promise<void>;
  /** A GET below `/api/2.0/mlflow-artifacts/`. */
  artifactJson<T>(query: Readonly<Record<string, string>>, answer: z.ZodType<T>, options?: CallOptions): Promise<T>;
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made when the request starts, so that nothing is opened while it waits for a slot. */
  readonly body?: (() => string | Uint8Array | ReadableStream<Uint8Array>) | undefined;
  readonly isStreamed?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

export function createTransport(options: ResolvedOptions): Transport {
  const limit = createLimiter(options.maxConcurrent);
  const send = <T>(exchange: Exchange, consume: (response: Response) => Promise<T>): Promise<T> =>
    limit(() => exchangeOnce(options, exchange, consume), exchange.signal);
  const timing = (call: CallOptions | undefined, fallbackMs: number): Pick<Exchange, 'signal' | 'timeoutMs'> => ({
    signal: call?.signal,
    timeoutMs: call?.timeoutMs ?? fallbackMs,
  });
  const readJson = <T>(path: string, answer: z.ZodType<T>) => {
    return async (response: Response): Promise<T> => parseAnswer(options, path, response, answer);
  };

  return {
    baseUrl: options.baseUrl,
    json: (request) => {
      const path = `/api/2.0/mlflow/${request.path}${queryString(request.query)}`;
      const body = request.body === undefined ? undefined : (): string => JSON.stringify(request.body);
      const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
      const exchange = { method: request.method, path, headers, body, ...timing(request, options.timeoutMs) };
      return send(exchange, readJson(path, request.answer));
    },
    artifactJson: (query, answer, call) => {
      const path = `/api/2.0/mlflow-artifacts/artifacts${queryString(query)}`;
      return send({ method: 'GET', path, ...timing(call, options.timeoutMs) }, readJson(path, answer));
    },
    text: (path, call) =>
      send({ method: 'GET', path, ...timing(call, options.timeoutMs) }, (response) => response.text()),
    upload: (request) => {
      const { path, body, isStreamed, sizeBytes } = request;
      const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': String(sizeBytes) };
      const exchange = {
        method: 'PUT',
        path,
        headers,
        body,
        isStreamed,
        ...timing(request, options.transferTimeoutMs),
      };
      return send(exchange, async (response) => {
        await response.arrayBuffer();
      });
    },
    download: (path, onChunk, call) =>
      send({ method: 'GET', path, ...timing(call, options.transferTimeoutMs) }, async (response) => {
        if (response.body === null) return;
        for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) onChunk(chunk);
      }),
  };
}

/** Tells the timeout from every other end of a request. */
const timeUp = new Error('no answer in time');

async function exchangeOnce<T>(
  options: ResolvedOptions,
  exchange: Exchange,
  consume: (response: Response) => Promise<T>,
): Promise<T> {
  const { method, path, signal, timeoutMs } = exchange;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(timeUp), timeoutMs);
  const onAbort = (): void => controller.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    const response = await fetch(options.baseUrl + path, {
      method,
      headers: { ...options.headers, ...exchange.headers },
      body: exchange.body?.() ?? null,
      signal: controller.signal,
      redirect: 'manual',
      ...(exchange.isStreamed === true ? { duplex: 'half' } : {}),
    });
    if (!response.ok) throw await failureFromResponse(options, method, path, response);
    return await consume(response);
  } catch (error) {
    const isLate = controller.signal.reason === timeUp;
    controller.abort();
    signal?.throwIfAborted();
    if (error instanceof MlflowError) throw error;
    throw noAnswer(options, method, path, isLate ? timeoutMs : null, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function queryString(query: Readonly<Record<string, QueryValue>> | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (typeof value === 'object') value.forEach((item) => parameters.append(name, item));
    else if (value !== undefined) parameters.append(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
