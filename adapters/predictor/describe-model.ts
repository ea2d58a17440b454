import path from 'node:path';
import type { ScoringModel } from '../../activities/ports/scorer.js';
import { openBundle } from '../model-bundle/model-bundle.js';
import { listEncodedFeatures } from './encoding.js';
import type { ChildModel } from './protocol.js';

/** Verifies the bundle before anything of it is used. */
export async function describeModel(model: ScoringModel, index: number): Promise<ChildModel> {
  if (model.kind === 'baseline') return model;
  const bundle = await openBundle(model.bundlePath, model.modelDigest);
  return {
    kind: 'onnx',
    label: `models[${String(index)}] ${model.modelDigest.slice(0, 12)}`,
    modelPath: path.resolve(bundle.modelPath),
    features: listEncodedFeatures(bundle.features, bundle.dictionary),
    proof: {
      identity: model.modelDigest,
      goldenPath: path.resolve(bundle.goldenPath),
      kernelPath: bundle.kernelPath === null ? null : path.resolve(bundle.kernelPath),
    },
  };
}
