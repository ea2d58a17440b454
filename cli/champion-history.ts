import type { Verdict } from '../domain/verdict.js';
import { approvalsOf, championAt } from '../domain/ledger/questions.js';
import type { ChainedRecord, ChampionTerm, LedgerState, PromotionState } from '../domain/ledger/state.js';
import { formatInstant, renderFields, renderTable, shortDigest } from './text-table.js';
import { evidenceFields } from './served-on.js';
import { recordRow, versionName, type ModelNames } from './record-sentence.js';

/** One change of champion with everything an auditor asks about it. */
export interface ChampionChange {
  readonly epoch: number;
  readonly recordNumber: number;
  readonly at: string;
  readonly cause: ChampionTerm['cause'];
  readonly from: string | null;
  readonly to: string;
  readonly modelDigest: string;
  /** Digest of the evidence; null for a rollback. */
  readonly reportDigest: string | null;
  /** What the gates said in that report; null for a rollback. */
  readonly verdict: Verdict | null;
  /** Everybody who approved; null for a rollback. */
  readonly approvedBy: string | null;
  readonly approvedAt: string | null;
  /** Who made the change happen: a person, a schedule or the workflow. */
  readonly by: string;
  readonly reason: string;
}

/** Every change of champion, oldest first. */
export function listChampionChanges(
  records: readonly ChainedRecord[],
  { championHistory, promotions }: Pick<LedgerState, 'championHistory' | 'promotions'>,
): readonly ChampionChange[] {
  const recordOf = (number: number | null) => (number === null ? undefined : records[number - 1]?.record);
  return championHistory.map((term, index) => {
    const change = recordOf(term.recordNumber);
    const approval = recordOf(term.approvalNumber);
    const promotion = promotions.get(term.decisionId);
    const report = promotion?.report;
    return {
      epoch: term.epoch,
      recordNumber: term.recordNumber,
      at: term.since,
      cause: term.cause,
      from: championHistory[index - 1]?.model.version ?? null,
      to: term.model.version,
      modelDigest: term.model.modelDigest,
      reportDigest: term.reportDigest,
      verdict: report?.reportDigest === term.reportDigest ? report.verdict : null,
      approvedBy: approval === undefined || promotion === undefined ? null : approversOf(promotion, term),
      approvedAt: approval?.at ?? null,
      by: change?.actor.name ?? '',
      reason: change?.reason ?? '',
    };
  });
}

/** Everybody whose approval the change stands on, in the order they approved. */
function approversOf(promotion: PromotionState, { reportDigest, approvalNumber }: ChampionTerm): string {
  const approvals = approvalsOf(promotion, reportDigest ?? '');
  return approvals.flatMap(({ by, recordNumber }) => (recordNumber <= (approvalNumber ?? 0) ? [by] : [])).join(', ');
}

/** Who was champion at an instant, and what changed on that day when only a date was asked for. */
export interface ChampionOnDate {
  readonly at: string;
  readonly champion: ChampionChange | null;
  readonly changesThatDay: readonly ChampionChange[];
}

const dayMs = 86_400_000;

/** Answers for an instant; a bare date means its first moment, and the changes within the day are told too. */
export function findChampionOn(asked: string, changes: readonly ChampionChange[], state: LedgerState): ChampionOnDate {
  const at = new Date(asked).toISOString();
  const term = championAt(state, at);
  const end = Date.parse(at) + (asked.length === 10 ? dayMs : 0);
  return {
    at,
    champion: changes.find(({ epoch }) => epoch === term?.epoch) ?? null,
    changesThatDay: changes.filter((change) => change.at > at && Date.parse(change.at) < end),
  };
}

/** Records a person looks for in a history: decisions and non-decisions, without the bookkeeping between them. */
export function listDecisions(records: readonly ChainedRecord[]): readonly ChainedRecord[] {
  const bookkeeping = new Set([
    'model-registered',
    'promotion-opened',
    'approval-requested',
    'approval-notified',
    'alias-projected',
    'window-monitored',
  ]);
  return records.filter(({ record }) => !bookkeeping.has(record.event.type));
}

export function renderChampionChanges(changes: readonly ChampionChange[]): string {
  if (changes.length === 0) return 'There has been no champion yet.';
  const rows = changes.map((change) => [
    String(change.epoch),
    formatInstant(change.at),
    `${change.from === null ? '-' : `v${change.from}`} -> v${change.to}`,
    change.cause,
    change.reportDigest === null ? '-' : shortDigest(change.reportDigest),
    change.approvedBy ?? '-',
    change.reason,
  ]);
  const epoch = { title: 'epoch', align: 'right' } as const;
  return renderTable([epoch, 'since', 'champion', 'cause', 'evidence', 'approved by', 'reason'], rows);
}

export function renderChampionOn({ at, champion, changesThatDay }: ChampionOnDate): string {
  const when = formatInstant(at);
  const later = changesThatDay.map((change) => `${formatInstant(change.at)} v${change.to} by ${change.cause}`);
  const laterLines = later.length === 0 ? [] : [`Later that day: ${later.join('; ')}.`];
  if (champion === null) return [`On ${when} there was no champion yet.`, ...laterLines].join('\n');
  const fields = renderFields([
    ['since', `${formatInstant(champion.at)} (epoch ${champion.epoch}, record ${champion.recordNumber})`],
    ['cause', champion.cause],
    ['why', champion.reason],
    ...evidenceFields(champion),
    ['model', champion.modelDigest],
  ]);
  return [`On ${when} the champion was v${champion.to}.`, fields, ...laterLines].join('\n');
}

export function renderRecords(records: readonly ChainedRecord[], nameOf: ModelNames): string {
  const number = { title: 'record', align: 'right' } as const;
  return renderTable(
    [number, 'at', 'by', 'what', 'says'],
    records.map((record) => recordRow(record, nameOf)),
  );
}

/** Names from the ledger's registrations. */
export function modelNames({ models }: Pick<LedgerState, 'models'>): ModelNames {
  return (digest) => {
    const known = models.get(digest);
    if (known !== undefined) return versionName(known.model);
    return digest.length === 64 ? shortDigest(digest) : digest;
  };
}
