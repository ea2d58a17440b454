import path from 'node:path';
import type { EvaluatedFold, EvidencePlan, EvidenceServices } from '../../activities/evidence/evidence-plan.js';
import { evaluateOneFold } from '../../activities/evidence/evaluate-fold.js';
import type { ProbeJob } from '../../activities/evidence/measure-probe.js';
import type { ModelBundles } from '../../activities/ports/model-bundles.js';
import type { Registry } from '../../activities/ports/registry.js';
import { createEvaluator } from '../../adapters/duckdb/evaluation.js';
import { createProber } from '../../adapters/duckdb/prober.js';
import { sha256Hex } from '../../contracts/digest.js';
import type { ModelManifest } from '../../domain/model-bundle.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { PipelineDefinition } from '../../domain/pipeline-definition.js';
import { pipeline } from './ledger.js';
import { order, type Order } from './orders.js';
import { RealScoring } from './real-scoring.js';

/** Days of the folds, all behind the window that the models are said to be trained on. */
export const foldDays = ['2024-02-05', '2024-02-06', '2024-02-07'];

/** Days with orders: those of the window that can be scored and of the folds, and one around each. */
export const sourceDays = ['2024-01-04', '2024-01-05', '2024-01-06', '2024-02-04', ...foldDays, '2024-02-08'];

/** A number from 0 to 1 that depends on its name alone. */
export function fixedNumber(name: string): number {
  return Number.parseInt(sha256Hex(name).slice(0, 8), 16) / 0xffffffff;
}

const colours = ['red', 'blue', 'green', ''] as const;

/** Orders of a day: amounts all different, returned the likelier the larger. */
export function dayOfOrders(day: string, count: number): readonly Order[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `${day}-${String(index).padStart(5, '0')}`;
    const amount = Math.round(40_000 * fixedNumber(`amount ${id}`)) / 1000 + index / 1e6;
    const returned = fixedNumber(`returned ${id}`) < amount / 50 ? '1' : '0';
    const colour = colours[Math.floor(fixedNumber(`colour ${id}`) * colours.length)] ?? '';
    return order({ id, day, amount: String(amount), colour, returned });
  });
}

/** Folds of orders that two real models scored, and all that a probe works with. */
export interface ProbedOrders {
  readonly scoring: RealScoring;
  readonly services: EvidenceServices;
  readonly folds: readonly EvaluatedFold[];
  readonly challenger: ModelRef;
  readonly champion: ModelRef;
  /** What a probe is asked, of this plan unless something else is given. */
  job(changes?: Partial<EvidencePlan>, definition?: Partial<PipelineDefinition>): ProbeJob;
  remove(): Promise<void>;
}

/** Challenger is `a`, champion is `b`. `ordersADay` orders in each fold; the definition may be changed before they are built. */
export async function probeOrders(
  ordersADay: number,
  change: (definition: PipelineDefinition) => PipelineDefinition = (definition) => definition,
): Promise<ProbedOrders> {
  const scoring = await RealScoring.create(sourceDays.flatMap((day) => dayOfOrders(day, ordersADay)));
  const services = evidenceServices(scoring);
  scoring.world.definitions.current = change(scoring.world.definitions.current);
  const { models } = await scoring.world.state();
  const [challenger, champion] = [refOf(models, scoring.models.a), refOf(models, scoring.models.b)];
  const { definition, digest } = await scoring.world.definitions.load();
  const plan: EvidencePlan = {
    pipeline,
    definitionDigest: digest,
    kind: 'promotion',
    asOf: '2024-06-01T00:00:00.000Z',
    decisionEpoch: 2,
    challenger,
    champion,
    folds: foldDays.map((day, index) => ({ index, window: windowOfDay(day) })),
    reason: 'a test',
    at: '2024-06-01T00:00:00.000Z',
  };
  const quiet = { signal: new AbortController().signal, report: () => undefined };
  const folds = await Promise.all(plan.folds.map((fold) => evaluateOneFold(services, { plan, fold, ...quiet })));
  return {
    scoring,
    services,
    folds,
    challenger,
    champion,
    job: (changes = {}, changed = {}) => ({
      plan: { ...plan, ...changes },
      definition: { ...definition, ...changed },
      folds,
      ...quiet,
    }),
    remove: () => scoring.remove(),
  };
}

function evidenceServices(scoring: RealScoring): EvidenceServices {
  const tempDirectory = path.join(scoring.world.store.root, 'spill');
  return {
    ...scoring.services(),
    evaluator: createEvaluator({ tempDirectory, threads: 1, memoryLimitMb: 256 }),
    prober: createProber({ tempDirectory, memoryLimitMb: 256 }),
    renderer: { renderHtml: rendersNothing, renderCard: rendersNothing },
    // No probe asks the registry.
    registry: {} as Registry,
  };
}

/** The same services, but every bundle's manifest says something else. */
export function withManifest(services: EvidenceServices, changes: Partial<ModelManifest>): EvidenceServices {
  const real = services.bundles;
  const open = async (modelDigest: string) => {
    const bundle = await real.open(modelDigest);
    return { ...bundle, manifest: { ...bundle.manifest, ...changes } };
  };
  const bundles: ModelBundles = {
    open,
    profile: (modelDigest) => real.profile(modelDigest),
    outputName: (modelDigest) => real.outputName(modelDigest),
    sampleInputs: (modelDigest, rows) => real.sampleInputs(modelDigest, rows),
    assemble: (material) => real.assemble(material),
  };
  return { ...services, bundles };
}

function refOf(models: ReadonlyMap<string, { readonly model: ModelRef }>, digest: string): ModelRef {
  const found = models.get(digest)?.model;
  if (found === undefined) throw new Error(`no model ${digest}`);
  return found;
}

function windowOfDay(day: string) {
  const start = `${day}T00:00:00.000Z`;
  return { start, end: new Date(Date.parse(start) + 86_400_000).toISOString() };
}

function rendersNothing(): Promise<never> {
  return Promise.reject(new Error('a probe renders nothing'));
}
