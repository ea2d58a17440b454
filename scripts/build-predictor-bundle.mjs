// Bundles the predictor process into one file: it starts for every scoring worker and must be ready in a moment, and
// loading a hundred small modules takes it longer than loading DuckDB.
import { rolldown } from 'rolldown';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const built = path.basename(root) === 'dist' ? path.dirname(root) : root;
const source = path.join(built, 'dist', 'adapters', 'predictor');

const bundle = await rolldown({
  input: { child: path.join(source, 'child.js'), 'orphan-watch': path.join(source, 'orphan-watch.js') },
  platform: 'node',
  // Native libraries stay where npm put them.
  external: ['@duckdb/node-bindings', /^onnxruntime-/],
});
await bundle.write({ dir: path.join(built, 'dist', 'predictor'), format: 'esm', cleanDir: true });
