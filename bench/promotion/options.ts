import { parseArgs } from 'node:util';

/** What a person asked to be measured. */
export interface PromotionOptions {
  readonly json: boolean;
  readonly parts: readonly PromotionPart[];
  readonly windows: number;
  readonly rowsPerWindow: number;
  /** Simulated rollouts of each kind. */
  readonly rollouts: number;
  readonly seed: number;
}

const parts = ['rollback', 'sequential'] as const;
export type PromotionPart = (typeof parts)[number];

export const usage = `npm run bench -- promotion [options]
  --only rollback,sequential what is measured; both unless told otherwise
  --windows 30               daily publications that are rolled back
  --rows 100000              rows of each
  --rollouts 4000            simulated rollouts of each kind
  --seed 20011               of the simulation
  --quick                    5 windows of 20000 rows, 1000 rollouts: whether it runs, not how fast it is
  --json                     one JSON object on the standard output instead of a table`;

/** Throws with what was found and what is expected. */
export function readOptions(args: readonly string[]): PromotionOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: parts.join(',') },
      windows: { type: 'string' },
      rows: { type: 'string' },
      rollouts: { type: 'string' },
      seed: { type: 'string', default: '20011' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [windows, rows, rollouts] = values.quick ? ['5', '20000', '1000'] : ['30', '100000', '4000'];
  return {
    json: values.json,
    parts: values.only.split(',').map(partOf),
    windows: positive('--windows', values.windows ?? windows),
    rowsPerWindow: positive('--rows', values.rows ?? rows),
    rollouts: positive('--rollouts', values.rollouts ?? rollouts),
    seed: positive('--seed', values.seed),
  };
}

function partOf(text: string): PromotionPart {
  const part = parts.find((known) => known === text);
  if (part === undefined)
    throw new Error(`--only: found ${text}, expected ${parts.join(' or ')}, or both with a comma`);
  return part;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${name}: found ${text}, expected a whole number above zero`);
}
