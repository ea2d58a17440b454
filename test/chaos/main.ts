/** `npm run chaos`: crashes and faults on a small real pipeline while it is trained, promoted, scored, monitored and rolled back. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Runtime, DefaultLogger } from '@temporalio/worker';
import { ChaosStack } from './chaos-stack.js';
import { liveAll, type CalmOutcomes, type LifeReport, type Misfortune } from './crash-suite.js';
import { ProgressFile } from './progress-file.js';
import { atRandom, cellsIn, everything, possibilitiesOf, without, type Cells, type Possibilities } from './rounds.js';
import { lifeKinds, type LifeKind } from './small-pipeline.js';
import { allPoints, unlived } from './unlived-points.js';
import { crashModes } from './worker-process.js';

interface ChaosOptions {
  readonly seed: number;
  /** Null: until everything was tried. */
  readonly minutes: number | null;
  readonly all: boolean;
  readonly json: boolean;
  /** Lives that are lived at once. */
  readonly lanes: number;
  readonly kinds: readonly LifeKind[];
  /** Where it is kept what was gone through, so that the next call goes on; null keeps nothing. */
  readonly progress: string | null;
  /** Where it is kept what calm lives came to, for calls with the same code; null lives them anew. */
  readonly calm: string | null;
}

const example = 'npm run chaos -- --seed 7 --minutes 5';
const defaultMinutes = 5;

/** Throws naming every option that does not fit. */
function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      minutes: { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      lanes: { type: 'string', default: '2' },
      kinds: { type: 'string', default: lifeKinds.join() },
      progress: { type: 'string' },
      calm: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  const lanes = Number(values.lanes);
  const minutes = values.minutes === undefined ? (values.all ? null : defaultMinutes) : Number(values.minutes);
  const kinds = lifeKinds.filter((kind) => values.kinds.split(',').includes(kind));
  const problems = [
    ...(kinds.join() === values.kinds
      ? []
      : [`--kinds: found ${values.kinds}, expected some of ${lifeKinds.join()}, in this order`]),
    ...(Number.isInteger(seed) && seed >= 0 ? [] : [`--seed: found ${values.seed}, expected a whole number from 0`]),
    ...(Number.isInteger(lanes) && lanes >= 1 && lanes <= 8
      ? []
      : [`--lanes: found ${values.lanes}, expected a whole number from 1 to 8`]),
    ...(minutes === null || minutes > 0
      ? []
      : [`--minutes: found ${String(values.minutes)}, expected a number above 0`]),
  ];
  if (problems.length > 0) throw new Error([...problems, `example: ${example}`].join('\n'));
  return {
    seed,
    minutes,
    all: values.all,
    json: values.json,
    lanes,
    kinds,
    progress: values.progress ?? null,
    calm: values.calm ?? null,
  };
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const say = options.json ? () => undefined : (line: string) => process.stdout.write(`${line}\n`);
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  say(`seed ${String(options.seed)}`);
  const stack = await ChaosStack.open(say, options.lanes);
  const interrupted = (): void => void stack.close().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  try {
    const deadlineMs = options.minutes === null ? Infinity : Date.now() + options.minutes * 60_000;
    const calm = await liveCalmly(stack, options, say);
    if (calm.some(({ violations }) => violations.length > 0)) return report(options, calm, null, new Set());
    const passed = new Set(calm.flatMap(({ steps }) => steps.flatMap(({ trace }) => trace.map(({ point }) => point))));
    const missing = allPoints.filter((point) => !passed.has(point) && unlived[point] === undefined);
    say(`${String(passed.size)} of ${String(allPoints.length)} points passed; not: ${missing.join(', ') || 'none'}`);
    const outcomes = Object.fromEntries(calm.map((life) => [life.misfortune.kind, life.outcome])) as CalmOutcomes;
    const possibilities = possibilitiesOf(calm);
    const progress = new ProgressFile(options.progress);
    const tell = (life: LifeReport): void => {
      progress.add(life);
      tellOf(life, say);
    };
    const lives: LifeReport[] = [];
    const liveThrough = async (misfortunes: Iterator<Misfortune>, prefix: string): Promise<void> => {
      const next = (): Misfortune | null => {
        const found = Date.now() < deadlineMs ? misfortunes.next() : null;
        return found === null || found.done === true ? null : found.value;
      };
      lives.push(...(await liveAll(stack, next, { prefix, calm: outcomes, tell })));
    };
    if (options.all) await liveThroughAll(possibilities, progress, { liveThrough, say });
    else await liveThrough(atRandom(possibilities, options.seed), 'life');
    return report(options, lives, options.all ? cellsIn(possibilities) : null, progress.done);
  } finally {
    await stack.close();
  }
}

async function liveCalmly(
  stack: ChaosStack,
  options: ChaosOptions,
  say: (line: string) => void,
): Promise<readonly LifeReport[]> {
  const { calm } = options;
  if (calm !== null && existsSync(calm)) return JSON.parse(readFileSync(calm, 'utf8')) as LifeReport[];
  const kinds = [...options.kinds];
  const tell = (life: LifeReport): void => {
    tellOf(life, say);
  };
  const next = (): Misfortune | null => {
    const kind = kinds.shift();
    return kind === undefined ? null : { kind };
  };
  const lives = await liveAll(stack, next, { prefix: 'calm', calm: {}, tell });
  if (calm !== null && lives.every(({ violations }) => violations.length === 0))
    writeFileSync(calm, JSON.stringify(lives));
  return lives;
}

/** A crash before it may make a later one in its step unreachable: then that one gets a step of its own. */
const crashesPerStepByRound = [4, 2, 1];

async function liveThroughAll(
  possibilities: Possibilities,
  progress: ProgressFile,
  {
    liveThrough,
    say,
  }: {
    readonly liveThrough: (misfortunes: Iterator<Misfortune>, prefix: string) => Promise<void>;
    readonly say: (line: string) => void;
  },
): Promise<void> {
  for (const [round, perStep] of crashesPerStepByRound.entries()) {
    const left = everything(without(possibilities, progress.done), perStep);
    say(`round ${String(round + 1)}: ${String(left.length)} lives, ${coverage(cellsIn(possibilities), progress.done)}`);
    await liveThrough(left.values(), `life-${progress.id}-${String(round + 1)}`);
  }
}

function coverage(cells: Cells, done: ReadonlySet<string>): string {
  return (['crashes', 'mlflow', 's3'] as const)
    .map(
      (what) => `${what} ${String(cells[what].filter((cell) => done.has(cell)).length)}/${String(cells[what].length)}`,
    )
    .join(', ');
}

function tellOf(life: LifeReport, say: (line: string) => void): void {
  const { misfortune, violations, steps, tookMs } = life;
  const crashes = crashesOf([life]).map(({ point, pass, mode }) => `${mode} at ${point}#${String(pass)}`);
  const faults = [...life.faults.mlflow, ...life.faults.s3];
  const missed = steps.reduce((sum, step) => sum + step.missed.length, 0);
  const what = `${String(crashes.length)} crashes, ${String(missed)} missed, ${String(faults.length)} faults`;
  const starting = steps.reduce((sum, { startingMs }) => sum + startingMs, 0);
  const times = `${seconds(tookMs)} s, of which ${seconds(starting)} s for workers to start`;
  say(`${life.name} (${misfortune.kind}): ${what}, ${times}; ${String(violations.length)} violations`);
  for (const violation of violations) say(`  ${violation}`);
  if (violations.length > 0) say(`  after ${[...crashes, ...faults].join(', ') || 'nothing'}`);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function crashesOf(lives: readonly LifeReport[]) {
  return lives.flatMap(({ steps }) => steps.flatMap(({ crashed }) => crashed));
}

/** Says what came of it, and answers the exit code. */
function report(
  { seed, json }: ChaosOptions,
  lives: readonly LifeReport[],
  cells: Cells | null,
  done: ReadonlySet<string>,
): number {
  const crashes = crashesOf(lives);
  const violations = lives.flatMap((life) => life.violations);
  const summary = {
    seed,
    lives: lives.length,
    kills: crashes.length,
    killsByMode: Object.fromEntries(
      crashModes.map((mode) => [mode, crashes.filter((crash) => crash.mode === mode).length]),
    ),
    points: new Set(crashes.map(({ point }) => point)).size,
    faults: lives.reduce((sum, { faults }) => sum + faults.mlflow.length + faults.s3.length, 0),
    covered: cells === null ? null : coverage(cells, done),
    left: cells === null ? [] : [...cells.crashes, ...cells.mlflow, ...cells.s3].filter((cell) => !done.has(cell)),
    violations,
  };
  const covered = summary.covered === null ? '' : `; covered: ${summary.covered}`;
  process.stdout.write(
    json
      ? `${JSON.stringify(summary)}\n`
      : `seed ${String(seed)}: ${String(summary.lives)} lives, ${String(summary.kills)} kills at ${String(summary.points)} points, ${String(summary.faults)} faults, ${String(violations.length)} violations${covered}\n`,
  );
  return violations.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
}
