import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readSettings, type Settings } from '../workers/settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a command knows of its surroundings: settings, and the UI's address where one is known. */
export interface CommandSettings extends Settings {
  readonly temporalUiUrl: string | null;
  /** Whether the address is that of the state folder's development stack rather than one somebody set. */
  readonly isDevStack: boolean;
  /** Process that runs the development stack of the state folder; null when there is none. */
  readonly devPid: number | null;
}

/** Variables that a running development stack answers for, by their name in `dev.json`. */
const variables = {
  temporalAddress: 'TEMPORAL_ADDRESS',
  temporalUiUrl: 'TEMPORAL_UI_URL',
  trackingUri: 'MLFLOW_TRACKING_URI',
  pythonPath: 'GAUNTLET_PYTHON',
} as const;

/**
 * Settings from the environment; what it leaves open comes from the `dev.json` that a running development stack keeps in
 * the state folder.
 */
export function readCommandSettings(env: Environment = process.env): CommandSettings {
  const note = readNote(readSettings(env).stateDir);
  const fromNote: Record<string, string> = {};
  for (const [field, variable] of Object.entries(variables)) {
    const value = note[field];
    if (typeof value === 'string') fromNote[variable] = value;
  }
  const isElsewhere = isSet(env['TEMPORAL_ADDRESS']);
  if (isElsewhere) delete fromNote['TEMPORAL_UI_URL'];
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => isSet(value)));
  const merged: Environment = { ...fromNote, ...given };
  const pid = note['pid'];
  return {
    ...readSettings(merged),
    temporalUiUrl: merged['TEMPORAL_UI_URL']?.replace(/\/+$/, '') ?? null,
    isDevStack: !isElsewhere && fromNote['TEMPORAL_ADDRESS'] !== undefined,
    devPid: typeof pid === 'number' ? pid : null,
  };
}

/** No stack, or one that was killed while it wrote: the same as no note. */
function readNote(stateDir: string): Readonly<Record<string, unknown>> {
  try {
    const note: unknown = JSON.parse(readFileSync(path.join(stateDir, 'dev.json'), 'utf8'));
    return typeof note === 'object' && note !== null ? (note as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
