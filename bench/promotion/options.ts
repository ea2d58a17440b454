import { parseArgs } from 'node:util';

/** What a person asked to be measured. */
export interface PromotionOptions {
  readonly json: boolean;
  readonly windows: number;
  readonly rowsPerWindow: number;
}

export const usage = `npm run bench -- promotion [options]
  --windows 30               daily publications that are rolled back
  --rows 100000              rows of each
  --json                     one JSON object on the standard output instead of a table`;

/** Throws with what was found and what is expected. */
export function readOptions(args: readonly string[]): PromotionOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      windows: { type: 'string', default: '30' },
      rows: { type: 'string', default: '100000' },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    json: values.json,
    windows: positive('--windows', values.windows),
    rowsPerWindow: positive('--rows', values.rows),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${name}: found ${text}, expected a whole number above zero`);
}
