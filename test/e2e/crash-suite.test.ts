import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChaosStack } from '../chaos/chaos-stack.js';
import { planLives } from '../chaos/crash-plan.js';
import { live, liveAll, type LifeReport, type Misfortune } from '../chaos/crash-suite.js';
import { possibilitiesOf, sampleOf, type Possibilities } from '../chaos/rounds.js';

/** Lives are several minutes of crashes, and a slow machine takes many times as long. */
const wholeMs = 1_800_000;

/** Another one samples other modes and routes. */
const seed = 20_261_125;

/**
 * A sample of what `npm run chaos -- --all` goes through, longer than a check should take, so it runs where
 * GAUNTLET_CRASH_SUITE is set: whole lives of a small real pipeline, all six workflows, on
 * real servers, with workers that go down at crash points and requests that fail.
 */
describe.skipIf(process.env['GAUNTLET_CRASH_SUITE'] === undefined)(
  'a life with crashes and faults',
  { timeout: wholeMs },
  () => {
    let stack: ChaosStack;
    let calm: LifeReport;
    let possibilities: Possibilities;
    let lives: readonly LifeReport[];

    beforeAll(async () => {
      stack = await ChaosStack.open();
      calm = await live(stack, 'calm', { s3: null });
      possibilities = possibilitiesOf(calm);
      const sample = sampleOf(possibilities, seed);
      lives = await liveThrough(sample, 'life');
      lives = [...lives, ...(await liveThrough(unreached(), 'again'))];
    }, wholeMs);
    afterAll(() => stack.close(), wholeMs);

    function liveThrough(misfortunes: readonly Misfortune[], prefix: string): Promise<readonly LifeReport[]> {
      const left = [...misfortunes];
      return liveAll(stack, () => left.shift() ?? null, { prefix, calm: calm.outcome });
    }

    function pointsOf(reports: readonly LifeReport[]): ReadonlySet<string> {
      return new Set(reports.flatMap(({ steps }) => steps.flatMap(({ crashed }) => crashed.map(({ point }) => point))));
    }

    /** A crash before it may make a later one in its step unreachable: then that one gets a step of its own. */
    function unreached(): readonly Misfortune[] {
      const reached = pointsOf(lives);
      const firsts = possibilities.crashes.filter(
        ({ mode, pass, again }) => mode === 'SIGKILL' && pass === 1 && !again,
      );
      const missing = firsts.filter(({ point }) => !reached.has(point));
      const once = missing.filter((crash, index) => missing.findIndex(({ point }) => point === crash.point) === index);
      return planLives(once, 1).map((crashes) => ({ crashes }));
    }

    it('is clean without any: the sample has something to be compared with', () => {
      expect(calm.violations).toEqual([]);
      expect(calm.steps.filter(({ failure }) => failure !== null)).toEqual([]);
    });

    it('ends in a clean `verify` and in the ledger, the rows and the alias of a calm one', () => {
      expect(lives.flatMap(({ violations }) => violations)).toEqual([]);
    });

    it('goes down once at every point that a calm one passes', () => {
      const passed = new Set(calm.steps.flatMap(({ trace }) => trace.map(({ point }) => point)));
      const reached = pointsOf(lives);
      expect([...passed].filter((point) => !reached.has(point))).toEqual([]);
    });

    it('goes down in each way, and meets each kind of fault', () => {
      const modes = lives.flatMap(({ steps }) => steps.flatMap(({ crashed }) => crashed.map(({ mode }) => mode)));
      expect([...new Set(modes)].sort()).toEqual(['SIGKILL', 'SIGTERM', 'hang']);
      const planned = lives.flatMap(({ misfortune }) => misfortune.mlflow ?? []);
      expect(new Set(planned.map(({ fault }) => fault)).size).toBe(
        new Set(possibilities.mlflow.map(({ fault }) => fault)).size,
      );
      expect(lives.reduce((sum, { faults }) => sum + faults, 0)).toBeGreaterThan(8);
    });
  },
);
