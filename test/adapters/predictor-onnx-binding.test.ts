import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Tensor } from 'onnxruntime-node';
import { binding, initOrt } from 'onnxruntime-node/dist/binding.js';
import { describe, expect, it } from 'vitest';
import { logisticModel } from '../support/onnx-models.js';

const manifestPath = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
const installed = JSON.parse(readFileSync(manifestPath, 'utf8')) as { version: string };

describe('the private binding of ONNX Runtime', () => {
  it('is the version that it was tried with', () => {
    expect(installed.version).toBe('1.30.0');
  });

  it('loads bytes, tells its signature in numbers and runs without a promise', () => {
    initOrt();
    const loaded = new binding.InferenceSession();
    const bytes = Uint8Array.from(logisticModel([1, -2], 0.5));
    loaded.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, { intraOpNumThreads: 1 });
    expect(loaded.inputMetadata).toMatchObject([{ name: 'x', isTensor: true, type: 1, shape: [-1, 2] }]);
    expect(loaded.outputMetadata).toMatchObject([{ name: 'score', isTensor: true, type: 1, shape: [-1] }]);
    const input = new Tensor('float32', Float32Array.from([1, 0.75, 3, 1]), [2, 2]);
    const scores = loaded.run({ x: input }, { score: null }, {})['score'];
    expect(scores?.data).toBeInstanceOf(Float32Array);
    const [first, second] = scores?.data as Float32Array;
    expect(first).toBe(0.5);
    expect(second).toBeCloseTo(1 / (1 + Math.exp(-1.5)), 6);
    loaded.dispose();
  });
});
