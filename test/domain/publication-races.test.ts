import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SplitChanged } from '../../domain/ledger/promotion-events.js';
import { checkCommitOrder, checkPinnedEpochs } from '../../domain/verify/commit-checks.js';
import { checkEntitlement, checkNothingRevoked } from '../../domain/verify/table-checks.js';
import { decided, evaluated, LedgerBuilder, model, opened, registered, rolledBack } from '../support/ledger.js';
import { playAll, TableRace, type Player } from '../support/table-race.js';

const interleavings = 51_000;

/** `a`, then `b` as champion: whoever publishes pins one of them. */
const promoted = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');

/** `a` as champion, and `b` in a rollout at a quarter of the entities. */
const rolledOut = new LedgerBuilder()
  .promote('p1', null, 'a')
  .append(registered('b'))
  .append(opened('p2', 'b'))
  .append(evaluated('p2', 'b', 'a', 1))
  .append(decided('p2', 'approve'))
  .append(split(0));

function split(step: number | null): SplitChanged {
  return {
    type: 'split-changed',
    promotionId: 'p2',
    step,
    challenger: model('b'),
    sharePercent: step === null ? 0 : 25 * (step + 1),
    salt: 'salt',
    grounds: [],
    revokedDigests: step === null ? [model('b').modelDigest] : [],
  };
}

/** Everybody has ended: what `verify` would say, and that each reversal was made once. */
function violations(race: TableRace, reversals: readonly string[]): readonly unknown[] {
  const { ledger, commits, table } = race;
  const made = commits.filter(({ operation }) => operation === 'rollback').map(({ identity }) => identity);
  const checks = [
    checkNothingRevoked(ledger, table),
    checkEntitlement(ledger, commits),
    checkCommitOrder(commits),
    checkPinnedEpochs(ledger, commits),
  ];
  const asMade = [...made].sort().join() === [...reversals].sort().join();
  return [...checks.flatMap(({ problems }) => problems), ...(asMade ? [] : [`replaced: ${made.join()}`])];
}

/** Plays a story in as many orders as asked for, and answers how many different tables came out. */
function playInAnyOrder(
  story: () => { readonly race: TableRace; readonly players: readonly Player[]; readonly reversals: readonly string[] },
): number {
  const tables = new Set<string>();
  const choices = fc.array(fc.nat(11), { minLength: 14, maxLength: 14 });
  fc.assert(
    fc.property(choices, (order) => {
      const { race, players, reversals } = story();
      playAll(players, order);
      const found = violations(race, reversals);
      if (found.length > 0) throw new Error(JSON.stringify(found));
      tables.add(race.commits.map(({ identity }) => identity.slice(0, 4)).join());
    }),
    { numRuns: interleavings },
  );
  return tables.size;
}

describe(`publications and reversals in any order, ${(2 * interleavings).toLocaleString('en-US')} of them`, () => {
  it('never leave a row of a champion that was rolled back', () => {
    const different = playInAnyOrder(() => {
      const race = new TableRace(promoted.records, promoted.state);
      const players = [
        race.publish('x', '2001-03-05'),
        race.publish('y', '2001-03-05'),
        race.publish('z', '2001-03-06'),
        race.reverse('r', () => rolledBack('r', 'b', 'a')),
      ];
      return { race, players, reversals: ['r'] };
    });
    expect(different).toBeGreaterThan(20);
  }, 60_000);

  it('never leave a row of a challenger whose rollout ended, whatever share it had by then', () => {
    const different = playInAnyOrder(() => {
      const race = new TableRace(rolledOut.records, rolledOut.state);
      function* widen(): Player {
        if (race.ledger.split !== null) race.append(split(1));
        yield;
      }
      const players = [
        race.publish('x', '2001-03-05'),
        race.publish('y', '2001-03-06'),
        race.publish('again', '2001-03-05'),
        race.reverse('p2', () => split(null)),
        widen(),
      ];
      return { race, players, reversals: ['p2'] };
    });
    expect(different).toBeGreaterThan(20);
  }, 60_000);

  it('would be caught: a publication that does not look at the ledger again leaves such rows', () => {
    const race = new TableRace(promoted.records, promoted.state);
    const late = race.publish('late', '2001-03-05');
    // It has pinned, read, and decided; from here on only the number of its commit can stop it.
    for (let step = 0; step < 3; step++) late.next();
    race.append(rolledBack('r', 'b', 'a'));
    late.next();
    expect(violations(race, [])).not.toEqual([]);
  });
});
