import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Judgement, Outcome } from './simulated-judgement.js';
import type { Truth, World } from './simulated-rows.js';

/** Many backtests of one world. */
export interface Scenario extends Judgement {
  readonly name: string;
  readonly world: World;
  readonly truth: Truth;
  readonly simulations: number;
}

/** What one thread does of a scenario: every `step`-th simulation from `first` on. */
export interface SimulationShare {
  readonly scenario: Scenario;
  readonly first: number;
  readonly step: number;
}

/** The outcomes in the order of the simulations' numbers, whatever the number of threads: one for each core. */
export async function runScenario(scenario: Scenario): Promise<readonly Outcome[]> {
  const step = Math.min(availableParallelism(), scenario.simulations);
  const shares = Array.from({ length: step }, (_, first) => runShare({ scenario, first, step }));
  const outcomes = await Promise.all(shares);
  return Array.from({ length: scenario.simulations }, (_, simulation) => {
    const outcome = outcomes[simulation % step]?.[Math.floor(simulation / step)];
    if (outcome === undefined) throw new Error(`simulation ${String(simulation)} of ${scenario.name} is missing`);
    return outcome;
  });
}

function runShare(share: SimulationShare): Promise<readonly Outcome[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./simulation-job.js', import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      // After a message this changes nothing.
      reject(new Error(`a thread of ${share.scenario.name} ended with ${String(code)} and no answer`));
    });
  });
}
