import { equal, hashOf, listFiles, must, readBytes, readJson, readNamed } from './bundle-files.js';
import { modelOf, partsOf, type Told } from './bundle-ledger.js';

interface Manifest {
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

export function verifyDefinition(told: Told) {
  const { modelDigest } = modelOf(partsOf(told).opened);
  const registered = told.records.find(({ event }) => event.model?.modelDigest === modelDigest);
  const digest = registered?.event.definitionDigest ?? '?';
  readNamed(`definitions/${digest}/definition.json`, digest);
  return { says: `the model was made with definition ${digest}` };
}

/** A model's digest is that of the hashes of the three files that make it what it is, as canonical JSON. */
export function verifyModel(told: Told) {
  const { modelDigest } = modelOf(partsOf(told).opened);
  const place = `models/${modelDigest}`;
  const { files } = readJson(`${place}/manifest.json`) as Manifest;
  const hashes = new Map(files.map(({ name, sha256 }) => [name, sha256]));
  const names = ['dictionary.json', 'features.json', 'model.onnx'];
  const identity = JSON.stringify(Object.fromEntries(names.map((name) => [name, hashes.get(name)])));
  equal(hashOf(identity), modelDigest, 'digest of the model, from its manifest');
  const included = listFiles().filter((file) => file.startsWith(`${place}/`) && !file.endsWith('/manifest.json'));
  for (const file of included) equal(hashOf(readBytes(file)), hashes.get(file.slice(place.length + 1)), file);
  if (included.length === 0)
    return { says: `its manifest gives the digest ${modelDigest}; its files are not included` };
  const missing = files.filter(({ name }) => !included.includes(`${place}/${name}`)).map(({ name }) => name);
  must(missing.length === 0, `files of the model that are not here: ${missing.join(', ')}`);
  return { says: `its ${String(included.length)} files give the digest ${modelDigest}` };
}
