import { z } from 'zod';
import { MlflowError } from './errors.js';
import type { CallOptions, Transport } from './transport.js';

export interface ServerApi {
  /** Whether the process answers `/health`. Skips authentication and the host check, so it proves little. */
  health(call?: CallOptions): Promise<void>;
  /** The server's version text, such as `3.17.0`. */
  version(call?: CallOptions): Promise<string>;
  /**
   * Health, version and one authenticated call: finds a wrong address, wrong credentials and a refused host name, which
   * `health` alone hides. `isSupported` is false for versions this client was not written for (before 3.7, or 4 on).
   */
  ping(call?: CallOptions): Promise<{ readonly version: string; readonly isSupported: boolean }>;
}

const anyAnswer = z.object({}).transform((): void => undefined);

export function createServerApi(transport: Transport): ServerApi {
  const health: ServerApi['health'] = async (call) => {
    requireText(transport.baseUrl, '/health', await transport.text('/health', call), /^OK$/);
  };
  const version: ServerApi['version'] = async (call) =>
    requireText(transport.baseUrl, '/version', await transport.text('/version', call), /^\d+\.\d+/);

  return {
    health,
    version,
    ping: async (call) => {
      await health(call);
      const found = await version(call);
      const body = { max_results: 1 };
      await transport.json({ ...call, method: 'POST', path: 'experiments/search', body, answer: anyAnswer });
      const [major = 0, minor = 0] = found.split('.').map(Number);
      return { version: found, isSupported: major === 3 && minor >= 7 };
    },
  };
}

function requireText(baseUrl: string, path: string, text: string, expected: RegExp): string {
  const trimmed = text.trim();
  if (expected.test(trimmed)) return trimmed;
  throw new MlflowError({
    kind: 'bad-answer',
    message: `${baseUrl}${path} answered ${JSON.stringify(trimmed.slice(0, 100))}; is this an MLflow server?`,
  });
}
