import type {
  BacktestResult,
  GateOutcome,
  MonitorResult,
  PromoteResult,
  RetrainResult,
  RollbackResult,
  ScoreResult,
  WorkflowType,
} from '../workflows/api.js';
import { formatWindow } from '../domain/window.js';
import { renderAuditLines } from '../workflows/cards/audit-lines.js';
import { withMinusSigns } from '../domain/number-text.js';
import { renderPlan } from './transition-text.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { countOf, renderTable } from './text-table.js';

/** Results by workflow type. */
export interface WorkflowResults {
  readonly score: ScoreResult;
  readonly backtest: BacktestResult;
  readonly retrain: RetrainResult;
  readonly promote: PromoteResult;
  readonly rollback: RollbackResult;
  readonly monitor: MonitorResult;
}

/** A result as a command ends with it. */
export interface ReadResult {
  readonly exitCode: ExitCode;
  readonly text: string;
}

/** Whether a result is a yes or a no, and what a person reads. */
export function readResult<T extends WorkflowType>(type: T, result: WorkflowResults[T]): ReadResult {
  const readers: { readonly [K in WorkflowType]: (result: WorkflowResults[K]) => ReadResult } = {
    score: readScore,
    backtest: readBacktest,
    retrain: readRetrain,
    promote: readPromote,
    rollback: readRollback,
    monitor: readMonitor,
  };
  return readers[type](result);
}

function readScore({ status, summary, grounds, warnings = [], audit }: ScoreResult): ReadResult {
  const said = warnings.map((warning) => `warning: ${warning}`);
  const isServed = status === 'published' || status === 'already-published';
  return {
    exitCode: isServed ? exitCodes.done : exitCodes.no,
    text: lines(summary, [...grounds, ...said, ...renderAuditLines(audit)]),
  };
}

/** A backtest that shows nothing is no reason to go on: inconclusive is not a pass. */
function readBacktest(result: BacktestResult): ReadResult {
  const text = `${renderGates(result)}\n${renderFolds(result)}`;
  return { exitCode: yesIf(result.verdict === 'pass'), text };
}

/** Where the numbers come from: the days of each fold, its rows, and what was trained on what. */
function renderFolds({ folds }: BacktestResult): string {
  const texts = folds.map(({ window, rows, metrics = [], sides }, index) => {
    const measured = metrics.map(
      ({ metric, champion, challenger }) => `${metric} ${number(champion)} -> ${number(challenger)}`,
    );
    const trained = sides === undefined ? [] : [`trained on ${formatWindow(sides.challenger.trainingWindow)}`];
    const purged = sides?.challenger.purgedRows ?? 0;
    const left = purged === 0 ? [] : [`${count(purged)} rows purged`];
    return `fold ${String(index + 1)}, ${formatWindow(window)}: ${[`${count(rows)} rows`, ...measured, ...trained, ...left].join(', ')}`;
  });
  return texts.map((text) => `  ${text}`).join('\n');
}

function readRetrain({ summary, grounds, metrics, promotionWorkflowId }: RetrainResult): ReadResult {
  const measured = Object.entries(metrics).map(([name, value]) => `${name} ${number(value)}`);
  const promotion = promotionWorkflowId === null ? [] : [`its promotion runs as ${promotionWorkflowId}`];
  return {
    exitCode: exitCodes.done,
    text: lines(summary, [...grounds, ...(measured.length === 0 ? [] : [measured.join(', ')]), ...promotion]),
  };
}

function readPromote(result: PromoteResult): ReadResult {
  const { status, summary, gates, alias, approvedBy } = result;
  const isYes = status === 'promoted' || (status === 'dry-run' && gates?.verdict === 'pass');
  const approval = approvedBy === null ? [] : [`approved by ${approvedBy}`];
  const facts = lines(summary, [...approval, ...(alias === null ? [] : [alias])]);
  const planned = result.plan === undefined ? [] : [renderPlan(result.plan)];
  const said = gates === null ? facts : `${renderGates(gates)}\n${facts}`;
  return { exitCode: yesIf(isYes), text: [said, ...planned].join('\n\n') };
}

function readRollback(result: RollbackResult): ReadResult {
  const { status, summary, windows, rowsReplaced, decisionsChanged, correctionFile, alias } = result;
  if (status === 'dry-run') return { exitCode: exitCodes.done, text: [summary, ...renderBlast(result)].join('\n\n') };
  if (status === 'drilled') return readDrill(result);
  const replaced = `${countOf(rowsReplaced, 'prediction')} in ${countOf(windows.length, 'window')}, ${countOf(decisionsChanged, 'decision')} changed`;
  const corrections = correctionFile === null ? [] : [`corrections: ${correctionFile}`];
  return { exitCode: exitCodes.done, text: lines(summary, [replaced, ...corrections, `alias: ${alias}`]) };
}

/** The blast radius, window by window. */
function renderBlast({ blast = [] }: RollbackResult): readonly string[] {
  if (blast.length === 0) return [];
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const rows = blast.map(({ window, rows: served, keptRows, positives, source, decisionsChanged }) => [
    window,
    count(served),
    count(keptRows),
    count(positives),
    source === 'shadow' ? 'shadow scores' : source,
    decisionsChanged === null ? '?' : count(decisionsChanged),
  ]);
  const columns = [
    'window',
    right('rows'),
    right('rows kept'),
    right('positive'),
    'replaced from',
    right('decisions changed'),
  ];
  return [renderTable(columns, rows)];
}

function readDrill({ summary, fromShadow, rescored, decisionsChanged, drill }: RollbackResult): ReadResult {
  const windows = `windows: ${count(fromShadow)} from shadow scores, ${count(rescored)} scored again`;
  const after = ((drill?.correctionsMs ?? 0) / 1_000).toFixed(1);
  const corrections = `correction file ${after} s later, ${count(decisionsChanged)} decisions changed`;
  return { exitCode: yesIf(drill?.verdict === 'pass'), text: lines(summary, [windows, corrections]) };
}

function readMonitor({ summary, windows, alias }: MonitorResult): ReadResult {
  const isFailed = windows.some(({ verdict }) => verdict === 'fail');
  const judged = windows.map(({ window, verdict, summary: why }) => `${window.start.slice(0, 10)} ${verdict}: ${why}`);
  return { exitCode: yesIf(!isFailed), text: lines(summary, [...judged, alias]) };
}

function yesIf(isYes: boolean): ExitCode {
  return isYes ? exitCodes.done : exitCodes.no;
}

/** Metrics, checks and where to read the whole report. */
export function renderGates(gates: Omit<GateOutcome, 'folds'>): string {
  const metrics = gates.metrics.map(
    ({ metric, champion, challenger, difference }) =>
      `${metric}: ${number(champion)} -> ${number(challenger)} (${difference})`,
  );
  const checks = gates.checks.map(
    ({ name, mode = 'enforce', verdict, why }) =>
      `${verdict.padEnd(12)} ${name}${mode === 'enforce' ? '' : ` (${mode})`}: ${withMinusSigns(why)}`,
  );
  const report = `report ${gates.reportDigest}: ${gates.reportUrl ?? gates.reportPath}`;
  return lines(gates.sentence, [...metrics, ...checks, report]);
}

function lines(first: string, rest: readonly string[]): string {
  return [first, ...rest.map((line) => `  ${line}`)].join('\n');
}

function number(value: number | null): string {
  if (value === null) return 'none';
  return withMinusSigns(value !== 0 && Math.abs(value) < 0.0001 ? value.toExponential(1) : value.toFixed(4));
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
