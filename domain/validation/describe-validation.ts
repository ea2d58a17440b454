import type { SnapshotManifest } from '../snapshot.js';

/** What a person has to know of a snapshot's validation besides the grounds of a stop, in short lines. */
export function describeValidation({
  validation,
  quarantine,
}: Pick<SnapshotManifest, 'validation' | 'quarantine'>): readonly string[] {
  if (quarantine === null) return validation.warnings;
  const rows = quarantine.rows === 1 ? '1 row is' : `${quarantine.rows.toLocaleString('en-US')} rows are`;
  return [...validation.warnings, `${rows} in ${quarantine.file.path}`];
}
