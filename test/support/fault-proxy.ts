import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What happens to one request: an answer of the proxy's own, with or without the server having done it; a connection
 * that breaks before or after; an answer that breaks off in the middle.
 */
export type Fault =
  | { readonly do: 'answer'; readonly status: number; readonly code: string; readonly applied?: boolean }
  | { readonly do: 'reset'; readonly applied: boolean }
  | { readonly do: 'cut-answer' };

/** A server in front of another one that fails on demand. */
export interface FaultProxy {
  readonly endpoint: string;
  /** The next requests of this method fail in this order; the ones after them pass. */
  failNext(method: string, ...faults: readonly Fault[]): void;
  /** No request fails any more. */
  recover(): void;
  /** Methods and paths since the last call. */
  seen(): readonly string[];
  close(): void;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const planned: { readonly method: string; readonly fault: Fault }[] = [];
  let seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method ?? ''} ${(incoming.url ?? '').split('?')[0] ?? ''}`);
    const index = planned.findIndex(({ method }) => method === incoming.method);
    const fault = index < 0 ? undefined : planned.splice(index, 1)[0]?.fault;
    if (fault === undefined) forward(incoming, (answer) => pass(answer, outgoing));
    else fail(fault, incoming, outgoing);
  });

  function forward(incoming: IncomingMessage, use: (answer: IncomingMessage) => void): void {
    // The signature covers `host`, and nobody waits for a "100 Continue" here: this server has sent it already.
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => name !== 'expect'));
    const onward = request({ hostname, port, method: incoming.method, path: incoming.url, headers }, use);
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  }

  function fail(fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): void {
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
    failNext: (method, ...faults) => planned.push(...faults.map((fault) => ({ method, fault }))),
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

function pass(answer: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  answer.pipe(outgoing);
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

function answerWith({ status, code }: { readonly status: number; readonly code: string }, outgoing: ServerResponse) {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as planned</Message></Error>`;
  outgoing.writeHead(status, { 'content-type': 'application/xml', 'content-length': status < 300 ? 0 : body.length });
  outgoing.end(status < 300 ? '' : body);
}
