import { windowOf } from '../activities/window-partition.js';
import { servedAfter, type TableCommit } from '../domain/published-table.js';
import type { ChampionChange } from './champion-history.js';
import type { ModelNames } from './record-sentence.js';
import { countOf, formatInstant, renderFields } from './text-table.js';

/** One commit that made predictions of a window the served ones. */
export interface Serving {
  readonly tableVersion: number;
  readonly operation: TableCommit['operation'];
  /** The clock on the wall when it was published. */
  readonly publishedAt: string;
  readonly reason: string;
  readonly rows: number;
  /** Who scored: `v2`, or `baseline`. None where the window has no rows. */
  readonly models: readonly string[];
  readonly modelDigests: readonly string[];
  readonly decisionEpoch: number;
  /** The change of champion behind it, with its evidence and approval; null when there was no champion in that epoch. */
  readonly champion: ChampionChange | null;
}

/** A window of the data's clock: what serves it now, and what served it before, newest first. */
export interface WindowServings {
  readonly window: string;
  readonly now: Serving;
  readonly before: readonly Serving[];
}

type ServedByCommit = ReturnType<typeof servedAfter>[number];

const dayMs = 86_400_000;

/**
 * The windows that a date or an instant of the data's clock lies in, oldest first. A window published without rows has no
 * file that says where it ends, so it is found by its start alone.
 */
export function findServedOn(
  asked: string,
  facts: {
    readonly commits: readonly TableCommit[];
    readonly changes: readonly ChampionChange[];
    readonly nameOf: ModelNames;
  },
): readonly WindowServings[] {
  const from = Date.parse(asked);
  const to = from + (asked.length === 10 ? dayMs : 1);
  const spans = spansOf(facts.commits);
  const servings = servedAfter(facts.commits);
  const asks = [...spans].filter(([, { start, end }]) => start < to && end > from).map(([window]) => window);
  return asks.sort().flatMap((window) => {
    const [now, ...before] = servings
      .filter((serving) => serving.window === window)
      .map(toServing)
      .reverse();
    return now === undefined ? [] : [{ window, now, before }];

    function toServing({ commit, files }: ServedByCommit): Serving {
      const modelDigests = [...new Set(files.map(({ modelDigest }) => modelDigest))];
      return {
        tableVersion: commit.version,
        operation: commit.operation,
        publishedAt: commit.at,
        reason: commit.reason,
        rows: files.reduce((sum, { rows }) => sum + rows, 0),
        models: modelDigests.map(facts.nameOf),
        modelDigests,
        decisionEpoch: commit.decisionEpoch,
        champion: facts.changes.findLast(({ epoch }) => epoch <= commit.decisionEpoch) ?? null,
      };
    }
  });
}

function spansOf(
  commits: readonly TableCommit[],
): ReadonlyMap<string, { readonly start: number; readonly end: number }> {
  const spans = new Map<string, { readonly start: number; readonly end: number }>();
  for (const window of commits.flatMap(({ windows }) => windows)) {
    const start = Date.parse(windowOf({ window, windowEnd: '' }).start);
    if (!spans.has(window)) spans.set(window, { start, end: start + 1 });
  }
  for (const file of commits.flatMap(({ added }) => added)) {
    const { start, end } = windowOf(file);
    spans.set(file.window, { start: Date.parse(start), end: Date.parse(end) });
  }
  return spans;
}

/** The answer for a person: one block a window, then what served it before. */
export function renderServedOn(pipeline: string, asked: string, windows: readonly WindowServings[]): string {
  const when = formatInstant(new Date(asked).toISOString());
  if (windows.length === 0) {
    return `No window of ${pipeline} that ${when} lies in was published. What was: gauntlet predictions ${pipeline}`;
  }
  const clocks = `This is the data's clock: ${when} is when the predictions are for. Who was champion when the clock on the wall showed a date: gauntlet history ${pipeline} --at <date>`;
  return [...windows.map(renderWindow), clocks].join('\n\n');
}

function renderWindow({ window, now, before }: WindowServings): string {
  const earlier = before.map((serving) => `Before: ${served(serving)} (${told(serving)}).`);
  return [`Window ${window} is served by ${served(now)}.`, renderFields(fieldsOf(now)), ...earlier].join('\n');
}

function served({ models, rows }: Serving): string {
  return models.length === 0 ? 'nobody: it has no rows' : `${models.join(' and ')}, ${countOf(rows, 'row')}`;
}

function told({ operation, tableVersion, publishedAt, reason }: Serving): string {
  return `${operation} of ${formatInstant(publishedAt)}, table version ${tableVersion}: ${reason}`;
}

function fieldsOf(serving: Serving): readonly (readonly [string, string])[] {
  const { champion, decisionEpoch } = serving;
  if (champion === null)
    return [
      ['published', told(serving)],
      ['champion', `none in epoch ${decisionEpoch}`],
    ];
  return [
    ['published', told(serving)],
    [
      'champion',
      `v${champion.to} in epoch ${champion.epoch}, since ${formatInstant(champion.at)} by ${champion.cause}`,
    ],
    ['why', champion.reason],
    ...evidenceFields(champion),
  ];
}

/** Evidence and approval, as every answer about a champion tells them. */
export function evidenceFields(champion: ChampionChange): readonly (readonly [string, string])[] {
  const { reportDigest, verdict, approvedBy, approvedAt } = champion;
  const evidence =
    reportDigest === null
      ? 'none: a rollback restores what evidence promoted before'
      : `${reportDigest} (${verdict ?? 'no verdict'})`;
  const approval = approvedBy === null ? '-' : `${approvedBy}, ${formatInstant(approvedAt ?? champion.at)}`;
  return [
    ['evidence', evidence],
    ['approved by', approval],
  ];
}
