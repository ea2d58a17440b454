import { chmod, readFile, writeFile } from 'node:fs/promises';

/** Changes a stored file in place, as nobody should. */
export async function tampered(file: string, edit: (text: string) => string): Promise<void> {
  await chmod(file, 0o644);
  const before = await readFile(file, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error(`${file} would stay the same`);
  await writeFile(file, after);
}
