import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../adapters/built-entry.js';
import { temporalCliVersion } from '../../scripts/toolchain/versions.mjs';

/** One promise of the product, as it was measured here. */
export interface Target {
  readonly id: string;
  readonly op: '<=' | '<' | '>=';
  readonly target: number;
  /** Null when it could not be measured on this machine; then it is not met. */
  readonly value: number | null;
  readonly unit: string;
  /** What the value was worked out from, where it compares two sides. */
  readonly sides?: readonly { readonly name: string; readonly value: number; readonly unit: string }[];
  readonly met: boolean;
}

/** What `--json` prints: the targets, and what stands behind them. */
export interface BenchReport {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly versions: Readonly<Record<string, string>>;
  readonly sizes: Readonly<Record<string, number>>;
}

/** A target with its verdict. A value that is missing or not finite never meets it. */
export function judge(target: Omit<Target, 'met'>): Target {
  const { op, target: limit, value } = target;
  const isMeasured = value !== null && Number.isFinite(value);
  const fits = { '<=': (v: number) => v <= limit, '<': (v: number) => v < limit, '>=': (v: number) => v >= limit };
  return { ...target, met: isMeasured && fits[op](value) };
}

/** Versions of what does the work, from the manifests that pin them. */
export function readVersions(): Readonly<Record<string, string>> {
  const manifest = JSON.parse(readFileSync(path.join(projectRoot(), 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const pythonVersion = lockedVersions('trainers/lightgbm/requirements.lock');
  return {
    gauntlet: manifest.version,
    node: process.versions.node,
    temporalSdk: manifest.dependencies['@temporalio/worker'] ?? '?',
    temporalCli: temporalCliVersion,
    duckdb: manifest.dependencies['@duckdb/node-api'] ?? '?',
    onnxruntime: manifest.dependencies['onnxruntime-node'] ?? '?',
    mlflow: pythonVersion('mlflow'),
    lightgbm: pythonVersion('lightgbm'),
    platform: `${os.platform()} ${os.release()} ${os.arch()}`,
    processor: os.cpus()[0]?.model ?? '?',
  };
}

/** Versions of what the scoring bench compares with. */
export function readPeerVersions(): Readonly<Record<string, string>> {
  const version = lockedVersions('bench/peers/requirements.lock');
  const names = ['duckdb', 'polars', 'pyarrow', 'pandas', 'onnxruntime', 'mlflow', 'lightgbm', 'pyspark'];
  return Object.fromEntries(names.map((name) => [`peer ${name}`, version(name)]));
}

function lockedVersions(lockFile: string): (name: string) => string {
  const lock = readFileSync(path.join(projectRoot(), lockFile), 'utf8');
  return (name) => new RegExp(`^${name}==(\\S+)`, 'm').exec(lock)?.[1] ?? '?';
}

/** The machine, in the numbers a measurement depends on. */
export function machineSizes(): Readonly<Record<string, number>> {
  return { cores: os.availableParallelism(), memoryGiB: rounded(os.totalmem() / 2 ** 30) };
}

/** A line of progress, apart from the report. */
export function tell(line: string): void {
  process.stderr.write(`[bench] ${line}\n`);
}

/** One table for people, or one JSON object; exit code 1 when a target is missed. */
export function printReport(report: BenchReport, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${renderReport(report)}\n`);
  if (report.targets.some(({ met }) => !met)) process.exitCode = 1;
}

/** Three decimals are finer than what a measurement repeats to. */
export function rounded(value: number): number {
  return Number(value.toFixed(3));
}

function renderReport({ targets, versions, sizes }: BenchReport): string {
  const rows = targets.map(({ id, op, target, value, unit, met, sides = [] }) => [
    id,
    value === null ? 'not measured' : `${value} ${unit}`,
    `${op} ${target} ${unit}`,
    met ? 'met' : 'MISSED',
    sides.map((side) => `${side.name}: ${side.value} ${side.unit}`).join(' | '),
  ]);
  const facts = (values: Readonly<Record<string, string | number>>): string =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  return `${renderRows([['target', 'measured', 'wanted', '', ''], ...rows])}\n\n${facts(sizes)}\n${facts(versions)}`;
}

/** Columns as wide as their widest cell, for people. */
export function renderRows(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
