import { join } from 'node:path';
import type { FoldFile } from '../../activities/ports/evaluation.js';
import type { ComparedSide, ComparisonRequest } from '../../domain/gates/comparison.js';
import { seededRandom } from '../../domain/statistics/random.js';
import { writeParquet } from './parquet.js';

/** One labelled row scored by both sides: row key, day, label, champion, challenger, origin. */
export type ScoredRow = readonly [string, string, number, number, number, string | null];

export const foldColumns = [
  { name: 'row_key', type: 'VARCHAR' },
  { name: 'block', type: 'DATE' },
  { name: 'label', type: 'DOUBLE' },
  { name: 'champion', type: 'FLOAT' },
  { name: 'challenger', type: 'FLOAT' },
  { name: 'origin', type: 'VARCHAR' },
] as const;

/** Rows of one day whose champion scores are all distinct and whose challenger scores have many ties. */
export function makeDay(day: string, rows: number, seed: number): ScoredRow[] {
  const random = seededRandom(seed);
  return Array.from({ length: rows }, (_, index): ScoredRow => {
    const champion = (Math.floor(random() * 1000) * 1000 + seed * 40 + index) / 1_000_000;
    const challenger = Math.round((0.7 * champion + 0.3 * random()) * 100) / 100;
    const label = random() < 0.1 + 0.5 * champion ? 1 : 0;
    return [`${day}-${String(index)}`, day, label, champion, challenger, ['ATL', 'LAX', 'ORD'][index % 3] ?? null];
  });
}

/** Consecutive days from 1 April 2001, cut into folds of `daysPerFold`. */
export function makeFolds(args: { folds: number; daysPerFold: number; rowsPerDay: number }): ScoredRow[][] {
  return Array.from({ length: args.folds }, (_, fold) =>
    Array.from({ length: args.daysPerFold }, (_day, day) => {
      const index = fold * args.daysPerFold + day;
      return makeDay(`2001-04-${String(index + 1).padStart(2, '0')}`, args.rowsPerDay, index + 1);
    }).flat(),
  );
}

/** The same rows with weights, or numbers for labels, or both: what stands in the fold files instead. */
export interface RowChanges {
  readonly weight?: (row: ScoredRow, index: number) => number;
  readonly label?: (row: ScoredRow, index: number) => number;
}

/** Writes each fold to its own file, changed row by row. */
export async function writeChangedFolds(
  folder: string,
  name: string,
  folds: readonly ScoredRow[][],
  { weight, label }: RowChanges,
): Promise<FoldFile[]> {
  const columns = weight === undefined ? foldColumns : [...foldColumns, { name: 'weight', type: 'DOUBLE' }];
  const files = folds.map((_, fold) => ({ fold, path: join(folder, `${name}-${String(fold)}.parquet`) }));
  for (const [index, file] of files.entries()) {
    const rows = (folds[index] ?? []).map((row, place) => {
      const [key, day, old, ...rest] = row;
      return [key, day, label?.(row, place) ?? old, ...rest, ...(weight === undefined ? [] : [weight(row, place)])];
    });
    await writeParquet(file.path, columns, rows);
  }
  return files;
}

/** Writes each fold to its own file. */
export async function writeFolds(folder: string, name: string, folds: readonly ScoredRow[][]): Promise<FoldFile[]> {
  const files = folds.map((_, fold) => ({ fold, path: join(folder, `${name}-${String(fold)}.parquet`) }));
  for (const [index, file] of files.entries()) await writeParquet(file.path, foldColumns, folds[index] ?? []);
  return files;
}

export function comparedSide(overrides: Partial<ComparedSide> = {}): ComparedSide {
  return { modelDigest: 'a'.repeat(64), label: 'flights v1', kind: 'onnx', decisionThreshold: 0.5, ...overrides };
}

export function comparisonRequest(
  files: readonly FoldFile[],
  overrides: Partial<ComparisonRequest> = {},
): ComparisonRequest & { readonly files: readonly FoldFile[] } {
  return {
    champion: comparedSide(),
    challenger: comparedSide({ modelDigest: 'b'.repeat(64), label: 'flights v2', decisionThreshold: 0.45 }),
    folds: files.map(({ fold }) => ({
      fold,
      window: {
        start: `2001-04-0${String(fold + 1)}T00:00:00.000Z`,
        end: `2001-04-0${String(fold + 2)}T00:00:00.000Z`,
      },
    })),
    sliceColumns: ['origin'],
    sliceMetrics: [],
    labelKind: 'binary',
    topShare: 0.1,
    value: null,
    reuse: 1,
    blocks: 'day',
    replicates: 500,
    confidence: 0.9,
    seed: 1,
    files,
    ...overrides,
  };
}
