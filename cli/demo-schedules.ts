import { backfill, count, heading, type Telling } from './demo-telling.js';

/** The daily schedule, played over days of the past. */
export async function scoreByCron(
  telling: Telling,
  days: { readonly chapter?: string; readonly from: string; readonly to: string },
): Promise<void> {
  if (days.chapter !== undefined) heading(telling, days.chapter);
  telling.log(
    `The daily schedule is played over ${days.from} to ${days.to} by backfilling the real Temporal schedule.`,
  );
  for (const result of await backfill(telling, 'score', days)) {
    const shadow = result.shadowVersions.length === 0 ? '' : `, version ${result.shadowVersions.join(', ')} in shadow`;
    const { window, rows, positives, model, challenger, warnings = [] } = result;
    const beside =
      challenger === undefined
        ? ''
        : `, ${count(challenger.rows)} of them by version ${challenger.model.version} (${String(challenger.sharePercent)} % of the routes)`;
    telling.log(
      `  ${window.start.slice(0, 10)}  ${count(rows).padStart(7)} rows  ${count(positives).padStart(7)} called late  by version ${model.version}${beside}${shadow}  (${result.status})`,
    );
    for (const warning of warnings) telling.log(`              warning: ${warning}`);
  }
}

export async function judgeByCron(
  telling: Telling,
  days: { readonly from: string; readonly to: string },
): Promise<void> {
  telling.log('Labels come a day late. The monitor schedule judges each day once they are known:');
  for (const result of await backfill(telling, 'monitor', days)) {
    for (const { window, verdict, summary } of result.windows)
      telling.log(`  ${window.start.slice(0, 10)}  ${verdict.padEnd(12)}  ${summary}`);
  }
}
