import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { FoldFile } from '../../activities/ports/evaluation.js';
import type { ComparisonRequest } from '../../domain/gates/comparison.js';
import type { BlockKind } from '../../domain/statistics/block-bootstrap.js';
import type { Grouping, LabelledRows } from '../../domain/statistics/score-pass.js';
import { queryRow, queryRows } from './connection.js';
import { checkRows, createComparedTable, createDictionary, digestRows, ENTITY_BLOCKS } from './evaluation-table.js';

/** With more days than this, neighbouring days are resampled together: longer blocks are as valid, and sums stay small. */
const MAX_BLOCKS = 64;

/** The compared rows in memory, as numbers only. Where labels are numbers, `labels` says which are above zero. */
export interface ComparedRows extends LabelledRows {
  /** The labels as they are. */
  readonly outcomes: Float64Array;
  /** Whether some row weighs other than 1. */
  readonly isWeighted: boolean;
  /** What the blocks are: days where entities were asked for and the files name none. */
  readonly blockKind: BlockKind;
  readonly champion: Float32Array;
  readonly challenger: Float32Array;
  /** Index into the list of fold files. */
  readonly folds: Int32Array;
  readonly days: number;
  /** Days of each fold, in the order of the fold files. */
  readonly foldDays: readonly number[];
  readonly slices: readonly {
    readonly column: string;
    readonly values: readonly (string | null)[];
    readonly grouping: Grouping;
  }[];
  readonly rowsDigest: string;
}

/** Reads all folds, refuses rows that no honest comparison can use, and keeps what the statistics need. */
export async function loadComparedRows(
  connection: DuckDBConnection,
  { files, sliceColumns, labelKind, blocks: wanted }: ComparisonRequest & { readonly files: readonly FoldFile[] },
): Promise<ComparedRows> {
  await createComparedTable(connection, files, sliceColumns);
  const count = await checkRows(connection, labelKind);
  const dictionaries = [];
  for (const [index, column] of sliceColumns.entries()) {
    dictionaries.push({ column, values: await createDictionary(connection, index, column) });
  }
  const days = (await queryRows<{ day: number }>(connection, 'SELECT DISTINCT day FROM compared ORDER BY day')).map(
    (row) => row.day,
  );
  const facts = await queryRow<BlockFacts>(
    connection,
    `SELECT count(entity_block) = count(*) AS hasEntities, bool_or(weight <> 1) AS isWeighted FROM compared`,
  );
  const isWeighted = facts.isWeighted === true;
  const blockKind = wanted === 'entity' && facts.hasEntities ? 'entity' : 'day';
  const { weights, ...columns } = await readColumns(connection, {
    count,
    foldCount: files.length,
    days,
    sliceCount: sliceColumns.length,
    blockKind,
    // What is summed by block is no whole number then, so the order of adding would show.
    isOrdered: isWeighted || labelKind === 'regression',
  });
  return {
    ...columns,
    isWeighted,
    ...(isWeighted ? { weights } : {}),
    blockKind,
    slices: dictionaries.map(({ column, values }, index) => ({
      column,
      values,
      grouping: { codes: columns.sliceCodes[index] ?? new Int32Array(count).fill(-1), count: values.length },
    })),
    days: days.length,
    rowsDigest: await digestRows(connection, { labelKind, isWeighted }),
  };
}

interface BlockFacts {
  readonly hasEntities: boolean;
  /** Null without rows. */
  readonly isWeighted: boolean | null;
}

async function readColumns(
  connection: DuckDBConnection,
  args: {
    readonly count: number;
    readonly foldCount: number;
    readonly days: readonly number[];
    readonly sliceCount: number;
    readonly blockKind: BlockKind;
    readonly isOrdered: boolean;
  },
) {
  const { count, foldCount, days, sliceCount } = args;
  const byEntity = args.blockKind === 'entity';
  const blockCount = byEntity ? ENTITY_BLOCKS : Math.min(days.length, MAX_BLOCKS);
  const blockOfDay = new Map(days.map((day, index) => [day, Math.floor((index * blockCount) / days.length)]));
  const foldDays = Array.from({ length: foldCount }, () => new Set<number>());
  const columns = {
    labels: new Uint8Array(count),
    outcomes: new Float64Array(count),
    blocks: new Uint16Array(count),
    blockCount,
    weights: new Float64Array(count),
    champion: new Float32Array(count),
    challenger: new Float32Array(count),
    folds: new Int32Array(count),
    sliceCodes: Array.from({ length: sliceCount }, () => new Int32Array(count)),
  };
  const read = await forEachRow(
    connection,
    selectNumbers(sliceCount, args.isOrdered),
    (row, [fold, day, entity, weight, label, champion, challenger, ...codes]) => {
      columns.folds[row] = Number(fold);
      columns.blocks[row] = byEntity ? Number(entity) : (blockOfDay.get(Number(day)) ?? 0);
      columns.weights[row] = Number(weight);
      columns.outcomes[row] = Number(label);
      columns.labels[row] = Number(label) > 0 ? 1 : 0;
      columns.champion[row] = Number(champion);
      columns.challenger[row] = Number(challenger);
      codes.forEach((code, index) => columns.sliceCodes[index]?.fill(Number(code), row, row + 1));
      foldDays[Number(fold)]?.add(Number(day));
    },
  );
  // A result that ends early must not become evidence.
  if (read !== count) throw new Error(`read ${String(read)} of ${String(count)} compared rows`);
  return { ...columns, foldDays: foldDays.map((set) => set.size) };
}

/** In one order, if asked for: rows that tie in every number are interchangeable. */
function selectNumbers(sliceCount: number, isOrdered: boolean): string {
  const indexes = Array.from({ length: sliceCount }, (_, index) => String(index));
  const codes = indexes.map((index) => `, dictionary_${index}.code AS code_${index}`).join('');
  const joins = indexes
    .map(
      (index) => ` JOIN dictionary_${index} ON compared.slice_${index} IS NOT DISTINCT FROM dictionary_${index}.value`,
    )
    .join('');
  return `SELECT fold_index, day, entity_block, weight, label, champion, challenger${codes} FROM compared${joins}
    ${isOrdered ? 'ORDER BY ALL' : ''}`;
}

/** Visits a materialised result row by row; answers how many there were. */
async function forEachRow(
  connection: DuckDBConnection,
  sql: string,
  visit: (row: number, values: readonly DuckDBValue[]) => void,
): Promise<number> {
  const result = await connection.run(sql);
  let read = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return read;
    chunk.visitRows((values) => {
      visit(read, values);
      read += 1;
    });
  }
}
