import type { DuckDBConnection } from '@duckdb/node-api';
import { PermanentFailure } from '../../domain/failure-types.js';
import { complaintOf } from './engine-complaint.js';
import type { LoadedSource } from './source-files.js';
import { parquetScan } from './source-scans.js';

/** What the engine says of bytes that are not what their format promises. */
const DAMAGED =
  /No magic bytes|too small to be a Parquet|not a valid DuckDB|Corrupt database|decompress|checksum|Could not read enough bytes|TProtocol|Thrift|Invalid unicode|not utf-8|Failed to (read|deserialize)|don't know what type|Serialization Error|Invalid page|Invalid number of|out of buffer|Not enough (data|bytes)|storage version|newer version|older version|footer|Malformed|requires (a )?length|Could not read from file .*Invalid argument|Invalid (TOAST|file|string encoding)/i;
/**
 * What a decoder throws that the engine has no kind of error for: too many different sentences to name. A machine that
 * is short of something says so in the words of the system, and is not taken for it.
 */
const UNDECODABLE =
  /^Invalid Error: (?!.*(temporarily unavailable|allocate|No space left|Too many open files|Input\/output error))/i;
/** A text file whose lines do not have the form or the types of its columns. */
const BAD_TEXT = /CSV Error|Error when (sniffing|converting)/i;
const WHOLE_FILE = 'a whole file of its format; write or copy it again, then start again';
const GOOD_LINES = 'lines that have the form and types of the columns';
/** The field of a failure whose file is not known. */
const UNLOCATED = 'dataset.sources';
const MOST_FILES_READ = 200;
const LOCKED = /Conflicting lock|Could not set lock/i;

/**
 * What a failure of the engine says about a source, or null when it is about something else. A lock is no permanent
 * failure: whoever writes the database ends some time.
 */
export function sourceFailure(error: unknown, sources: readonly LoadedSource[]): Error | null {
  // Whoever ran the statement may have taken the engine's complaint for one about the SQL.
  const cause = error instanceof PermanentFailure ? error.cause : error;
  if (!(cause instanceof Error)) return null;
  const message = cause.message.split('\n').slice(0, 3).join(' ').trim();
  const where = findFile(cause.message, sources);
  if (LOCKED.test(message)) {
    const file = where === undefined ? 'a source' : `the source ${where.source}`;
    return new Error(`${file} is open for writing elsewhere; it can be read once it is closed: ${message}`, { cause });
  }
  if (BAD_TEXT.test(message) && !DAMAGED.test(message)) return failure('BAD_DATA', where, cause);
  const isDamaged = DAMAGED.test(message) || UNDECODABLE.test(message);
  return isDamaged ? failure('SOURCE_CORRUPT', where, cause) : null;
}

/** What a failure to open a source means: where the engine only reads its files, most complaints are about them. */
export function openFailure(error: unknown, source: LoadedSource): unknown {
  const known = sourceFailure(error, [source]);
  if (known !== null || !(error instanceof Error) || error instanceof PermanentFailure) return known ?? error;
  if (!/^(Invalid|Serialization|INTERNAL|Binder|Conversion|Not implemented)/i.test(error.message)) return error;
  if (/^(Binder|Conversion)/.test(error.message)) {
    const found = complaintOf(error);
    const problems = [{ field: `dataset.sources.${source.name}`, found, expected: 'files that fit the definition' }];
    return new PermanentFailure('BAD_DATA', `The source ${source.name} cannot be used as it is.`, {
      problems,
      cause: error,
    });
  }
  const [file] = source.files;
  const where = source.files.length === 1 && file !== undefined ? { source: source.name, file: file.path } : undefined;
  return failure('SOURCE_CORRUPT', where ?? { source: source.name, file: source.definition.path }, error);
}

/**
 * A source's failure with its file, which is looked for by reading files whole where the engine does not say. Only a
 * build that has failed already pays for it.
 */
export async function locateFailure(
  connection: DuckDBConnection,
  error: unknown,
  sources: readonly LoadedSource[],
): Promise<unknown> {
  const known = sourceFailure(error, sources);
  if (!(known instanceof PermanentFailure) || known.problems[0]?.field !== UNLOCATED) return known ?? error;
  for (const source of sources.filter(({ definition }) => definition.format === 'parquet')) {
    for (const file of source.files.slice(0, MOST_FILES_READ)) {
      const alone = { ...source, files: [file] };
      // hash() is enough here: its value is thrown away, and every column has to be decoded for it.
      const read = connection.run(`SELECT bit_xor(hash(t)) FROM ${parquetScan(alone, false)} AS t`);
      const damage = await read.then(
        () => null,
        (cause: unknown) => sourceFailure(cause, [alone]),
      );
      if (damage !== null) return damage;
    }
  }
  return known;
}

function failure(
  type: 'BAD_DATA' | 'SOURCE_CORRUPT',
  where: { readonly source: string; readonly file: string } | undefined,
  cause: Error,
): PermanentFailure {
  const what = where === undefined ? 'A source' : `The source ${where.source}`;
  const isDamaged = type === 'SOURCE_CORRUPT';
  const headline = isDamaged ? `${what} is damaged.` : `${what} has lines that cannot be read.`;
  const field = where === undefined ? UNLOCATED : `dataset.sources.${where.source}`;
  const complaint = complaintOf(cause);
  const found = where === undefined || complaint.includes(where.file) ? complaint : `${where.file}: ${complaint}`;
  return new PermanentFailure(type, headline, {
    problems: [{ field, found, expected: isDamaged ? WHOLE_FILE : GOOD_LINES }],
    cause,
  });
}

/** The file a message names; the only one there is when it names none. */
function findFile(message: string, sources: readonly LoadedSource[]) {
  const files = sources.flatMap(({ name, files }) => files.map((file) => ({ source: name, file: file.path })));
  return files.find(({ file }) => message.includes(file)) ?? (files.length === 1 ? files[0] : undefined);
}
