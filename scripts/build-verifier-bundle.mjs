// Bundles the program that goes along with an exported promotion into one file, readable as it is: whoever gets the
// promotion runs it with nothing but Node.js, and may want to read it first.
import { rolldown } from 'rolldown';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const built = path.basename(root) === 'dist' ? path.dirname(root) : root;

const bundle = await rolldown({
  input: { verify: path.join(built, 'dist', 'adapters', 'promotion-bundle', 'verify.js') },
  platform: 'node',
});
await bundle.write({ dir: path.join(built, 'dist', 'promotion-bundle'), format: 'esm', cleanDir: true });
