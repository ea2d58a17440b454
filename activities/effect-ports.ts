import type { LedgerEvent } from '../domain/ledger/events.js';
import { areCrashesPlanned, effectPoint } from './crash-point.js';
import { recordEffect, type Effect } from './crash-points.js';
import type { AnchorPlace } from './ports/anchor-place.js';
import type { Notifier } from './ports/notifier.js';
import type { PredictionTable } from './ports/prediction-table.js';
import type { Registry } from './ports/registry.js';
import type { Scorer } from './ports/scorer.js';
import type { AdoptedName, Store } from './ports/store.js';
import type { Trainer } from './ports/trainer.js';

type Trace = Effect | 'leaves nothing';

/**
 * What each method of a port does: `leaves nothing` behind outside this process and its private files, or an effect,
 * which may depend on the arguments. A method that is not listed does not compile, so a port cannot get an effect
 * without its crash points.
 */
type EffectsOf<Port> = {
  readonly [K in keyof Port as Port[K] extends (...args: never[]) => unknown ? K : never]: Port[K] extends (
    ...args: infer Args
  ) => unknown
    ? Trace | ((...args: Args) => Trace)
    : never;
};

const storeEffects: EffectsOf<Store> = {
  createIfAbsent: storedEffect,
  adopt: (_stagedPath, name) => storedEffect(pathOf(name), ''),
  share: (_file, path) => storedEffect(path, ''),
  remove: 'remove',
  read: 'leaves nothing',
  list: 'leaves nothing',
  stage: 'leaves nothing',
  localPath: 'leaves nothing',
  listRecursive: 'leaves nothing',
};

const tableEffects: EffectsOf<PredictionTable> = {
  commit: (_pipeline, table, _version, { info }) => {
    if (info.operation === 'collect') return 'fence';
    if (table === 'shadow-predictions') return 'shadow-commit';
    return info.operation === 'publish' ? 'served-commit' : 'replace-commit';
  },
  folder: 'leaves nothing',
  load: 'leaves nothing',
  history: 'leaves nothing',
};

const registryEffects: EffectsOf<Registry> = {
  registerModel: 'register',
  setVersionTags: 'version-tags',
  setAlias: 'alias',
  describeModel: 'describe-model',
  setModelTags: 'anchor',
  startRun: 'run-state',
  finishRun: 'run-state',
  logRun: 'log-run',
  logArtifact: 'run-state',
  logRunMetrics: 'run-state',
  check: 'leaves nothing',
  getVersion: 'leaves nothing',
  getAlias: 'leaves nothing',
  getModelTags: 'leaves nothing',
};

/** Scores and inputs go to staged and temporary files; the store gives them their names. */
const scorerEffects: EffectsOf<Scorer> = {
  scoreShard: 'score',
  score: 'leaves nothing',
  writeRowsOf: 'leaves nothing',
  countChanges: 'leaves nothing',
  writeCorrections: 'leaves nothing',
  writeInputs: 'leaves nothing',
  scoreEncoded: 'leaves nothing',
  scoreInputs: 'leaves nothing',
  makeGolden: 'leaves nothing',
  checkBundle: 'leaves nothing',
};

const trainerEffects: EffectsOf<Trainer> = { train: 'train' };
const notifierEffects: EffectsOf<Notifier> = { notify: 'notify' };
const anchorEffects: EffectsOf<AnchorPlace> = { write: 'anchor', read: 'leaves nothing' };

/** Ports with a crash point at both sides of everything they do; just the ports where nobody plans a crash. */
export const withCrashPoints = {
  store: <P extends Store>(port: P): P => atBothSides(port, storeEffects),
  table: <P extends PredictionTable>(port: P): P => atBothSides(port, tableEffects),
  registry: <P extends Registry>(port: P): P => atBothSides(port, registryEffects),
  scorer: <P extends Scorer>(port: P): P => atBothSides(port, scorerEffects),
  trainer: <P extends Trainer>(port: P): P => atBothSides(port, trainerEffects),
  notifier: <P extends Notifier>(port: P): P => atBothSides(port, notifierEffects),
  anchor: <P extends AnchorPlace>(port: P): P => atBothSides(port, anchorEffects),
} as const;

type Method = (this: unknown, ...args: readonly unknown[]) => unknown;

function atBothSides<Port extends object>(port: Port, methods: object): Port {
  if (!areCrashesPlanned()) return port;
  const traces = methods as Readonly<Record<string | symbol, unknown>>;
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const call = (args: readonly unknown[]): unknown => Reflect.apply(member as Method, target, args);
      const known = traces[name] ?? 'leaves nothing';
      return known === 'leaves nothing' ? (...args: unknown[]) => call(args) : crashing(known as TraceOf, call);
    },
  });
}

type TraceOf = Effect | ((...args: readonly unknown[]) => Trace);

function crashing(known: TraceOf, call: (args: readonly unknown[]) => unknown) {
  return async (...args: unknown[]): Promise<unknown> => {
    const trace = typeof known === 'function' ? known(...args) : known;
    if (trace === 'leaves nothing') return call(args);
    await effectPoint(`before-${trace}`);
    const result = await call(args);
    await effectPoint(`after-${trace}`);
    return result;
  };
}

/** A file that is named by its content goes to the same folder whatever its content is. */
function pathOf(name: AdoptedName): string {
  return typeof name === 'string' ? name : name({ sha256: '', bytes: 0 });
}

/** What it means that the store takes a file, by its folder. Throws for a folder that nobody has thought of. */
export function storedEffect(path: string, content: Uint8Array | string): Trace {
  const [folder = '', , name = ''] = path.split('/');
  switch (folder) {
    case 'ledger':
      return recordEffect(typeOfRecord(content));
    case 'definitions':
      return 'definition';
    case 'snapshots':
      if (name === 'requests') return 'snapshot-request';
      if (name === 'schemas') return 'source-schema';
      return path.endsWith('/manifest.json') ? 'snapshot-manifest' : 'snapshot-part';
    case 'quarantine':
      return 'quarantine';
    case 'models':
      return path.endsWith('/manifest.json') ? 'model-manifest' : 'model-file';
    case 'evaluations':
      return 'evaluation';
    case 'reports':
      return 'report';
    case 'shards':
      return 'shard-record';
    case 'predictions':
    case 'shadow-predictions':
      // The table's own points stand around its commits.
      return name === '_delta_log' ? 'leaves nothing' : 'table-file';
    case 'plans':
      return 'plan';
    case 'corrections':
      return 'corrections';
    default:
      throw new TypeError(`no effect is known for files of the store's folder ${folder}: ${path}`);
  }
}

function typeOfRecord(content: Uint8Array | string): LedgerEvent['type'] {
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  return (JSON.parse(text) as { readonly event: Pick<LedgerEvent, 'type'> }).event.type;
}
