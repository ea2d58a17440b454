import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtEntry } from '../../adapters/built-entry.js';
import { testTemporal } from '../support/servers.js';

let stateDir: string;

beforeAll(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'gauntlet-json-'));
});

afterAll(() => {
  rmSync(stateDir, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function gauntlet(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const options = { env: { ...process.env, GAUNTLET_STATE_DIR: stateDir, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [builtEntry('cli/main.ts'), ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const nowhere = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

describe('--json', () => {
  it.each([
    [['score', '--json'], 2, 'USAGE'],
    [['scor', 'flights', '--json'], 2, 'USAGE'],
    [['score', 'flights', '--window', 'soon', '--json'], 2, 'INVALID_INPUT'],
    [['backfill', 'flights', '--from', '2001-03-02', '--to', '2001-03-01', '--json'], 2, 'INVALID_INPUT'],
    [['retrain', 'flights', '--param', 'trees', '--json'], 2, 'INVALID_INPUT'],
    [['score', 'flights', '--json'], 4, 'TEMPORAL_UNREACHABLE'],
    [['approve', 'flights', '--report', '0123abcd', '--json'], 3, 'NO_OPEN_PROMOTION'],
    [['score', 'nope', '--json'], 2, 'UNKNOWN_PIPELINE'],
    [['schedules', 'apply', 'nope', '--json'], 2, 'UNKNOWN_PIPELINE'],
  ] as const)('prints one error object and nothing else for %j, exit code %d', async (args, code, type) => {
    const ended = await gauntlet(args, nowhere);
    expect(JSON.parse(ended.stdout)).toEqual({
      error: {
        type,
        message: expect.any(String) as string,
        problems: expect.any(Array) as unknown[],
        example: expect.any(String) as string,
      },
    });
    expect(ended.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(ended.code).toBe(code);
  });

  it('prints one result object on stdout', async () => {
    const { address } = await testTemporal();
    const ended = await gauntlet(['schedules', 'list', 'no-such-pipeline', '--json'], { TEMPORAL_ADDRESS: address });
    expect(ended).toEqual({ code: 0, stdout: '{"schedules":[]}\n', stderr: '' });
  });

  it('leaves stdout empty when a person reads the error', async () => {
    const ended = await gauntlet(['score', 'flights'], nowhere);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain('gauntlet dev');
    expect(ended.code).toBe(4);
  });
});
