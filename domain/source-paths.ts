/** How a source's path is written and read: single files, globs, folders, and the `key=value` folders of partitions. */

export type SourceFormat = 'parquet' | 'csv' | 'duckdb';

/** The partition values of a file by column; null where the folder says that the value is missing. */
export type Partitions = Readonly<Record<string, string | null>>;

/** What Hive, Spark and others call the folder of a missing value. */
const MISSING_VALUE = '__HIVE_DEFAULT_PARTITION__';

/** `s3://` paths name objects rather than files of this machine. */
export function isRemotePath(path: string): boolean {
  return /^s3:\/\//i.test(path);
}

export function isGlob(path: string): boolean {
  return /[*?[\]]/.test(path);
}

/** The format that a path's ending tells; Parquet when it tells none, as for a folder or a glob. */
export function formatOfPath(path: string): SourceFormat {
  if (/\.csv(\.gz)?$/i.test(path)) return 'csv';
  return /\.(duckdb|ddb)$/i.test(path) ? 'duckdb' : 'parquet';
}

/** The folder that a glob begins in, which has no wildcard in it, and the pattern below it. */
export function splitGlob(path: string): { readonly folder: string; readonly pattern: string } {
  const parts = path.split('/');
  const first = parts.findIndex(isGlob);
  const at = first === -1 ? parts.length - 1 : first;
  return {
    folder: parts.slice(0, at).join('/') || (path.startsWith('/') ? '/' : '.'),
    pattern: parts.slice(at).join('/'),
  };
}

/** Whether a name below the glob's folder matches: `*` and `?` stay within a part, `**` stands for any number of parts. */
export function matchesGlob(name: string, pattern: string): boolean {
  return matchesParts(name.split('/'), pattern.split('/'));
}

function matchesParts(names: readonly string[], patterns: readonly string[]): boolean {
  const [pattern, ...rest] = patterns;
  if (pattern === undefined) return names.length === 0;
  if (pattern === '**') {
    return matchesParts(names, rest) || (names.length > 0 && matchesParts(names.slice(1), patterns));
  }
  const [name, ...others] = names;
  return name !== undefined && partPattern(pattern).test(name) && matchesParts(others, rest);
}

/** A part whose brackets are no choice of characters, such as one that is never closed, means itself. */
function partPattern(part: string): RegExp {
  const escaped = part
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  try {
    return new RegExp(`^${escaped.replaceAll('[!', '[^')}$`);
  } catch {
    return new RegExp(`^${part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
  }
}

/**
 * Whether a file below a folder is data of that format. Names that begin with `_` or `.` are markers and half-written
 * files by the custom of every tool that writes folders; a part such as `_month=1` is a partition all the same.
 */
export function isDataFile(name: string, format: SourceFormat): boolean {
  const parts = name.split('/');
  if (parts.some((part) => /^[._]/.test(part) && !part.includes('='))) return false;
  return format === 'csv' ? /\.csv(\.gz)?$/i.test(name) : /\.(parquet|parq|pq)$/i.test(name);
}

/** The values in a file's `key=value` folders, outermost first. */
export function partitionsOf(name: string): Partitions {
  const folders = name.split('/').slice(0, -1);
  const pairs = folders.flatMap((part) => {
    const at = part.indexOf('=');
    return at < 1 ? [] : [[part.slice(0, at), decodePart(part.slice(at + 1))] as const];
  });
  return Object.fromEntries(pairs);
}

function decodePart(text: string): string | null {
  if (text === MISSING_VALUE) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The type of a partition column: the narrowest that every value has. */
export function partitionType(values: readonly (string | null)[]): 'BIGINT' | 'DATE' | 'VARCHAR' {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return 'VARCHAR';
  if (known.every((value) => /^-?\d{1,18}$/.test(value))) return 'BIGINT';
  return known.every((value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)))
    ? 'DATE'
    : 'VARCHAR';
}
