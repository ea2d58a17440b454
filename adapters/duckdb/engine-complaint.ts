/** What the engine says of a Parquet file's ends, in words for whoever delivers the file. */
const PLAIN: readonly (readonly [complaint: RegExp, meaning: string])[] = [
  [/No magic bytes/i, 'it does not end as a Parquet file does: it was cut short, or is a file of another format'],
  [/too small to be a Parquet/i, 'it has too few bytes for a Parquet file: it is empty or was cut short'],
];

/** Sentences of a complaint beyond these are options and dumps of the engine's own. */
const MOST_LINES = 3;

/**
 * A complaint of the engine about a source, without the statement it was running: that statement is ours, and says
 * nothing to whoever has to mend the source.
 */
export function complaintOf(error: Error): string {
  const plain = PLAIN.find(([complaint]) => complaint.test(error.message));
  if (plain !== undefined) return plain[1];
  const [said = ''] = error.message.split(/\s*LINE \d+:/);
  return said
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, MOST_LINES)
    .join(' ')
    .replace(/^(?:[A-Z][A-Za-z ]* Error: )+/, '')
    .trim();
}
