import { chanceOfShare } from '../../domain/statistics/share-evidence.js';
import { seededRandom } from '../../domain/statistics/random.js';
import { judge, rounded, tell, type Target } from '../support/bench-report.js';
import { simulateSequential } from './sequential.js';

interface SimulationSize {
  /** Of each kind. */
  readonly rollouts: number;
  readonly seed: number;
}

const looks = 100;
const alpha = 0.05;
/** Entities that are new with a window, and the share that the split draws. */
const newEntities = 50;
const share = 0.25;

/**
 * How often a hundred looks stop a rollout, or call a split a mismatch, when there is nothing to find: at most 5 %, and
 * what chance adds to that in 99 of 100 simulations of this size.
 */
export function measureSequential({ rollouts, seed }: SimulationSize): readonly Target[] {
  tell(`simulating ${String(rollouts)} rollouts of ${String(looks)} looks, seed ${String(seed)} …`);
  const world = { rollouts, looks, alpha, harm: 0, rows: 1_000, dayShare: 0.05, seed };
  const harmless = [0, 0.3].map((correlation) => {
    const name = correlation === 0 ? 'independent-days' : `with-day-correlation-${String(correlation)}`;
    const { stopped } = simulateSequential({ ...world, correlation });
    return targetOf(`sequential-test-100-looks-no-true-difference-${name}`, stopped, { rollouts, seed });
  });
  const alarms = alarmsOfSoundSplits({ rollouts, seed });
  return [...harmless, targetOf('sample-ratio-100-looks-sound-split', alarms, { rollouts, seed })];
}

function targetOf(id: string, stopped: number, { rollouts, seed }: SimulationSize): Target {
  const error = 2.326 * Math.sqrt((alpha * (1 - alpha)) / rollouts);
  return judge({
    id,
    op: '<=',
    target: rounded(100 * (alpha + error)),
    value: rounded(100 * stopped),
    unit: '%',
    sides: [
      { name: 'promised', value: 100 * alpha, unit: '%' },
      { name: 'binomial error', value: rounded(100 * error), unit: '%' },
      { name: 'rollouts', value: rollouts, unit: '' },
      { name: 'seed', value: seed, unit: '' },
    ],
  });
}

/** Share of sound splits that some look calls a mismatch. */
function alarmsOfSoundSplits({ rollouts, seed }: SimulationSize): number {
  const random = seededRandom(seed);
  let found = 0;
  for (let rollout = 0; rollout < rollouts; rollout += 1) if (isAlarmed(random)) found += 1;
  return found / rollouts;
}

function isAlarmed(random: () => number): boolean {
  let count = 0;
  for (let look = 1; look <= looks; look += 1) {
    for (let entity = 0; entity < newEntities; entity += 1) if (random() < share) count += 1;
    if (chanceOfShare({ count, of: look * newEntities }, share) < alpha) return true;
  }
  return false;
}
