import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson, digestOf, sha256Hex } from '../../contracts/digest.js';
import type { LedgerEvent } from '../../domain/ledger/events.js';
import type { ChainedRecord } from '../../domain/ledger/state.js';
import type { ActivityWorld } from './activity-world.js';
import { passingReport } from './gate-reports.js';
import { digest, LedgerBuilder, model, pipeline } from './ledger.js';
import { writeBundle } from './model-bundles.js';
import { logisticModel } from './onnx-models.js';
import { rollingOut } from './splits.js';

/** Weights of amount and colour, and the bias. */
const weights = { a: [0.05, 0.2, -1], b: [0.04, 0.3, -0.8], c: [0.06, -0.4, -0.9] } as const;
type Letter = keyof typeof weights;

/** What a model of the orders has as inputs. Any other colour has the code 2. */
const features = [
  { name: 'amount', kind: 'numeric' },
  { name: 'colour', kind: 'categorical' },
] as const;
const dictionary = { colour: ['blue', 'red'] };

/** The score of model `a`, `b` or `c` by hand. */
export function scoreByHand(letter: Letter, amount: number, colourCode: number): number {
  const [perAmount, perColour, bias] = weights[letter];
  return 1 / (1 + Math.exp(-(perAmount * amount + perColour * colourCode + bias)));
}

/**
 * Puts two small logistic regressions into the store, and the story of their promotions into the ledger, with all the
 * evidence that verification asks for: first `a` becomes champion, then `b`.
 */
export async function registerRealModels(
  world: ActivityWorld,
  trainingSnapshot: string,
): Promise<Readonly<Record<'a' | 'b', string>>> {
  const models = { a: await storeModel(world, 'a'), b: await storeModel(world, 'b') };
  const story = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b');
  const real = new Map([
    [model('a').modelDigest, models.a],
    [model('b').modelDigest, models.b],
    [digest('snapshot a'), trainingSnapshot],
    [digest('snapshot b'), trainingSnapshot],
    [digest('report p1'), await storeReport(world, null, models.a)],
    [digest('report p2'), await storeReport(world, models.a, models.b)],
    [digest('definition'), await storeDefinition(world)],
  ]);
  await tell(world, story.records, real);
  return models;
}

/** Puts a third one into the store, and into the ledger a promotion that was approved and whose rollout can begin. */
export async function registerRealChallenger(
  world: ActivityWorld,
  { b, trainingSnapshot }: { readonly b: string; readonly trainingSnapshot: string },
): Promise<string> {
  const c = await storeModel(world, 'c');
  const before = new LedgerBuilder().promote('p1', null, 'a').promote('p2', 'a', 'b').records.length;
  const real = new Map([
    [model('b').modelDigest, b],
    [model('c').modelDigest, c],
    [digest('snapshot c'), trainingSnapshot],
    [digest('report p3'), await storeReport(world, b, c, 2)],
    [digest('definition'), await storeDefinition(world)],
  ]);
  await tell(world, rollingOut('c').records.slice(before), real);
  return c;
}

/** Appends a story's events with real digests in the place of those of the story. */
async function tell(
  world: ActivityWorld,
  story: readonly ChainedRecord[],
  real: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { record } of story) {
    const text = [...real].reduce((event, [from, to]) => event.replaceAll(from, to), JSON.stringify(record.event));
    await world.append(JSON.parse(text) as LedgerEvent, record.recordId, record.at);
  }
}

async function storeModel({ store }: ActivityWorld, letter: Letter): Promise<string> {
  const [perAmount, perColour, bias] = weights[letter];
  const profile = { rows: 100, numeric: {}, categorical: {}, scores: { mean: 0.5, cuts: [0.5], shares: [0.5, 0.5] } };
  const { bundlePath, modelDigest } = await writeBundle(path.join(store.root, `bundle-${letter}`), {
    model: logisticModel([perAmount, perColour], bias),
    features,
    dictionary,
    golden: [10, 20].map((amount) => [amount, 1, scoreByHand(letter, amount, 1)]),
    extraFiles: { 'profile.json': new TextEncoder().encode(JSON.stringify(profile)) },
  });
  await mkdir(path.join(store.root, 'models'), { recursive: true });
  await rename(bundlePath, path.join(store.root, 'models', modelDigest));
  return modelDigest;
}

/** Stands for a definition that the models were made with: verification looks at its digest alone. */
async function storeDefinition({ store }: ActivityWorld): Promise<string> {
  const definition = '{}';
  await store.createIfAbsent(`definitions/${sha256Hex(definition)}/definition.json`, definition);
  return sha256Hex(definition);
}

async function storeReport(
  { store }: ActivityWorld,
  champion: string | null,
  challenger: string,
  decisionEpoch = champion === null ? 0 : 1,
): Promise<string> {
  const passing = passingReport(
    champion === null ? null : { modelDigest: champion, registeredName: pipeline },
    { modelDigest: challenger, registeredName: pipeline },
    'notWorse(auc)',
  );
  const report = { ...passing, decisionEpoch };
  await store.createIfAbsent(`reports/${digestOf(report)}/report.json`, canonicalJson(report));
  return digestOf(report);
}
