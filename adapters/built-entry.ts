import { fileURLToPath } from 'node:url';
import path from 'node:path';

const here = path.dirname(fileURLToPath(import.meta.url));
/** The project's root, whether this file runs from `adapters/` or from `dist/adapters/`. */
const root = path.basename(path.dirname(here)) === 'dist' ? path.dirname(path.dirname(here)) : path.dirname(here);

/** Path of the compiled JavaScript of a source file, for starting it as a process of its own. */
export function builtEntry(sourcePath: string): string {
  return path.join(root, 'dist', sourcePath.replace(/\.ts$/, '.js'));
}

/** The project's root folder. */
export function projectRoot(): string {
  return root;
}
