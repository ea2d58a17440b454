/*
 * Verifies a promotion that was exported from Gauntlet: `node verify.mjs`, in the folder it stands in or with the folder
 * as its argument. It needs Node.js 20 or newer, no packages and no network, and trusts nothing that it does not hash.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Bundle {
  readonly pipeline: string;
  readonly promotionId: string;
  readonly head: { readonly number: number; readonly hash: string };
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** A record as far as it is read here; which fields an event has depends on its type. */
interface LedgerRecord {
  readonly number: number;
  readonly pipeline: string;
  readonly previousHash: string | null;
  readonly at: string;
  readonly actor: { readonly name: string; readonly kind: string };
  readonly reason: string;
  readonly event: Event;
}

interface Event {
  readonly type: string;
  readonly promotionId?: string;
  readonly decisionId?: string;
  readonly reportDigest?: string | null;
  readonly pages?: readonly { readonly path: string; readonly sha256: string }[];
  readonly approvalNumber?: number | null;
  readonly decision?: string;
  readonly accepted?: boolean;
  readonly by?: string;
  readonly identity?: string;
  readonly key?: string;
  readonly nonce?: string;
  readonly signature?: string;
  readonly quorum?: number;
  readonly deadlineAt?: string;
  readonly outcome?: string;
  readonly verdict?: string;
  readonly grounds?: readonly string[];
  readonly challengerDigest?: string;
  readonly definitionDigest?: string;
  readonly challenger?: Model;
  readonly model?: Model;
  readonly to?: Model;
}

interface Model {
  readonly modelDigest: string;
  readonly registeredName: string;
  readonly version: string;
}

interface Manifest {
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

interface Definition {
  readonly approval: {
    readonly quorum: number;
    readonly approvers: readonly { readonly name: string; readonly publicKey: string }[];
    readonly unsigned: string;
  };
}

interface Report {
  readonly verdict: string;
  readonly challenger: { readonly modelDigest: string };
}

const folder = process.argv[2] ?? dirname(fileURLToPath(import.meta.url));
let failures = 0;
main();

function main(): void {
  const bundle = readJson('bundle.json') as Bundle;
  check('files', () => verifyFiles(bundle));
  const records = check('ledger', () => verifyChain(bundle)).value ?? [];
  const about = records.filter(({ event }) => [event.promotionId, event.decisionId].includes(bundle.promotionId));
  check('promotion', () => verifyClosing(bundle, about));
  check('evidence', () => verifyEvidence(about));
  check('approval', () => verifyApproval(records, about));
  check('definition', () => verifyDefinition(records, about));
  check('model', () => verifyModel(about));
  console.log(conclusion(bundle));
  process.exitCode = failures === 0 ? 0 : 1;
}

/** Prints what a check proved, or why it failed. */
function check<T>(name: string, run: () => { readonly says: string; readonly value?: T }): { readonly value?: T } {
  try {
    const { says, ...found } = run();
    console.log(`ok    ${name}: ${says}`);
    return found;
  } catch (error) {
    failures += 1;
    console.log(`FAIL  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
}

function verifyFiles({ files }: Bundle) {
  for (const { path, sha256 } of files) equal(hashOf(readBytes(path)), sha256, `sha256 of ${path}`);
  const listed = new Set(['bundle.json', ...files.map(({ path }) => path)]);
  const strange = filesBelow(folder).filter((file) => !listed.has(file));
  must(strange.length === 0, `files that bundle.json does not list: ${strange.join(', ')}`);
  return { says: `${String(files.length)} files are those that bundle.json lists, and there are no others` };
}

/** Each record names the hash of the one before, so the last hash vouches for all of them. */
function verifyChain({ pipeline, head }: Bundle) {
  const records: LedgerRecord[] = [];
  let previous: string | null = null;
  for (let number = 1; number <= head.number; number += 1) {
    const path = `ledger/${pipeline}/${String(number).padStart(8, '0')}.json`;
    const text = readBytes(path).toString('utf8');
    must(text.endsWith('\n') && !text.slice(0, -1).includes('\n'), `${path} is not one line`);
    const record = JSON.parse(text) as LedgerRecord;
    equal(record.number, number, `number in ${path}`);
    equal(record.pipeline, pipeline, `pipeline in ${path}`);
    equal(record.previousHash, previous, `previousHash in ${path}`);
    previous = hashOf(text.slice(0, -1));
    records.push(record);
  }
  equal(previous, head.hash, `hash of record ${String(head.number)}`);
  return { says: `${String(head.number)} records are one unbroken chain`, value: records };
}

function verifyClosing({ promotionId, head }: Bundle, about: readonly LedgerRecord[]) {
  const { opened, closed, change } = partsOf(about);
  equal(closed.number, head.number, 'number of the record that closes the promotion');
  equal(closed.event.challengerDigest, opened.event.challenger?.modelDigest, 'challenger of the closing record');
  const { outcome = '?' } = closed.event;
  // One that was taken back may have changed the champion before, or have ended in its rollout.
  const isRight = change === undefined ? outcome !== 'promoted' : ['promoted', 'rolled-back'].includes(outcome);
  must(isRight, 'the champion changed without a promotion, or the other way round');
  const grounds = closed.event.grounds ?? [];
  const why = grounds.length === 0 ? '' : ` (${grounds.join('; ')})`;
  const { registeredName, version } = modelOf(opened);
  return {
    says: `${promotionId}, of ${registeredName} version ${version}, was ${outcome}${why} by ${closed.at}`,
  };
}

function verifyEvidence(about: readonly LedgerRecord[]) {
  const { opened, change } = partsOf(about);
  const evaluations = about.filter(({ event }) => event.type === 'gates-evaluated');
  for (const { number, event } of evaluations) {
    const report = readReport(event.reportDigest);
    equal(report.verdict, event.verdict, `verdict of the report of record ${String(number)}`);
    equal(report.challenger.modelDigest, modelOf(opened).modelDigest, 'challenger of the report');
    for (const { path, sha256 } of event.pages ?? []) {
      if (path.endsWith('.html')) equal(hashOf(readBytes(path)), sha256, `sha256 of ${path}`);
    }
  }
  if (change === undefined) return { says: `${String(evaluations.length)} gate reports are those the ledger names` };
  const last = evaluations.filter(({ number }) => number < change.number).at(-1);
  equal(change.event.reportDigest, last?.event.reportDigest, 'report that the change of champion names');
  equal(last?.event.verdict, 'pass', 'verdict of the report that the change of champion names');
  return { says: `report ${change.event.reportDigest ?? '?'} passed before the champion changed` };
}

function verifyApproval(records: readonly LedgerRecord[], about: readonly LedgerRecord[]) {
  const { change } = partsOf(about);
  if (change === undefined) return { says: 'the champion did not change, so none was needed' };
  const approval = records[(change.event.approvalNumber ?? 0) - 1];
  must(approval !== undefined && approval.number < change.number, 'there is no approval before the change');
  const { event } = approval;
  equal(event.type, 'decision-received', `type of record ${String(approval.number)}`);
  equal(event.promotionId, change.event.decisionId, 'promotion of the approval');
  equal(event.decision, 'approve', 'decision');
  equal(event.accepted, true, 'whether the approval counted');
  equal(event.reportDigest, change.event.reportDigest, 'report that was approved');
  const aborts = about.filter((r) => r.event.decision === 'abort' && r.event.accepted === true);
  must(aborts.length === 0 || aborts.every(({ number }) => number > change.number), 'the promotion was aborted');
  const approvals = approvalsUntil(approval, about);
  const quorum = event.quorum ?? 1;
  must(
    approvals.length >= quorum,
    `${String(approvals.length)} approvals, where the policy asked for ${String(quorum)}`,
  );
  for (const each of approvals) verifyApprover(each, records, about);
  const who = approvals.map(
    ({ event: { by, identity } }) => `${by ?? '?'}${identity === undefined ? '' : ` (${identity})`}`,
  );
  return { says: `${who.join(' and ')} approved that very report at ${approval.at}, before the champion changed` };
}

/** The approvals of the same report up to this one, each person and each key once. */
function approvalsUntil(last: LedgerRecord, about: readonly LedgerRecord[]): readonly LedgerRecord[] {
  const approvals = about.filter(
    ({ number, event }) =>
      number <= last.number &&
      event.decision === 'approve' &&
      event.accepted === true &&
      event.reportDigest === last.event.reportDigest,
  );
  const isSame = (a: Event, b: Event): boolean =>
    nameOf(a.by) === nameOf(b.by) || (a.key !== undefined && a.key === b.key);
  return approvals.filter((each, i) => approvals.findIndex((known) => isSame(known.event, each.event)) === i);
}

/** Before there were keys and a quorum, an approval named its report, and that was all there was to check. */
function verifyApprover(record: LedgerRecord, records: readonly LedgerRecord[], about: readonly LedgerRecord[]): void {
  const { event, number, at } = record;
  const who = `the approval by ${event.by ?? '?'} in record ${String(number)}`;
  if (event.identity === undefined) return;
  const request = about.findLast((r) => r.number < number && r.event.type === 'approval-requested');
  const deadlineAt = request?.event.deadlineAt;
  must(deadlineAt === undefined || Date.parse(at) < Date.parse(deadlineAt), `${who} came after its deadline`);
  const { opened } = partsOf(about);
  const { modelDigest } = modelOf(opened);
  const trained = records.find(
    (r) => r.event.type === 'model-registered' && r.event.model?.modelDigest === modelDigest,
  );
  for (const { actor } of [opened, ...(trained === undefined ? [] : [trained])]) {
    const isOwn = actor.kind === 'person' && nameOf(actor.name) === nameOf(event.by);
    must(!isOwn, `${who} is by the person who asked for it or trained the version`);
  }
  verifyIdentity(record, who);
}

/** By the policy that judged the approval: its definition is named by the record, and lies in this folder. */
function verifyIdentity({ event, pipeline, reason }: LedgerRecord, who: string): void {
  const path = `definitions/${event.definitionDigest ?? '?'}/definition.json`;
  equal(hashOf(readBytes(path)), event.definitionDigest, `digest of ${path}`);
  const { approval } = readJson(path) as Definition;
  equal(event.quorum, approval.quorum, `quorum of ${who}`);
  const approver = approval.approvers.find(({ name }) => nameOf(name) === nameOf(event.by));
  must(approver !== undefined || approval.approvers.length === 0, `${who} is not by an approver of the policy`);
  if (event.identity !== 'verified') {
    equal(approval.unsigned, 'accept', `${who} is not signed: what the policy does with that`);
    return;
  }
  must(approver !== undefined, `${who} is not by an approver of the policy`);
  const { by, decision, nonce, promotionId, reportDigest } = event;
  // The canonical JSON of texts: names in order, no space.
  const signed = JSON.stringify({ by, decision, nonce, pipeline, promotionId, reason, reportDigest });
  const x = Buffer.from(approver.publicKey, 'base64');
  equal(event.key, hashOf(x), `key of ${who}`);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') }, format: 'jwk' });
  const holds = verify(null, Buffer.from(signed), key, Buffer.from(event.signature ?? '', 'base64'));
  must(holds, `${who} has a signature that is not that of its key`);
}

/** Names are one person's without regard to case and space. */
function nameOf(name: string | undefined): string {
  return (name ?? '').normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}

function verifyDefinition(records: readonly LedgerRecord[], about: readonly LedgerRecord[]) {
  const { modelDigest } = modelOf(partsOf(about).opened);
  const registered = records.find(({ event }) => event.model?.modelDigest === modelDigest);
  const digest = registered?.event.definitionDigest ?? '?';
  equal(hashOf(readBytes(`definitions/${digest}/definition.json`)), digest, 'digest of the definition');
  return { says: `the model was made with definition ${digest}` };
}

/** A model's digest is that of the hashes of the three files that make it what it is, as canonical JSON. */
function verifyModel(about: readonly LedgerRecord[]) {
  const { modelDigest } = modelOf(partsOf(about).opened);
  const place = `models/${modelDigest}`;
  const { files } = readJson(`${place}/manifest.json`) as Manifest;
  const hashes = new Map(files.map(({ name, sha256 }) => [name, sha256]));
  const names = ['dictionary.json', 'features.json', 'model.onnx'];
  const identity = JSON.stringify(Object.fromEntries(names.map((name) => [name, hashes.get(name)])));
  equal(hashOf(identity), modelDigest, 'digest of the model, from its manifest');
  const included = filesBelow(folder).filter(
    (file) => file.startsWith(`${place}/`) && !file.endsWith('/manifest.json'),
  );
  for (const file of included) equal(hashOf(readBytes(file)), hashes.get(file.slice(place.length + 1)), file);
  if (included.length === 0)
    return { says: `its manifest gives the digest ${modelDigest}; its files are not included` };
  const missing = files.filter(({ name }) => !included.includes(`${place}/${name}`)).map(({ name }) => name);
  must(missing.length === 0, `files of the model that are not here: ${missing.join(', ')}`);
  return { says: `its ${String(included.length)} files give the digest ${modelDigest}` };
}

function conclusion({ head }: Bundle): string {
  if (failures > 0) return `\n${String(failures)} of these checks failed: this bundle proves nothing.`;
  return `
Head of the chain: record ${String(head.number)}, hash ${head.hash}
This proves that nothing in this folder was changed without changing that hash, and that the records say the above.
It does not prove that this chain is the one that was kept: compare the hash with an anchor (the tag gauntlet.ledgerHead
in MLflow, or the anchor file, at this number or later), or with that record in the store. An approval that is verified was
signed with the key that the policy of its time has for that name; one that is not carries the name as it was given.`;
}

function partsOf(about: readonly LedgerRecord[]) {
  const of = (type: string) => about.find(({ event }) => event.type === type);
  const [opened, closed, change] = [of('promotion-opened'), of('promotion-closed'), of('champion-changed')];
  must(opened !== undefined && closed !== undefined, 'the ledger does not open and close this promotion');
  return { opened, closed, change };
}

function modelOf({ event }: LedgerRecord): Model {
  must(event.challenger !== undefined, 'the promotion names no challenger');
  return event.challenger;
}

function readReport(digest: string | null | undefined): Report {
  const path = `reports/${digest ?? '?'}/report.json`;
  equal(hashOf(readBytes(path)), digest, `digest of ${path}`);
  return readJson(path) as Report;
}

function readJson(path: string): unknown {
  return JSON.parse(readBytes(path).toString('utf8'));
}

/** Paths come from files that anybody may have written: none of them may lead out of the folder. */
function readBytes(path: string): Buffer {
  must(/^[\w.-]+(\/[\w.-]+)*$/.test(path) && !path.split('/').includes('..'), `${path} leads somewhere else`);
  return readFileSync(join(folder, path));
}

function filesBelow(parent: string): readonly string[] {
  return readdirSync(parent, { withFileTypes: true }).flatMap((entry) => {
    const path = join(parent, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [relative(folder, path).split(sep).join('/')];
  });
}

function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function equal(found: unknown, expected: unknown, what: string): void {
  must(found === expected, `${what} is ${String(found)}, expected ${String(expected)}`);
}

function must(holds: boolean, why: string): asserts holds {
  if (!holds) throw new Error(why);
}
