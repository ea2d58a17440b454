import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../adapters/built-entry.js';
import { sha256Hex } from '../contracts/digest.js';
import { PermanentFailure } from '../domain/failure-types.js';
import { readStoreSettings, type StoreSettings } from './store-settings.js';

/** Where everything is. All of it can be set in the environment; the defaults suit one machine. */
export interface Settings extends StoreSettings {
  /** Development state: the store, server databases, logs. */
  readonly stateDir: string;
  /** Spill files, files of running trainings, staged files and local copies for a store on S3; local and disposable. */
  readonly workDir: string;
  /** What local copies of objects on S3 may take in the work folder. */
  readonly cacheBytes: number;
  readonly pipelinesDir: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalApiKey: string | null;
  readonly temporalTls: TlsFiles | null;
  /** Whether runs set Gauntlet's search attributes; `auto` asks the server which it has. */
  readonly searchAttributes: 'auto' | 'on' | 'off';
  readonly trackingUri: string;
  /** Where a browser finds the registry, when that differs from where workers do. */
  readonly mlflowPublicUrl: string | null;
  /** Where heads of ledgers are written down beside the registry's tag; null writes no file. */
  readonly anchorFile: string | null;
  /** Interpreter for training commands that begin with `python`. */
  readonly pythonPath: string;
  /** Names the code in pins and registry runs. */
  readonly codeVersion: string;
  readonly scoreTimeoutMs: number;
  readonly maxModelMemoryMb: number;
}

/** PEM files for mutual TLS. */
export interface TlsFiles {
  readonly certPath: string;
  readonly keyPath: string;
  readonly caPath: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings. Throws INVALID_INPUT naming every variable that does not fit. */
export function readSettings(env: Environment = process.env): Settings {
  const stateDir = path.resolve(env['GAUNTLET_STATE_DIR'] ?? '.gauntlet');
  const scoreTimeoutMs = positive(env, 'GAUNTLET_SCORE_TIMEOUT_MS', 30 * 60_000);
  const maxModelMemoryMb = positive(env, 'GAUNTLET_MODEL_MEMORY_MB', 2_048);
  return {
    stateDir,
    ...readStoreSettings(env, stateDir),
    workDir: path.resolve(env['GAUNTLET_WORK_DIR'] ?? path.join(stateDir, 'work')),
    cacheBytes: positive(env, 'GAUNTLET_CACHE_MB', 20_000) * 1_000_000,
    pipelinesDir: path.resolve(env['GAUNTLET_PIPELINES'] ?? path.join(projectRoot(), 'pipelines')),
    temporalAddress: env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
    temporalNamespace: env['TEMPORAL_NAMESPACE'] ?? 'default',
    temporalApiKey: env['TEMPORAL_API_KEY'] ?? null,
    temporalTls: tlsFiles(env),
    searchAttributes: oneOf(env, 'GAUNTLET_SEARCH_ATTRIBUTES', ['auto', 'on', 'off']),
    trackingUri: env['MLFLOW_TRACKING_URI'] ?? 'http://127.0.0.1:5000',
    mlflowPublicUrl: env['GAUNTLET_MLFLOW_PUBLIC_URL'] ?? null,
    anchorFile: anchorFile(env),
    pythonPath: env['GAUNTLET_PYTHON'] ?? 'python3',
    codeVersion: env['GAUNTLET_CODE_VERSION'] ?? installedVersion(),
    scoreTimeoutMs,
    maxModelMemoryMb,
  };
}

function anchorFile(env: Environment): string | null {
  const file = env['GAUNTLET_ANCHOR_FILE'] ?? '';
  return file === '' ? null : path.resolve(file);
}

function tlsFiles(env: Environment): TlsFiles | null {
  const certPath = env['TEMPORAL_TLS_CERT'];
  const keyPath = env['TEMPORAL_TLS_KEY'];
  if (certPath === undefined && keyPath === undefined) return null;
  if (certPath === undefined || keyPath === undefined) {
    throw new PermanentFailure('INVALID_INPUT', 'Mutual TLS needs a certificate and its key.', {
      problems: [
        {
          field: certPath === undefined ? 'TEMPORAL_TLS_CERT' : 'TEMPORAL_TLS_KEY',
          found: 'nothing',
          expected: 'the path of a PEM file, since the other one is set',
        },
      ],
    });
  }
  return { certPath, keyPath, caPath: env['TEMPORAL_TLS_CA'] ?? null };
}

/**
 * The version and the exact packages under it: with another engine the same pins may give other bytes. Without the lock
 * file (an image built without it) the version alone.
 */
function installedVersion(): string {
  const version = '0.1.0';
  try {
    const lock = readFileSync(path.join(projectRoot(), 'package-lock.json'));
    return `${version}+${sha256Hex(lock).slice(0, 12)}`;
  } catch {
    return version;
  }
}

function positive(env: Environment, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new PermanentFailure('INVALID_INPUT', 'The environment has a setting that does not fit.', {
    problems: [{ field: name, found: text, expected: 'a whole number above zero' }],
    example: `${name}=${String(fallback)}`,
  });
}

/** The first of the values is the default. */
function oneOf<T extends string>(env: Environment, name: string, values: readonly [T, ...T[]]): T {
  const text = env[name] ?? '';
  const known = values.find((value) => value === text);
  if (text === '' || known !== undefined) return known ?? values[0];
  throw new PermanentFailure('INVALID_INPUT', 'The environment has a setting that does not fit.', {
    problems: [{ field: name, found: text, expected: `one of ${values.join(', ')}` }],
    example: `${name}=${values[0]}`,
  });
}
