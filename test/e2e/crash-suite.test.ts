import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChaosStack } from '../chaos/chaos-stack.js';
import { liveAll, type CalmOutcomes, type LifeReport, type Misfortune } from '../chaos/crash-suite.js';
import { allPoints, unlived } from '../chaos/unlived-points.js';
import { cellsIn, everything, possibilitiesOf, sampledOnS3, sampleOf, type Possibilities } from '../chaos/rounds.js';
import { lifeKinds } from '../chaos/small-pipeline.js';

/** The whole suite takes hours, so it runs where GAUNTLET_CRASH_SUITE is set or by `npm run chaos -- --all`. */
const isWhole = process.env['GAUNTLET_CRASH_SUITE'] !== undefined;

/** What is not over by then fails with the life and the step that it stands at. A quiet machine takes a quarter of it. */
const withinMs = isWhole ? 6 * 3_600_000 : 900_000;
const hookMs = withinMs + 180_000;

/** Another one samples other points, modes and routes. */
const seed = 20_261_125;

/**
 * Whole lives of a small real pipeline on real servers: one calm life of each kind, and a sample of lives in which workers
 * go down at crash points and requests to the registry and to a store on S3 fail.
 */
describe('a life with crashes and faults', { timeout: hookMs }, () => {
  let stack: ChaosStack;
  let calm: readonly LifeReport[];
  let possibilities: Possibilities;
  let lives: readonly LifeReport[];
  let planned: number;

  beforeAll(async () => {
    const untilMs = Date.now() + withinMs;
    // As many at once as there are kinds: most of a life is waiting on a quiet machine.
    stack = await ChaosStack.open(undefined, lifeKinds.length);
    const liveThrough = (misfortunes: readonly Misfortune[], prefix: string, calmOnes: CalmOutcomes = {}) => {
      const left = [...misfortunes];
      return liveAll(stack, () => left.shift() ?? null, { prefix, calm: calmOnes, untilMs });
    };
    const first = isWhole
      ? lifeKinds.map((kind) => ({ kind }))
      : [{ kind: 'everyday' as const }, { kind: 'rollout' as const }, sampledOnS3];
    const firstLives = await liveThrough(first, 'first');
    calm = firstLives.filter(({ misfortune }) => misfortune.s3 === undefined);
    const outcomes = Object.fromEntries(calm.map((life) => [life.misfortune.kind, life.outcome])) as CalmOutcomes;
    possibilities = possibilitiesOf(calm);
    const others = isWhole ? everything(possibilities) : sampleOf(possibilities, seed);
    planned = first.length + others.length;
    lives = [...firstLives, ...(await liveThrough(others, 'life', outcomes))];
  }, hookMs);
  afterAll(() => stack.close(), 120_000);

  it('is clean without any: the sample has something to be compared with', () => {
    expect(calm.flatMap(({ violations }) => violations)).toEqual([]);
  });

  it('goes by every crash point in a calm one, or the list says why not', () => {
    const passed = new Set(calm.flatMap(({ steps }) => steps.flatMap(({ trace }) => trace.map(({ point }) => point))));
    expect(allPoints.filter((point) => !passed.has(point)).sort()).toEqual(Object.keys(unlived).sort());
  });

  it('ends in a clean `verify` and in the ledger, the rows and the alias of a calm one', () => {
    expect(lives.flatMap(({ violations }) => violations)).toEqual([]);
    expect(lives).toHaveLength(planned);
  });

  it('goes down in each way, at the registry and at the store too', () => {
    const modes = lives.flatMap(({ steps }) => steps.flatMap(({ crashed }) => crashed.map(({ mode }) => mode)));
    expect([...new Set(modes)].sort()).toEqual(['SIGKILL', 'SIGTERM', 'hang']);
    expect(lives.flatMap(({ faults }) => faults.mlflow)).not.toEqual([]);
    expect(lives.flatMap(({ faults }) => faults.s3)).not.toEqual([]);
    expect(cellsIn(possibilities).crashes.length).toBeGreaterThan(500);
  });
});
