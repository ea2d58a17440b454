/** `npm run chaos`: crashes and faults on a small real pipeline while it is trained, promoted, scored, monitored and rolled back. */
import { parseArgs } from 'node:util';
import { Runtime, DefaultLogger } from '@temporalio/worker';
import { ChaosStack } from './chaos-stack.js';
import { live, liveAll, type LifeReport, type Misfortune } from './crash-suite.js';
import { crashModes } from './worker-process.js';
import { atRandom, everything, possibilitiesOf } from './rounds.js';

interface ChaosOptions {
  readonly seed: number;
  /** Null: until everything was tried. */
  readonly minutes: number | null;
  readonly all: boolean;
  readonly json: boolean;
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
    },
  });
  const seed = Number(values.seed);
  const minutes = values.minutes === undefined ? (values.all ? null : defaultMinutes) : Number(values.minutes);
  const problems = [
    ...(Number.isInteger(seed) && seed >= 0 ? [] : [`--seed: found ${values.seed}, expected a whole number from 0`]),
    ...(minutes === null || minutes > 0
      ? []
      : [`--minutes: found ${String(values.minutes)}, expected a number above 0`]),
  ];
  if (problems.length > 0) throw new Error([...problems, `example: ${example}`].join('\n'));
  return { seed, minutes, all: values.all, json: values.json };
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const say = options.json ? () => undefined : (line: string) => process.stdout.write(`${line}\n`);
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  say(`seed ${String(options.seed)}`);
  const stack = await ChaosStack.open(say);
  try {
    // Its store lies on S3, so that the writes there are known too; where a store lies makes no difference to what it holds.
    const calm = await live(stack, 'calm', { s3: null });
    if (calm.violations.length > 0) return report(options, [calm]);
    say(`a calm life: ${describe(calm)}`);
    const possibilities = possibilitiesOf(calm);
    const deadlineMs = options.minutes === null ? Infinity : Date.now() + options.minutes * 60_000;
    const misfortunes = options.all ? everything(possibilities).values() : atRandom(possibilities, options.seed);
    const next = (): Misfortune | null => {
      const found = Date.now() < deadlineMs ? misfortunes.next() : null;
      return found === null || found.done === true ? null : found.value;
    };
    const tell = (life: LifeReport): void => {
      say(`${life.name}: ${describe(life)}`);
      for (const violation of life.violations) say(`  ${violation}`);
    };
    return report(options, await liveAll(stack, next, { prefix: 'life', calm: calm.outcome, tell }));
  } finally {
    await stack.close();
  }
}

function crashesOf(lives: readonly LifeReport[]) {
  return lives.flatMap(({ steps }) => steps.flatMap(({ crashed }) => crashed));
}

function describe(life: LifeReport): string {
  const crashes = crashesOf([life]).map(({ point, mode }) => `${mode} at ${point}`);
  const faults = life.faults === 0 ? [] : [`${String(life.faults)} fault(s)`];
  const what = [...crashes, ...faults].join(', ') || 'nothing happened';
  return `${what}; ${life.violations.length === 0 ? 'as it should be' : `${String(life.violations.length)} violation(s)`}`;
}

/** Says what came of it, and answers the exit code. */
function report({ seed, json }: ChaosOptions, lives: readonly LifeReport[]): number {
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
    faults: lives.reduce((sum, life) => sum + life.faults, 0),
    violations,
  };
  process.stdout.write(
    json
      ? `${JSON.stringify(summary)}\n`
      : `seed ${String(seed)}: ${String(summary.lives)} lives, ${String(summary.kills)} kills at ${String(summary.points)} points, ${String(summary.faults)} faults, ${String(violations.length)} violations\n`,
  );
  return violations.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
