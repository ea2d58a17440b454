import { equal, must, readNamed } from './bundle-files.js';
import { acceptedOf, partsOf, type LedgerRecord, type Told } from './bundle-ledger.js';
import { verifyApprover } from './verify-approval.js';

/** A look at a rollout, as its record repeats it. */
interface Analysis {
  readonly promotionId: string;
  readonly phase: string;
  readonly step: number | null;
  readonly verdict: string;
}

interface Definition {
  /** Left out by definitions from before there were rollouts. */
  readonly rollout?: readonly { readonly kind: string; readonly sharePercent?: number }[];
}

/** The steps are those of the plan, one cohort grew through all of them, and each was left for what its looks said. */
export function verifyRollout(told: Told) {
  const { steps, looks } = partsOf(told);
  for (const look of looks) verifyLook(look);
  verifyCohort(steps);
  for (const [position, step] of steps.entries()) verifyAdvance(told, step, steps[position + 1]);
  const plan = verifyPlan(told);
  return {
    says: `steps taken: ${String(steps.length)}${plan}; looks, each the one the ledger names: ${String(looks.length)}`,
  };
}

function verifyLook({ number, event }: LedgerRecord): void {
  const path = `reports/${event.reportDigest ?? '?'}/rollout.json`;
  const analysis = readNamed(path, event.reportDigest) as Analysis;
  for (const field of ['promotionId', 'phase', 'step', 'verdict'] as const)
    equal(analysis[field], event[field], `${field} of the look of record ${String(number)}`);
}

/** Whoever is in the cohort stays in it: the same salt draws it, and its share never falls. */
function verifyCohort(steps: readonly LedgerRecord[]): void {
  for (const [position, { number, event }] of steps.entries()) {
    const before = steps[position - 1]?.event ?? event;
    equal(event.salt, before.salt, `salt of record ${String(number)}`);
    const [share = 0, earlier = 0] = [event.sharePercent, before.sharePercent];
    must(share >= earlier, `the share falls from ${String(earlier)} to ${String(share)} in record ${String(number)}`);
  }
}

/** A step is left, for the next one or for the change of champion, when its last look passed or a person said so. */
function verifyAdvance(told: Told, step: LedgerRecord, next: LedgerRecord | undefined): void {
  const { change, looks } = partsOf(told);
  const until = next ?? change;
  if (until === undefined) return;
  const own = looks.filter(({ number, event }) => {
    return number > step.number && number < until.number && event.step === step.event.step;
  });
  const last = own.at(-1)?.event;
  const place = `step ${String((step.event.step ?? 0) + 1)}`;
  must(last !== undefined, `${place} was left without a look at it`);
  if (last.verdict === 'pass') return;
  const digests = own.map(({ event }) => event.reportDigest);
  const goAhead = acceptedOf(told, 'approve').find(
    ({ number, event }) => number < until.number && digests.includes(event.reportDigest),
  );
  must(
    last.verdict === 'inconclusive' && goAhead !== undefined,
    `${place} was left although its last look was ${last.verdict ?? '?'}`,
  );
  verifyApprover(goAhead, told);
}

/**
 * By the definition that the first step pins, else the gates. The first champion is not rolled out, and a promotion that
 * changed nothing did not have to begin. Records from before the definition was pinned cannot be held to it.
 */
function verifyPlan(told: Told): string {
  const { opened, change, steps, evaluations } = partsOf(told);
  const act = steps[0] ?? change;
  const measured = evaluations.findLast(({ number }) => number < (act?.number ?? 0));
  const digest = (steps[0] ?? measured)?.event.definitionDigest;
  const isFirstChampion = opened.event.kind === 'bootstrap';
  if (act === undefined || digest === undefined || isFirstChampion) return '';
  const { rollout = [] } = readNamed(`definitions/${digest}/definition.json`, digest) as Definition;
  for (const [position, { number, event }] of steps.entries()) {
    const planned = rollout[position];
    must(planned !== undefined, `record ${String(number)} begins a step that the plan does not have`);
    equal(event.step, position, `step of record ${String(number)}`);
    equal(event.sharePercent, planned.sharePercent ?? 0, `share of record ${String(number)}`);
    equal(event.definitionDigest, digest, `definition of record ${String(number)}`);
  }
  const before = steps.filter(({ number }) => number < (change?.number ?? 0)).length;
  must(
    change === undefined || before === rollout.length,
    `the champion changed after ${String(before)} of ${String(rollout.length)} steps of its plan`,
  );
  return `, as definition ${digest.slice(0, 12)} plans them`;
}
