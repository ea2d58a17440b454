import type { Problem } from './failure-types.js';

export interface SourceColumn {
  readonly name: string;
  readonly type: string;
}

/** The columns of one source. Their order has no meaning. */
export interface SourceSchema {
  readonly name: string;
  readonly columns: readonly SourceColumn[];
}

/** What is different between the columns a pipeline was accepted with and those its sources have now. */
export interface SchemaDrift {
  /** New columns: worth knowing, since the SQL may use `*`, but nothing that was accepted is affected. */
  readonly warnings: readonly string[];
  /** Columns that are gone or of another type: what was accepted is no longer what is read. */
  readonly problems: readonly Problem[];
}

/**
 * Compares schemas by the names of sources and columns. A source that only one of them has is not compared: the
 * definition names its sources, and a change of it begins with a schema of its own.
 */
export function compareSchemas(accepted: readonly SourceSchema[], found: readonly SourceSchema[]): SchemaDrift {
  const warnings: string[] = [];
  const problems: Problem[] = [];
  for (const { name, columns } of found) {
    const before = accepted.find((source) => source.name === name);
    if (before === undefined) continue;
    const was = typesOf(before.columns);
    const is = typesOf(columns);
    for (const column of columns.filter((one) => !was.has(keyOf(one.name)))) {
      warnings.push(`source ${name} has a new column ${column.name} ${column.type}`);
    }
    for (const column of before.columns) {
      const now = is.get(keyOf(column.name));
      if (now === column.type) continue;
      problems.push({
        field: `dataset.sources.${name}.${column.name}`,
        found: now ?? 'no such column',
        expected: `${column.type}, as accepted`,
      });
    }
  }
  return { warnings: warnings.sort(), problems };
}

/** The engine does not tell names apart by their case, so neither does this. */
function typesOf(columns: readonly SourceColumn[]): ReadonlyMap<string, string> {
  return new Map(columns.map(({ name, type }) => [keyOf(name), type]));
}

function keyOf(name: string): string {
  return name.toLowerCase();
}
