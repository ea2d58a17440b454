/**
 * A training program that does what its parameters say: leaves a model that was made before (`model`, a path), or fails
 * in one of the ways a trainer can (`behaviour`).
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ readonly model: string, readonly behaviour?: string }} Params */
/** @typedef {{ readonly params: Params, readonly features: readonly string[], readonly outputDir: string }} TrainingRequest */

/** @type {unknown} */
const parsed = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const request = /** @type {TrainingRequest} */ (parsed);
const { model, behaviour } = request.params;

if (behaviour === 'exits') {
  console.error('the licence has expired');
  process.exit(3);
}
if (behaviour === 'hangs') setInterval(() => undefined, 1_000);
else leave();

function leave() {
  if (behaviour !== 'leaves-no-model') copyFileSync(model, join(request.outputDir, 'model.onnx'));
  const report = {
    metrics: { auc: 0.6 },
    importance: Object.fromEntries(request.features.map((name) => [name, 1])),
    libraryVersions: { node: process.versions.node },
    rows: { train: 1, validation: 1 },
  };
  writeFileSync(join(request.outputDir, 'report.json'), JSON.stringify(report));
}
