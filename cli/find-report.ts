import { digestOf } from '../contracts/digest.js';
import { PermanentFailure } from '../domain/failure-types.js';
import type { CheckVerdict, GateReport } from '../domain/gates/gate-report.js';
import type { VolumeFigures } from '../domain/gates/probes.js';
import type { ReportHeadline } from '../domain/gates/report-sentence.js';
import type { GatesEvaluated } from '../domain/ledger/promotion-events.js';
import type { ChainedRecord } from '../domain/ledger/state.js';
import { failIfChanged, findChangedPages, readPages } from '../activities/evidence/report-pages.js';
import { readFigures } from '../activities/evidence/report-figures.js';
import type { Store } from '../activities/ports/store.js';

/** A report as earlier versions of Gauntlet wrote it: with a verdict and checks, without modes, probes and task. */
export interface OldReport extends ReportHeadline {
  readonly schemaVersion: 1;
  readonly pipeline: string;
  readonly checks: readonly { readonly name: string; readonly verdict: CheckVerdict; readonly why: string }[];
}

/** A report and the ledger's word on it. */
export interface FoundReport {
  readonly digest: string;
  readonly report: GateReport | OldReport;
  /** The record that names it; null for a backtest, which decides nothing. */
  readonly evaluated: (GatesEvaluated & { readonly recordNumber: number; readonly at: string }) | null;
  readonly htmlPath: string;
  /** Speed and memory as measured, which are no part of the evidence; null where they were not. */
  readonly figures: VolumeFigures | null;
}

/**
 * The newest report of a pipeline's ledger, or the one whose digest begins as asked; a prefix also finds reports of
 * backtests. Throws INVALID_INPUT when there is none or when the prefix fits several, STORE_MISMATCH when the report, its
 * page or its model card is not what was written.
 */
export async function findReport(
  store: Store,
  pipeline: string,
  records: readonly ChainedRecord[],
  prefix?: string,
): Promise<FoundReport> {
  const evaluated = records.flatMap(({ record }) => {
    const { event, number, at } = record;
    return event.type === 'gates-evaluated' ? [{ ...event, recordNumber: number, at }] : [];
  });
  const digest = prefix === undefined ? evaluated.at(-1)?.reportDigest : await findDigest(store, prefix);
  if (digest === undefined) throw noReport(pipeline);
  const report = await readReport(store, digest);
  if (report.pipeline !== pipeline) throw otherPipeline(prefix ?? digest, report.pipeline);
  const record = evaluated.findLast(({ reportDigest }) => reportDigest === digest) ?? null;
  failIfChanged(await findChangedPages(store, record?.pages ?? (await readPages(store, digest))));
  return {
    digest,
    report,
    evaluated: record,
    htmlPath: await store.localPath(`reports/${digest}/report.html`),
    figures: await readFigures(store, digest),
  };
}

async function findDigest(store: Store, prefix: string): Promise<string> {
  const fitting = (await store.list('reports')).filter((name) => name.startsWith(prefix.toLowerCase()));
  const gateReports: string[] = [];
  for (const digest of fitting) {
    if ((await store.list(`reports/${digest}`)).includes('report.json')) gateReports.push(digest);
  }
  const [only, ...others] = gateReports;
  if (only !== undefined && others.length === 0) return only;
  const found = only === undefined ? 'which no report has' : `which ${gateReports.length} reports have`;
  throw new PermanentFailure('INVALID_INPUT', 'This digest names no single report.', {
    problems: [
      { field: 'digest-prefix', found: `${JSON.stringify(prefix)}, ${found}`, expected: 'the beginning of one digest' },
    ],
  });
}

/** What stands under its own digest was checked before it was written; only how old it is has to be asked. */
async function readReport(store: Store, digest: string): Promise<GateReport | OldReport> {
  const path = `reports/${digest}/report.json`;
  const bytes = await store.read(path);
  if (bytes === null) throw broken(path, 'nothing', `report ${digest}`);
  const report = JSON.parse(new TextDecoder().decode(bytes)) as StoredReport;
  const found = digestOf(report);
  if (found !== digest) throw broken(path, `digest ${found}`, `digest ${digest}`);
  if (!isReadable(report)) throw tooNew(digest, report.schemaVersion);
  return report;
}

type StoredReport = GateReport | OldReport | { readonly schemaVersion: 3 };

function isReadable(report: StoredReport): report is GateReport | OldReport {
  return report.schemaVersion === 1 || report.schemaVersion === 2;
}

function tooNew(digest: string, schemaVersion: number): PermanentFailure {
  return new PermanentFailure('INVALID_INPUT', 'This report was made by a newer version of Gauntlet.', {
    problems: [
      {
        field: `reports/${digest}/report.json`,
        found: `schema ${String(schemaVersion)}`,
        expected: 'schema 1 or 2; install the version of Gauntlet that made it',
      },
    ],
  });
}

function broken(path: string, found: string, expected: string): PermanentFailure {
  return new PermanentFailure('STORE_MISMATCH', `${path} is not the report it should be.`, {
    problems: [{ field: path, found, expected }],
  });
}

function noReport(pipeline: string): PermanentFailure {
  return new PermanentFailure(
    'INVALID_INPUT',
    `${pipeline} has no gate report yet: a promotion or a backtest makes one.`,
    {
      example: `gauntlet promote ${pipeline} --dry-run`,
    },
  );
}

function otherPipeline(asked: string, pipeline: string): PermanentFailure {
  return new PermanentFailure('INVALID_INPUT', 'This report belongs to another pipeline.', {
    problems: [
      {
        field: 'digest-prefix',
        found: `${JSON.stringify(asked)}, a report of ${pipeline}`,
        expected: 'a report of the pipeline',
      },
    ],
    example: `gauntlet report ${pipeline} ${asked}`,
  });
}
