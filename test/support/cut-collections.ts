import { once } from 'node:events';
import { expect, vi } from 'vitest';
import type { CrashPoint } from '../../activities/crash-point.js';
import type { FileSystemStore } from '../../adapters/store/file-system-store.js';
import { startScript } from './child-process.js';

/** A collection in a process of its own, which is killed there. */
export async function collectUntil(point: CrashPoint, store: FileSystemStore): Promise<void> {
  vi.stubEnv('GAUNTLET_CRASH_AT', point);
  const child = startScript('collect.ts', [store.root]);
  vi.unstubAllEnvs();
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
}
