import { parseArgs } from 'node:util';
import { modelNames } from './models.js';
import { rowsPerPart } from './row-shape.js';

const sectionNames = [...modelNames, 'kernel', 'growth', 'pipeline'] as const;
export type SectionName = (typeof sectionNames)[number];

/** What a person asked to be measured. */
export interface ScoringOptions {
  readonly sections: readonly SectionName[];
  /** Sizes asked for; null for those of the targets. */
  readonly rows: readonly number[] | null;
  /** Counted repetitions of each design. */
  readonly runs: number;
  /** Spark for every model, not for the trees alone. */
  readonly spark: boolean;
  /** Ids of the only designs to run; null for all. */
  readonly designs: readonly string[] | null;
  readonly json: boolean;
  readonly chartPath: string;
  /** Longest wait for a quiet machine before each run. */
  readonly quietSeconds: number;
}

export const usage = `npm run bench -- scoring [options]
  --only lr,mlp,gbt,kernel,growth,pipeline  sections (default lr,mlp,gbt,kernel)
  --rows 3000000,30000000    sizes, multiples of ${String(rowsPerPart)} (default 3 M for all models, 30 M for lr and mlp)
  --growth                   also our own job from 1 M to 100 M rows
  --pipeline                 also a whole orchestrated run, and one that is killed
  --spark                    Spark for every model (default: the trees, where Java is present)
  --designs ours,duckdb-2x1  only these (ours is always among them)
  --runs 3                   counted repetitions
  --quiet-seconds 180        longest wait for a quiet machine before each run
  --chart FILE               where the chart goes (default .gauntlet/bench-scoring.html)
  --json                     one JSON object on the standard output instead of tables`;

/** Throws with what was found and what is expected. */
export function readOptions(args: readonly string[]): ScoringOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rows: { type: 'string' },
      designs: { type: 'string' },
      runs: { type: 'string', default: '3' },
      growth: { type: 'boolean', default: false },
      pipeline: { type: 'boolean', default: false },
      spark: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      chart: { type: 'string', default: '.gauntlet/bench-scoring.html' },
      'quiet-seconds': { type: 'string', default: '180' },
    },
  });
  const only = (values.only ?? [...modelNames, 'kernel'].join(',')).split(',').map(readSection);
  const extra: SectionName[] = [
    ...(values.growth ? (['growth'] as const) : []),
    ...(values.pipeline ? (['pipeline'] as const) : []),
  ];
  return {
    sections: [...new Set([...only, ...extra])],
    rows: values.rows?.split(',').map(readRows) ?? null,
    runs: readCount('--runs', values.runs, 1),
    spark: values.spark,
    designs: values.designs?.split(',') ?? null,
    json: values.json,
    chartPath: values.chart,
    quietSeconds: readCount('--quiet-seconds', values['quiet-seconds'], 0),
  };
}

function readSection(text: string): SectionName {
  const section = sectionNames.find((name) => name === text);
  if (section === undefined) throw new RangeError(`--only: found ${text}, expected some of ${sectionNames.join(',')}`);
  return section;
}

function readRows(text: string): number {
  const rows = readCount('--rows', text, rowsPerPart);
  if (rows % rowsPerPart !== 0) {
    throw new RangeError(`--rows: found ${text}, expected a multiple of ${String(rowsPerPart)}, for example 3000000`);
  }
  return rows;
}

function readCount(option: string, text: string, minimum: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= minimum) return value;
  throw new RangeError(`${option}: found ${text}, expected a whole number from ${String(minimum)}`);
}
