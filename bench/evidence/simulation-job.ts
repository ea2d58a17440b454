import { parentPort, workerData } from 'node:worker_threads';
import { judgeRows, type Outcome } from './simulated-judgement.js';
import { simulateRows } from './simulated-rows.js';
import type { SimulationShare } from './simulations.js';

/** A thread of the evidence bench. */
const { scenario, first, step } = workerData as SimulationShare;
const outcomes: Outcome[] = [];
for (let simulation = first; simulation < scenario.simulations; simulation += step) {
  const rows = simulateRows(scenario.world, scenario.truth, simulation);
  outcomes.push(judgeRows(rows, scenario));
}
parentPort?.postMessage(outcomes);
