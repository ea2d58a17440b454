import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScorePlan, ShardArgs, ShardResult } from '../../activities/scoring/scoring-activities.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import type { ScoreResult } from '../../workflows/api.js';
import { model } from '../support/ledger.js';
import {
  cardOf,
  failureOf,
  historyOf,
  openWorkflowRoom,
  recordHistory,
  statusOf,
  until,
  type WorkflowRoom,
} from '../support/workflow-environment.js';
import { Fakes, scorePlan, scoreResult, snapshot, type Activities } from '../support/workflow-fakes.js';

let room: WorkflowRoom;
beforeAll(async () => {
  room = await openWorkflowRoom();
});
afterAll(() => room.close());

const input = { pipeline: 'flights' };
const partRows = 500_000;

/** A snapshot of whole parts. */
function ofParts(parts: number): Partial<Activities> {
  return { buildScoringSnapshot: () => Promise.resolve({ ...snapshot, parts, rows: parts * partRows }) };
}

function scored({ span }: ShardArgs): ShardResult {
  return { status: 'scored', rows: span.parts * partRows, partsTakenOver: 0 };
}

/** Which worker slot takes which shard first is nobody's business. */
function firstPartsOf(shards: readonly ShardArgs[]): readonly number[] {
  return shards.map(({ span }) => span.firstPart).sort((a, b) => a - b);
}

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

async function score(fakes: Fakes): Promise<ScoreResult> {
  return (await (await room.start('score', input, fakes)).result()) as ScoreResult;
}

describe('score', () => {
  it('pins, builds, scores, publishes once each, and shows the result', async () => {
    const fakes = new Fakes();
    const run = await room.start('score', input, fakes);
    expect(await run.result()).toEqual(scoreResult);
    expect(fakes.names()).toEqual(['beginScore', 'buildScoringSnapshot', 'scoreShard', 'publishScores']);
    expect(fakes.argumentsOf('scoreShard')[0]?.span).toEqual({ firstPart: 0, parts: 1 });
    expect(await cardOf(run)).toContain('| served by | v1 (champion) |');
    expect(await cardOf(run)).toContain('- v1 scored by tree kernel, PSI 0.012 against its validation scores');
    await recordHistory(run, 'score-published');
  });

  it.each([
    ['100 million', 200, 67],
    ['10 billion', 20_000, 200],
  ])('scores %s rows in a bounded number of steps, and the history stays as short', async (_rows, parts, shards) => {
    const fakes = new Fakes({ ...ofParts(parts), scoreShard: (args) => Promise.resolve(scored(args)) });
    const run = await room.start('score', input, fakes);
    await run.result();
    expect(fakes.count('scoreShard')).toBe(shards);
    expect((await historyOf(run)).length).toBeLessThan(40 + 6 * 200);
  });

  it('holds a window whose rows failed validation, and scores nothing', async () => {
    const fakes = new Fakes({ buildScoringSnapshot: () => Promise.resolve({ ...snapshot, isStopped: true }) });
    const run = await room.start('score', input, fakes);
    expect(await run.result()).toMatchObject({ status: 'held', grounds: ['distance is missing'] });
    expect(fakes.names()).toEqual(['beginScore', 'buildScoringSnapshot', 'holdInvalidWindow']);
    expect(await cardOf(run)).toContain('- distance is missing');
  });

  it('publishes what all shards scored, once they all have', async () => {
    const fakes = new Fakes({ ...ofParts(6), scoreShard: (args) => Promise.resolve(scored(args)) });
    const run = await room.start('score', input, fakes);
    await run.result();
    expect(firstPartsOf(fakes.argumentsOf('scoreShard'))).toEqual([0, 3]);
    expect(fakes.names().at(-1)).toBe('publishScores');
    await recordHistory(run, 'score-sharded');
  });

  it('shows how many rows are done as shards end', async () => {
    const second = gate();
    const fakes = new Fakes({
      ...ofParts(6),
      scoreShard: async (args) => {
        if (args.span.firstPart === 3) await second.opened;
        return scored(args);
      },
    });
    const run = await room.start('score', input, fakes);
    await until(run, ({ rowsDone }) => rowsDone === 1_500_000);
    expect(await cardOf(run)).toMatch(/\[##########----------\] 50% {2}1,500,000 of 3,000,000 rows/);
    second.open();
    await run.result();
    expect(await statusOf(run)).toMatchObject({ rowsDone: 3_000_000, rows: 3_000_000 });
  });

  it('notes signals, of which it takes none', async () => {
    const fakes = new Fakes({
      scoreShard: async (args) => {
        await run.signal('approve', { by: 'Anna' });
        return new Fakes().activities.scoreShard(args);
      },
    });
    const run = await room.start('score', input, fakes);
    await run.result();
    expect((await statusOf(run)).notes).toEqual(['Signal `approve` was ignored: this workflow takes no signals.']);
  });
});

/** The pins of a run in a share step. */
const shared: ScorePlan = {
  ...scorePlan,
  split: { promotionId: 'p3', step: 1, challenger: model('c'), sharePercent: 25, salt: 'salt' },
};

describe('a scoring run in a rollout', () => {
  it('shows whom the challenger serves, before and after', async () => {
    const result: ScoreResult = {
      ...scoreResult,
      rows: 2_000,
      challenger: { model: model('c'), sharePercent: 25, rows: 500, positives: 90 },
      rowsWithoutEntity: 7,
    };
    const opened = gate();
    const fakes = new Fakes({
      beginScore: () => Promise.resolve(shared),
      publishScores: async () => {
        await opened.opened;
        return result;
      },
    });
    const run = await room.start('score', input, fakes);
    await until(run, ({ phase }) => phase === 'auditing and publishing');
    expect(await cardOf(run)).toContain('| challenger | v3 (cccccccccccc) for 25 % of the entities, step 2 |');
    opened.open();
    expect(await run.result()).toEqual(result);
    const servedBy = 'v1 (champion): 1,500 rows, of them 7 without an entity; v3 (challenger, 25 %): 500 rows';
    expect(await cardOf(run)).toContain(`| served by | ${servedBy} |`);
    await recordHistory(run, 'score-shared');
  });
});

describe('a scoring run that is overtaken', () => {
  it.each(['revoked', 'overtaken'] as const)('(%s) pins again and publishes under the new pins', async (status) => {
    let pinned = 0;
    const fakes = new Fakes({
      beginScore: () => Promise.resolve({ ...scorePlan, decisionEpoch: ++pinned }),
      publishScores: ({ plan }) => Promise.resolve(plan.decisionEpoch === 1 ? { ...scoreResult, status } : scoreResult),
    });
    const run = await room.start('score', input, fakes);
    expect(((await run.result()) as ScoreResult).status).toBe('published');
    expect(fakes.argumentsOf('publishScores').map(({ plan }) => plan.decisionEpoch)).toEqual([1, 2]);
    if (status === 'revoked') await recordHistory(run, 'score-pinned-again');
  });

  it('gives up after three pinnings, with the last answer as its result', async () => {
    const fakes = new Fakes({ publishScores: () => Promise.resolve({ ...scoreResult, status: 'revoked' }) });
    expect((await score(fakes)).status).toBe('revoked');
    expect(fakes.count('beginScore')).toBe(3);
  });

  it.each(['held', 'superseded', 'already-published'] as const)('ends with %s as a result', async (status) => {
    const fakes = new Fakes({ publishScores: () => Promise.resolve({ ...scoreResult, status }) });
    expect((await score(fakes)).status).toBe(status);
    expect(fakes.count('beginScore')).toBe(1);
  });
});

describe('a model that cannot score', () => {
  const watched = { ...scorePlan, champion: model('b'), shadows: [model('a')], previousChampion: model('a') };

  /** Fails every rung above the one at this place of the ladder. */
  function failingAbove(place: number) {
    const tried: string[] = [];
    return new Fakes({
      beginScore: () => Promise.resolve(watched),
      scoreShard: ({ rung, snapshot: { rows } }) => {
        tried.push(`${rung.served.model.version} ${String(rung.shadows.length)}`);
        const isFailing = new Set(tried).size <= place;
        return Promise.resolve(
          isFailing ? { status: 'model-failed', why: 'it hangs' } : { status: 'scored', rows, partsTakenOver: 0 },
        );
      },
    });
  }

  it.each([
    [1, '2', 0, ['champion 2 with its shadows could not score: it hangs']],
    [2, '1', 0, ['champion 2 with its shadows could not score: it hangs', 'champion 2 could not score: it hangs']],
  ])('gives way to the next of the ladder: %i step(s) down', async (place, version, shadows, grounds) => {
    const fakes = failingAbove(place);
    await score(fakes);
    const [published] = fakes.argumentsOf('publishScores');
    expect(published?.rung.served.model.version).toBe(version);
    expect(published?.rung.shadows).toHaveLength(shadows);
    expect(published?.grounds).toEqual(grounds);
  });

  it('gives way to the champion alone where it is the challenger of a rollout', async () => {
    const fakes = new Fakes({
      beginScore: () => Promise.resolve(shared),
      scoreShard: (args) =>
        Promise.resolve(
          args.rung.challenger === undefined ? scored(args) : { status: 'model-failed', why: 'it hangs' },
        ),
    });
    await score(fakes);
    const [published] = fakes.argumentsOf('publishScores');
    expect(published?.rung).toEqual({ served: { model: model('a'), cohort: 'champion' }, shadows: [] });
    expect(published?.grounds).toEqual(['champion 1 with challenger 3 could not score: it hangs']);
  });

  it('ends with the baseline, and where even that cannot, leaves what is published, with every reason', async () => {
    expect((await score(failingAbove(3))).status).toBe('published');
    const fakes = failingAbove(4);
    const { status, grounds } = await score(fakes);
    expect([status, fakes.count('publishScores'), fakes.count('keepUnscoredWindow')]).toEqual(['held', 0, 1]);
    expect(grounds).toHaveLength(4);
    expect(grounds.at(-1)).toBe('fallback baseline could not score: it hangs');
  });

  it('takes the whole window with it: the other shards are cancelled, and no row of theirs is published', async () => {
    const cancelled: number[] = [];
    const others = [gate(), gate()];
    const fakes = new Fakes({
      ...ofParts(9),
      beginScore: () => Promise.resolve(watched),
      scoreShard: async (args) => {
        if (args.rung.shadows.length === 0) return scored(args);
        if (args.span.firstPart === 3) {
          await Promise.all(others.map(({ opened }) => opened));
          return { status: 'model-failed', why: 'it ran out of memory' };
        }
        others[args.span.firstPart === 0 ? 0 : 1]?.open();
        const context = Context.current();
        const beat = setInterval(() => {
          context.heartbeat();
        }, 50);
        return context.cancelled.finally(() => {
          clearInterval(beat);
          cancelled.push(args.span.firstPart);
        });
      },
    });
    const run = await room.start('score', input, fakes);
    await run.result();
    const again = fakes.argumentsOf('scoreShard').filter(({ rung }) => rung.shadows.length === 0);
    expect(firstPartsOf(again)).toEqual([0, 3, 6]);
    expect(fakes.argumentsOf('publishScores').map(({ rung }) => rung)).toEqual([again[0]?.rung]);
    await recordHistory(run, 'score-stepped-down');
    await expect.poll(() => cancelled.sort((a, b) => a - b), { timeout: 20_000 }).toEqual([0, 6]);
  });

  it('is told from data that cannot be scored, which no other model would cure', async () => {
    const fakes = new Fakes({
      scoreShard: () => Promise.reject(new PermanentFailure('BAD_DATA', 'the part is damaged')),
    });
    const failure = await failureOf(await room.start('score', input, fakes));
    expect(failure.type).toBe('BAD_DATA');
    expect(fakes.count('scoreShard')).toBe(1);
  });
});
