import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentFailure } from '../../domain/failure-types.js';
import { generatedNames } from './model-files.js';

export interface BundleFile {
  readonly name: string;
  readonly file: string;
  readonly sizeBytes: number;
}

/** The files of a bundle by name. Throws MODEL_MISSING without model.onnx, and refuses names that MLflow's files have. */
export async function listBundleFiles(modelDir: string): Promise<readonly BundleFile[]> {
  const names = (await readFolder(modelDir)).sort();
  const clashes = names.filter((name) => generatedNames.some((generated) => generated === name));
  if (!names.includes('model.onnx') || clashes.length > 0) {
    throw new PermanentFailure('MODEL_MISSING', `the folder ${modelDir} is not a model bundle`, {
      problems: [
        ...(names.includes('model.onnx') ? [] : [{ field: 'model.onnx', found: 'nothing', expected: 'the model' }]),
        ...clashes.map((name) => ({
          field: name,
          found: 'a file',
          expected: 'nothing: the registry writes this file',
        })),
      ],
      example: 'model.onnx, dictionary.json, features.json, manifest.json',
    });
  }
  return Promise.all(
    names.map(async (name) => {
      const file = join(modelDir, name);
      return { name, file, sizeBytes: (await stat(file)).size };
    }),
  );
}

async function readFolder(modelDir: string): Promise<string[]> {
  try {
    const entries = await readdir(modelDir, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
