import { describe, expect, it } from 'vitest';
import { checkRolloutPlans } from '../../../activities/verify/check-rollout-plans.js';
import { canonicalJson, sha256Hex } from '../../../contracts/digest.js';
import type { SplitChanged } from '../../../domain/ledger/promotion-events.js';
import type { RolloutStep } from '../../../domain/rollout/rollout-policy.js';
import { checkLedgerRules } from '../../../domain/verify/ledger-checks.js';
import { flightsDefinition } from '../../support/flights-definition.js';
import { changed, decided, entryOf, evaluated, LedgerBuilder } from '../../support/ledger.js';
import { model, opened, registered, requested } from '../../support/ledger.js';
import { MemoryStore } from '../../support/memory-store.js';

const store = new MemoryStore();

/** Keeps a definition with this rollout, and gives its digest. */
function kept(rollout: readonly RolloutStep[]): string {
  const text = canonicalJson(flightsDefinition({ rollout }));
  const name = sha256Hex(text);
  store.files.set(`definitions/${name}/definition.json`, new TextEncoder().encode(text));
  return name;
}

const threeSteps = kept([
  { kind: 'shadow', cycles: 1 },
  { kind: 'share', sharePercent: 5, cycles: 1 },
  { kind: 'share', sharePercent: 25, cycles: 1 },
]);
const noSteps = kept([]);

/** As older versions recorded a step. */
function unpinned(step: number, sharePercent: number): SplitChanged {
  const fixed = { promotionId: 'p2', challenger: model('b'), salt: 'salt', grounds: [], revokedDigests: [] };
  return { type: 'split-changed', step, sharePercent, ...fixed };
}

function split(step: number, sharePercent: number, overrides: Partial<SplitChanged> = {}): SplitChanged {
  return { ...unpinned(step, sharePercent), definitionDigest: threeSteps, ...overrides };
}

/** `b` was measured by a definition and approved, and became champion behind these steps, whatever the rules say. */
function promoted(splits: readonly SplitChanged[], measuredBy: string | null = threeSteps): LedgerBuilder {
  const ledger = new LedgerBuilder().promote('p1', null, 'a').append(registered('b')).append(opened('p2', 'b'));
  const pinned = measuredBy === null ? {} : { definitionDigest: measuredBy };
  ledger
    .append(evaluated('p2', 'b', 'a', 1, pinned))
    .append(requested('p2'))
    .append(decided('p2', 'approve'));
  const approval = ledger.state.head.number;
  for (const event of splits) ledger.force(entryOf(event));
  return ledger.force(entryOf(changed('p2', 'a', 'b', approval)));
}

async function problemsOf({ records }: LedgerBuilder): Promise<readonly string[]> {
  const { problems } = await checkRolloutPlans(store, records);
  return problems.map(({ field, found }) => `${field}: ${found}`);
}

const allSteps = [split(0, 0), split(1, 5), split(2, 25)];

describe('a rollout', () => {
  it('that took every step of the plan it pinned is clean, whatever its gates were measured by', async () => {
    expect(await problemsOf(promoted(allSteps))).toEqual([]);
    expect(await problemsOf(promoted(allSteps, noSteps))).toEqual([]);
  });

  it.each<[string, readonly SplitChanged[], readonly string[]]>([
    ['leaves out its last step', allSteps.slice(0, 2), ['record 15: steps: 2 before it']],
    [
      'leaves out a step between',
      [split(0, 0), split(2, 25)],
      ['record 14: step: 2', 'record 14: sharePercent: 25', 'record 15: steps: 2 before it'],
    ],
    ['takes a step with another share', [split(0, 0), split(1, 10), split(2, 25)], ['record 14: sharePercent: 10']],
    ['takes one step too many', [...allSteps, split(3, 50)], ['record 16: sharePercent: 50']],
    [
      'follows another plan in the middle',
      [split(0, 0), split(1, 5), split(2, 25, { definitionDigest: noSteps })],
      [`record 15: definitionDigest: ${noSteps}`],
    ],
  ])('that %s is found out', async (_, splits, problems) => {
    expect(await problemsOf(promoted(splits))).toEqual(problems);
  });

  it('whose definition is not there cannot be trusted', async () => {
    const gone = 'f'.repeat(64);
    const problems = await problemsOf(promoted([split(0, 0, { definitionDigest: gone })]));
    expect(problems).toEqual([`definitions/${gone}/definition.json: nothing`]);
  });
});

describe('a champion that changed without any step', () => {
  it('is fine where the plan of its gates has none, and found out where it has some', async () => {
    expect(await problemsOf(promoted([], noSteps))).toEqual([]);
    expect(await problemsOf(promoted([]))).toEqual(['record 13: steps: 0 before it']);
  });

  it('needs none when it is the first champion', async () => {
    const ledger = new LedgerBuilder().append(registered('a')).append(opened('p', 'a', 'bootstrap'));
    ledger.append(evaluated('p', 'a', null, 0, { definitionDigest: threeSteps })).append(requested('p'));
    ledger.append(decided('p', 'approve')).append(changed('p', null, 'a', 5));
    expect(await checkRolloutPlans(store, ledger.records)).toMatchObject({ checked: 0, problems: [] });
  });
});

describe('records that name no definition', () => {
  it('are excused where none before them does', async () => {
    expect(await checkRolloutPlans(store, promoted([], null).records)).toMatchObject({ checked: 0, problems: [] });
  });

  it('are found out behind one that does', async () => {
    const splits = [split(0, 0), split(1, 5), unpinned(2, 25)];
    expect(await problemsOf(promoted(splits))).toEqual(['record 15: definitionDigest: none']);
    const ledger = promoted([], noSteps).append(registered('c'));
    ledger.force(entryOf(opened('p3', 'c'))).force(entryOf(evaluated('p3', 'c', 'b', 2)));
    ledger.force(entryOf(changed('p3', 'b', 'c', 99)));
    expect(await problemsOf(ledger)).toEqual(['record 16: definitionDigest: none']);
  });
});

describe('the cohort of a promotion', () => {
  it.each<[string, Partial<SplitChanged>, string]>([
    ['drawn anew, with another salt', { salt: 'pepper' }, 'salt'],
    ['made smaller', { sharePercent: 3 }, 'sharePercent'],
  ])('is found out when it was %s', (_, forged, field) => {
    const { problems } = checkLedgerRules(promoted([split(0, 0), split(1, 5), split(2, 25, forged)]).records);
    expect(problems.map((problem) => problem.field)).toEqual([`record 15: ${field}`]);
  });
});
