// Bundles the workflows once at build time, so that a worker starts without running the bundler.
import { bundleWorkflowCode } from '@temporalio/worker';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const built = path.basename(root) === 'dist' ? path.dirname(root) : root;

const { code } = await bundleWorkflowCode({
  workflowsPath: path.join(built, 'dist/workflows/index.js'),
  workflowInterceptorModules: [path.join(built, 'dist/workflows/readable-payloads.js')],
});
await writeFile(path.join(built, 'dist/workflow-bundle.js'), code);
