import { parseArgs } from 'node:util';

/** What a person asked to be measured. */
export interface EvidenceOptions {
  readonly json: boolean;
  readonly seed: number;
  /** Backtests that each rate is a share of. */
  readonly simulations: number;
  /** Backtests of the size of a real one, which take 40 times as long. */
  readonly largeSimulations: number;
  /** Rows that the AUC is resampled over. */
  readonly replicateRows: number;
  /** Rows that metrics are measured on. */
  readonly metricsRows: number;
}

export const usage = `npm run bench -- evidence [options]
  --seed 20010401            of the simulated rows
  --quick                    a tenth of the simulations: rates are then known to a few percent only
  --json                     one JSON object on the standard output instead of a table`;

/** Throws with what was found and what is expected. */
export function readOptions(args: readonly string[]): EvidenceOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '20010401' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed: found ${values.seed}, expected a whole number`);
  return values.quick
    ? { json: values.json, seed, simulations: 200, largeSimulations: 20, replicateRows: 100_000, metricsRows: 500_000 }
    : {
        json: values.json,
        seed,
        simulations: 2_000,
        largeSimulations: 200,
        replicateRows: 1_000_000,
        metricsRows: 5_000_000,
      };
}
