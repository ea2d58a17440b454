import type { Collection } from '../activities/retention/collect-store.js';
import { countOf, formatBytes, formatCount, renderTable } from './text-table.js';

/** The outcome for scripts: totals by rule and by reason, and every file that goes, the largest first. */
export function composeCollection(collection: Collection): object {
  const { pipeline, applied, collect, keep, removed, spared, recordNumbers, rules, reasons } = collection;
  return {
    pipeline,
    applied,
    collect: { files: collect.files, bytes: collect.bytes },
    keep: { files: keep.files, bytes: keep.bytes },
    removed,
    spared,
    recordNumbers,
    rules: rules.map(({ name: rule, files, bytes }) => ({ rule, files, bytes })),
    reasons: reasons.map(({ name: why, files, bytes }) => ({ why, files, bytes })),
    files: collection.files,
  };
}

const right = (title: string) => ({ title, align: 'right' }) as const;

/** For a terminal: what goes by rule, the largest files, what stays and why, one sentence. */
export function renderCollection(collection: Collection, limit: number): string {
  const { pipeline, rules, reasons, files } = collection;
  const totals = (rows: Collection['reasons'], title: string): string =>
    renderTable(
      [right('files'), right('size'), title],
      rows.map((row) => [formatCount(row.files), formatBytes(row.bytes), row.name]),
    );
  const goes = `What the rules of ${pipeline} collect\n${totals(rules, 'rule')}`;
  const more = files.length > limit ? ` (${formatCount(limit)} of ${formatCount(files.length)})` : '';
  const largest = renderTable(
    [right('size'), 'rule', 'file'],
    files.slice(0, limit).map((file) => [formatBytes(file.bytes), file.rule, file.path]),
  );
  return [
    ...(files.length === 0 ? [] : [goes, `The largest${more}\n${largest}`]),
    ...(reasons.length === 0 ? [] : [`What stays\n${totals(reasons, 'why')}`]),
    conclusion(collection),
  ].join('\n\n');
}

function conclusion({ pipeline, applied, collect, removed, spared, recordNumbers }: Collection): string {
  const found = `${countOf(collect.files, 'file')}, ${formatBytes(collect.bytes)}`;
  if (collect.files === 0) return `Nothing to collect in ${pipeline}.`;
  if (!applied) return `Would free ${formatBytes(collect.bytes)}: ${found}. Nothing was removed; --apply removes.`;
  const records = recordNumbers.length === 0 ? '' : `, named in ${countOf(recordNumbers.length, 'new ledger record')}`;
  const kept = spared === 0 ? '' : ` ${countOf(spared, 'file')} came into use meanwhile and stayed.`;
  return `Freed ${formatBytes(removed.bytes)}: ${countOf(removed.files, 'file')}${records}.${kept}`;
}
