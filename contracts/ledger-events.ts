import { z } from 'zod';
import { decisionRefusals } from '../domain/ledger/decision-events.js';
import { recordedRules } from '../domain/ledger/collection-events.js';
import { decayMetrics } from '../domain/monitoring/decay-policy.js';
import { registryFindings } from '../domain/ledger/registry-events.js';
import type { LedgerEvent } from '../domain/ledger/events.js';

const text = z.string();
const name = z.string().min(1);
const digest = z.string().min(1);
const count = z.int().nonnegative();
const verdict = z.enum(['pass', 'fail', 'inconclusive']);

/** An instant in UTC. */
export const instantSchema = z.iso.datetime();

const model = z.strictObject({ modelDigest: digest, registeredName: name, version: name });
const window = z.strictObject({ start: instantSchema, end: instantSchema });
const file = z.strictObject({ path: name, sha256: digest, bytes: count, rows: count.exactOptional() });

const modelRegistered = z.strictObject({
  type: z.literal('model-registered'),
  model,
  definitionDigest: digest,
  trainingSnapshotDigest: digest,
  trainingWindow: window,
  validationWindow: window,
  asOf: instantSchema,
  registryRunId: text,
});

const retrainDecided = z.strictObject({
  type: z.literal('retrain-decided'),
  asOf: instantSchema,
  decision: z.enum(['retrain', 'skip']),
  grounds: z.array(text),
});

const promotionOpened = z.strictObject({
  type: z.literal('promotion-opened'),
  promotionId: name,
  kind: z.enum(['bootstrap', 'promotion']),
  challenger: model,
});

const gatesEvaluated = z.strictObject({
  type: z.literal('gates-evaluated'),
  promotionId: name,
  reportDigest: digest,
  challengerDigest: digest,
  championDigest: digest.nullable(),
  decisionEpoch: count,
  verdict,
  checks: z.array(
    z.strictObject({
      name: text,
      mode: z.enum(['enforce', 'advise', 'observe']).exactOptional(),
      verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']),
      why: text,
    }),
  ),
  pages: z.array(file).exactOptional(),
  windows: z.array(window).exactOptional(),
  definitionDigest: digest.exactOptional(),
  validUntil: instantSchema,
});

const approvalRequested = z.strictObject({
  type: z.literal('approval-requested'),
  promotionId: name,
  reportDigest: digest,
  deadlineAt: instantSchema,
  quorum: count.exactOptional(),
});

const approvalNotified = z.strictObject({
  type: z.literal('approval-notified'),
  promotionId: name,
  reportDigest: digest,
});

const decisionReceived = z.strictObject({
  type: z.literal('decision-received'),
  promotionId: name,
  decision: z.enum(['approve', 'reject', 'abort']),
  by: text,
  reportDigest: text.nullable(),
  accepted: z.boolean(),
  note: text,
  refusal: z.enum(decisionRefusals).exactOptional(),
  identity: z.enum(['verified', 'claimed']).exactOptional(),
  key: digest.exactOptional(),
  nonce: name.exactOptional(),
  signature: name.exactOptional(),
  principal: text.exactOptional(),
  receivedAt: instantSchema.exactOptional(),
  quorum: count.exactOptional(),
  definitionDigest: digest.exactOptional(),
});

const outcome = z.enum(['promoted', 'refused', 'rejected', 'aborted', 'expired', 'superseded', 'rolled-back']);

const promotionClosed = z.strictObject({
  type: z.literal('promotion-closed'),
  promotionId: name,
  outcome,
  challengerDigest: digest,
  reportDigest: digest.nullable(),
  grounds: z.array(text),
});

const championChanged = z.strictObject({
  type: z.literal('champion-changed'),
  cause: z.enum(['bootstrap', 'promotion', 'rollback', 'adoption']),
  decisionId: name,
  from: model.nullable(),
  to: model,
  reportDigest: digest.nullable(),
  approvalNumber: count.nullable(),
  revokedDigests: z.array(digest),
});

const splitChanged = z.strictObject({
  type: z.literal('split-changed'),
  promotionId: name,
  step: count.nullable(),
  challenger: model,
  sharePercent: z.number().min(0).max(100),
  salt: name,
  grounds: z.array(text),
  definitionDigest: digest.exactOptional(),
  outcome: outcome.exactOptional(),
  revokedDigests: z.array(digest),
});

const rolloutAnalyzed = z.strictObject({
  type: z.literal('rollout-analyzed'),
  promotionId: name,
  phase: z.enum(['step', 'watch']),
  step: count.nullable(),
  reportDigest: digest,
  verdict,
  status: z.enum(['waiting', 'pass', 'fail', 'inconclusive']).exactOptional(),
  isTolerated: z.boolean().exactOptional(),
  sentence: text,
  windows: z.array(window),
});

const aliasProjected = z.strictObject({
  type: z.literal('alias-projected'),
  alias: name,
  model,
  changeNumber: count,
});

const aliasMovedElsewhere = z.strictObject({
  type: z.literal('alias-moved-elsewhere'),
  alias: name,
  expectedVersion: text,
  foundVersion: text.nullable(),
  finding: z.enum(registryFindings).exactOptional(),
});

const aliasSettled = z.strictObject({
  type: z.literal('alias-settled'),
  alias: name,
  how: z.enum(['restored', 'returned']),
  findingNumber: count,
  version: name,
});

const predictionsReplaced = z.strictObject({
  type: z.literal('predictions-replaced'),
  rollbackId: name,
  tableVersion: count,
  windows: z.array(window),
  rowsReplaced: count,
  decisionsChanged: count,
  correctionFile: file.nullable(),
});

const rollbackDrilled = z.strictObject({
  type: z.literal('rollback-drilled'),
  drillId: name,
  from: model,
  to: model,
  verdict: z.enum(['pass', 'fail']),
  windows: z.array(window),
  rowsReplaced: count,
  decisionsChanged: count,
  fromShadow: count,
  rescored: count,
  recoveryMs: count,
  correctionsMs: count,
  grounds: z.array(text),
});

const windowHeld = z.strictObject({
  type: z.literal('window-held'),
  window,
  runIdentity: digest,
  modelDigest: digest,
  grounds: z.array(text),
});

const fallbackScored = z.strictObject({
  type: z.literal('fallback-scored'),
  window,
  runIdentity: digest,
  intendedDigest: digest,
  servedDigest: digest,
  grounds: z.array(text),
});

const windowMonitored = z.strictObject({
  type: z.literal('window-monitored'),
  window,
  reportDigest: digest,
  verdict,
  labelCoverage: z.number(),
  metrics: z.record(z.string(), z.number().nullable()),
  driftedFeatures: z.array(text),
  decayed: z.boolean(),
  performance: z
    .strictObject({
      metric: z.enum(decayMetrics),
      value: z.number().nullable(),
      promised: z.number().nullable(),
      lower: z.number().nullable(),
      upper: z.number().nullable(),
      margin: z.number().nullable(),
    })
    .exactOptional(),
});

const collected = z.strictObject({
  type: z.literal('collected'),
  files: z.array(z.strictObject({ path: name, sha256: digest, bytes: count, rule: z.enum(recordedRules) })),
});

/** Every event of the ledger, strictly: an unknown field means a newer writer or a hand that should not be there. */
export const ledgerEventSchema: z.ZodType<LedgerEvent> = z.discriminatedUnion('type', [
  modelRegistered,
  retrainDecided,
  promotionOpened,
  gatesEvaluated,
  approvalRequested,
  approvalNotified,
  decisionReceived,
  promotionClosed,
  championChanged,
  splitChanged,
  rolloutAnalyzed,
  aliasProjected,
  aliasMovedElsewhere,
  aliasSettled,
  predictionsReplaced,
  rollbackDrilled,
  windowHeld,
  fallbackScored,
  windowMonitored,
  collected,
]);
