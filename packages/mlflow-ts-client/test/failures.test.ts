import { describe, expect, it } from 'vitest';
import { createMlflowClient, type MlflowError } from '../src/index.js';
import { sendJson, sendText, startScriptedServer } from './scripted-server.js';

const html = '<!doctype html><html><title>Sign in</title><body>Welcome</body></html>';
const emptyExperiment = { experiment: { experiment_id: '1', name: 'x' } };

/** The error of one call against a server that answers so. */
async function failureOf(
  script: Parameters<typeof startScriptedServer>[0],
  options: { timeoutMs?: number; token?: string } = {},
): Promise<MlflowError> {
  const { url } = await startScriptedServer(script);
  const client = createMlflowClient({ trackingUri: url, ...options });
  return client.runs.get('abc').then(
    () => expect.unreachable('the call should have failed'),
    (error: unknown) => error as MlflowError,
  );
}

describe('errors name what happened by error_code, then by status', () => {
  const cases = [
    [400, 'INVALID_PARAMETER_VALUE', 'bad-request', false],
    [400, 'RESOURCE_ALREADY_EXISTS', 'already-exists', false],
    [401, 'UNAUTHENTICATED', 'unauthenticated', false],
    [403, 'PERMISSION_DENIED', 'forbidden', false],
    [404, 'RESOURCE_DOES_NOT_EXIST', 'not-found', false],
    [409, 'RESOURCE_CONFLICT', 'conflict', false],
    [429, 'REQUEST_LIMIT_EXCEEDED', 'rate-limited', true],
    [500, 'INTERNAL_ERROR', 'server-error', true],
    [503, 'TEMPORARILY_UNAVAILABLE', 'unavailable', true],
    [418, 'A_CODE_OF_TOMORROW', 'bad-request', false],
  ] as const;
  it.each(cases)('%i %s is %s', async (status, code, kind, transient) => {
    const error = await failureOf((_, response) => {
      sendJson(response, { error_code: code, message: 'so it is' }, status);
    });
    expect(error).toMatchObject({ name: 'MlflowError', kind, status, errorCode: code, transient });
    expect(error.message).toContain(`answered GET /api/2.0/mlflow/runs/get with ${String(status)} ${code}: so it is`);
  });

  it.each([
    'QueuePool limit of size 5 overflow 10 reached',
    '(sqlite3.OperationalError) database is locked',
    'UNIQUE constraint failed: registered_model_aliases.name',
    'psycopg2.errors.UniqueViolation',
    'Deadlock found when trying to get lock',
  ])('400 BAD_REQUEST with "%s" is the database in trouble, not a bad request', async (message) => {
    const error = await failureOf((_, response) => {
      sendJson(response, { error_code: 'BAD_REQUEST', message }, 400);
    });
    expect(error).toMatchObject({ kind: 'unavailable', status: 400, transient: true });
  });

  it('400 BAD_REQUEST with another message stays a bad request', async () => {
    const error = await failureOf((_, response) => {
      sendJson(response, { error_code: 'BAD_REQUEST', message: 'no such column' }, 400);
    });
    expect(error).toMatchObject({ kind: 'bad-request', transient: false });
  });
});

describe('answers that are not MLflow’s', () => {
  it('a page of HTML with 200 is a bad answer that says what came', async () => {
    const error = await failureOf((_, response) => {
      sendText(response, 200, html);
    });
    expect(error).toMatchObject({ kind: 'bad-answer', status: 200, errorCode: null, transient: false });
    expect(error.message).toContain('text/html instead of JSON (Sign in Welcome); is this an MLflow server?');
  });

  it.each([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [500, 'server-error'],
    [502, 'unavailable'],
    [503, 'unavailable'],
  ] as const)('HTML with %i is %s', async (status, kind) => {
    const error = await failureOf((_, response) => {
      sendText(response, status, html);
    });
    expect(error).toMatchObject({ kind, status, errorCode: null });
  });

  it('FastAPI’s detail becomes the message', async () => {
    const error = await failureOf((_, response) => {
      sendJson(response, { detail: 'Is a directory' }, 400);
    });
    expect(error.message).toMatch(/with 400: Is a directory$/);
  });

  it('a refused host name comes with its cure', async () => {
    const error = await failureOf((_, response) => {
      sendText(response, 403, 'Invalid Host header - possible DNS rebinding attack detected', 'text/plain');
    });
    expect(error.message).toContain('--allowed-hosts');
  });

  it('a redirect is not followed', async () => {
    const error = await failureOf((_, response) => {
      response.writeHead(302, { Location: 'http://127.0.0.1:1/login' }).end();
    });
    expect(error).toMatchObject({ kind: 'bad-answer', status: 302 });
    expect(error.message).toContain('a redirect');
  });

  it('JSON of another form names every field that is wrong', async () => {
    const error = await failureOf((_, response) => {
      sendJson(response, { run: { info: { run_id: 7, status: 'DANCING' } } });
    });
    expect(error.kind).toBe('bad-answer');
    expect(error.message).toMatch(/run\.info\.run_id: .*run\.info\.experiment_id: .*run\.info\.status: /s);
  });

  it('a 404 page is never read as "no such experiment"', async () => {
    const { url } = await startScriptedServer((_, response) => {
      sendText(response, 404, html);
    });
    const client = createMlflowClient({ trackingUri: url });
    await expect(client.experiments.getByName('x')).rejects.toMatchObject({ kind: 'not-found', errorCode: null });
    await expect(client.aliases.get('x', 'champion')).rejects.toMatchObject({ kind: 'not-found', errorCode: null });
  });
});

describe('no answer', () => {
  it('a reset connection is unreachable and names the reason', async () => {
    const error = await failureOf((_, response) => {
      response.socket?.destroy();
    });
    expect(error).toMatchObject({ kind: 'unreachable', status: null, transient: true });
    expect(error.message).toMatch(/^MLflow at http:\/\/127\.0\.0\.1:\d+ does not answer GET .*\(.+\)/);
  });

  it('an answer that breaks off is unreachable', async () => {
    const error = await failureOf((_, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('{"run":', () => response.socket?.destroy());
    });
    expect(error.kind).toBe('unreachable');
  });

  it('silence ends with the timeout', async () => {
    const error = await failureOf(() => undefined, { timeoutMs: 50 });
    expect(error).toMatchObject({ kind: 'timeout', status: null, transient: true });
    expect(error.message).toMatch(/does not answer GET \/api\/2\.0\/mlflow\/runs\/get within 50 ms$/);
  });

  it('a body that never ends counts as silence too', async () => {
    const error = await failureOf(
      (_, response) => {
        response.writeHead(200).write('{');
      },
      { timeoutMs: 50 },
    );
    expect(error.kind).toBe('timeout');
  });

  it('an aborted call rejects with the reason of the signal', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const { url } = await startScriptedServer(() => {
      abort.abort(reason);
    });
    const client = createMlflowClient({ trackingUri: url });
    await expect(client.runs.get('abc', { signal: abort.signal })).rejects.toBe(reason);
  });

  it('never sends a request twice', async () => {
    const server = await startScriptedServer((_, response) => {
      sendText(response, 503, 'later');
    });
    const client = createMlflowClient({ trackingUri: server.url });
    await expect(client.runs.create({ experimentId: '1', startTimeMs: 1e12 })).rejects.toMatchObject({ status: 503 });
    expect(server.seen).toHaveLength(1);
  });
});

describe('requests in flight', () => {
  it('are at most six unless told otherwise, and all are served in the end', async () => {
    for (const [options, expected] of [
      [{}, 6],
      [{ maxConcurrent: 2 }, 2],
    ] as const) {
      const waiting: (() => void)[] = [];
      let largest = 0;
      const { url, seen } = await startScriptedServer((_, response) => {
        waiting.push(() => {
          sendJson(response, emptyExperiment);
        });
        largest = Math.max(largest, waiting.length);
        if (waiting.length === expected)
          waiting.splice(0).forEach((answer) => {
            answer();
          });
      });
      const client = createMlflowClient({ trackingUri: url, ...options });
      const calls = Array.from({ length: expected * 3 }, () => client.experiments.getByName('x'));
      expect(await Promise.all(calls)).toHaveLength(expected * 3);
      expect([largest, seen.length]).toEqual([expected, expected * 3]);
    }
  });

  it('leave the queue when they are aborted while they wait', async () => {
    const abort = new AbortController();
    let answerFirst = (): void => undefined;
    const { url, seen } = await startScriptedServer((_, response) => {
      answerFirst = () => {
        sendJson(response, emptyExperiment);
      };
      abort.abort(new Error('no longer wanted'));
    });
    const client = createMlflowClient({ trackingUri: url, maxConcurrent: 1 });
    const first = client.experiments.getByName('first');
    const second = client.experiments.getByName('second', { signal: abort.signal });
    await expect(second).rejects.toThrow('no longer wanted');
    answerFirst();
    await first;
    expect(seen.map((request) => request.path)).toEqual([expect.stringContaining('experiment_name=first')]);
  });
});
