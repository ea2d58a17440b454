import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What happens to one request: an answer of the proxy's own, with or without the server having done it; a connection
 * that breaks before or after; an answer that breaks off in the middle, comes late, never comes, or was true once.
 */
export type Fault =
  | {
      readonly do: 'answer';
      readonly status: number;
      readonly code: string;
      readonly applied?: boolean;
      /** Without one it is an error as S3 writes it. */
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly do: 'reset'; readonly applied: boolean }
  | { readonly do: 'cut-answer' }
  | { readonly do: 'hang' }
  | { readonly do: 'slow'; readonly ms: number }
  /** The first answer that this address gave; the true one where there was none. */
  | { readonly do: 'stale' };

/** Whose requests fail: those that match, after some that pass. */
export interface FaultRule {
  readonly matches: (method: string, path: string) => boolean;
  readonly skip?: number;
  readonly faults: readonly Fault[];
}

/** A server in front of another one that fails on demand. */
export interface FaultProxy {
  readonly endpoint: string;
  /** The next requests of this method fail in this order; the ones after them pass. */
  failNext(method: string, ...faults: readonly Fault[]): void;
  /** As above for the requests of a rule; `happened` counts them. */
  failOn(rule: FaultRule): { readonly happened: () => number };
  /** No request fails any more. */
  recover(): void;
  /** Methods and paths since the last call. */
  seen(): readonly string[];
  close(): void;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const planned: Planned[] = [];
  const firstAnswers = new Map<string, Buffer>();
  let seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const [method, path] = [incoming.method ?? '', (incoming.url ?? '').split('?')[0] ?? ''];
    seen.push(`${method} ${path}`);
    const fault = takeFault(planned, method, path);
    if (fault === undefined) forward(incoming, (answer) => pass(incoming, answer, outgoing));
    else fail(fault, incoming, outgoing);
  });

  function pass(incoming: IncomingMessage, answer: IncomingMessage, outgoing: ServerResponse): void {
    if (incoming.method === 'GET' && answer.statusCode === 200) keepFirst(incoming.url ?? '', answer);
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  }

  function keepFirst(url: string, answer: IncomingMessage): void {
    if (firstAnswers.has(url) || !(answer.headers['content-type'] ?? '').includes('json')) return;
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => firstAnswers.set(url, Buffer.concat(chunks)));
  }

  function forward(incoming: IncomingMessage, use: (answer: IncomingMessage) => void): void {
    // The signature covers `host`, and nobody waits for a "100 Continue" here: this server has sent it already.
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => name !== 'expect'));
    const onward = request({ hostname, port, method: incoming.method, path: incoming.url, headers }, use);
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  }

  function fail(fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (fault.do === 'hang') return void incoming.resume();
    if (fault.do === 'slow') {
      setTimeout(() => forward(incoming, (answer) => pass(incoming, answer, outgoing)), fault.ms);
      return;
    }
    if (fault.do === 'stale') {
      const known = firstAnswers.get(incoming.url ?? '');
      if (known === undefined) forward(incoming, (answer) => pass(incoming, answer, outgoing));
      else outgoing.writeHead(200, { 'content-type': 'application/json' }).end(known);
      return;
    }
    const finish = (answer: IncomingMessage | null): void => {
      if (fault.do === 'cut-answer' && answer !== null) cut(answer, outgoing);
      else if (fault.do === 'answer') answerWith(fault, outgoing);
      else incoming.socket.destroy();
    };
    const isApplied = fault.do === 'cut-answer' || fault.applied === true;
    if (isApplied) {
      forward(incoming, (answer) => {
        if (fault.do === 'cut-answer') finish(answer);
        else answer.resume().on('end', () => finish(null));
      });
    } else {
      incoming.resume().on('end', () => finish(null));
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    failNext: (method, ...faults) => {
      planned.push({ matches: (found) => found === method, skip: 0, faults: [...faults], happened: 0 });
    },
    failOn: ({ matches, skip = 0, faults }) => {
      const rule = { matches, skip, faults: [...faults], happened: 0 };
      planned.push(rule);
      return { happened: () => rule.happened };
    },
    recover: () => planned.splice(0),
    seen: () => {
      const before = seen;
      seen = [];
      return before;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Planned extends Required<FaultRule> {
  faults: Fault[];
  skip: number;
  happened: number;
}

function takeFault(planned: readonly Planned[], method: string, path: string): Fault | undefined {
  const rule = planned.find(({ faults, matches }) => faults.length > 0 && matches(method, path));
  if (rule === undefined) return undefined;
  if (rule.skip > 0) {
    rule.skip -= 1;
    return undefined;
  }
  rule.happened += 1;
  return rule.faults.shift();
}

function cut(answer: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  answer.once('data', (chunk: Buffer) => {
    outgoing.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => {
      answer.destroy();
      outgoing.socket?.destroy();
    });
  });
}

function answerWith(fault: Extract<Fault, { do: 'answer' }>, outgoing: ServerResponse): void {
  const { status, code, headers = {} } = fault;
  const error = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as planned</Message></Error>`;
  const body = fault.body ?? (status < 300 ? '' : error);
  outgoing.writeHead(status, { 'content-type': 'application/xml', 'content-length': body.length, ...headers });
  outgoing.end(body);
}
