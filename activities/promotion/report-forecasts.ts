import { z } from 'zod';
import { forecastChurn, type ChurnForecast } from '../../domain/rollout/churn-forecast.js';
import type { Store } from '../ports/store.js';

/** What a plan takes from the report behind it. */
export interface ReportForecasts {
  /** The most that scoring a window takes; null where nothing was measured. */
  readonly secondsPerWindow: number | null;
  /** Null where the rollout's guardrail would have kept its limit on the rows of the folds. */
  readonly churn: ChurnForecast | null;
}

const volumeSchema = z.looseObject({
  probes: z.looseObject({
    volume: z.looseObject({
      status: z.literal('measured'),
      facts: z.looseObject({
        deadlineMs: z.number(),
        /** Reports of today say only that the deadline is kept, so that their digest holds no timings. */
        inTime: z.boolean().optional(),
        timeHeadroom: z.number().positive().optional(),
      }),
    }),
  }),
});

const flipsSchema = z.looseObject({
  comparison: z.looseObject({
    flips: z.looseObject({ rows: z.int(), toPositive: z.int(), toNegative: z.int() }),
  }),
});

/** `churnLimit` as the definition has it; null where nobody looks at churn. */
export async function loadForecasts(
  store: Store,
  { reportDigest, churnLimit }: { readonly reportDigest: string; readonly churnLimit: number | null },
): Promise<ReportForecasts> {
  const bytes = await store.read(`reports/${reportDigest}/report.json`);
  if (bytes === null) return { secondsPerWindow: null, churn: null };
  const report: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const compared = flipsSchema.safeParse(report);
  const churn = compared.success ? forecastChurn(compared.data.comparison.flips, churnLimit) : null;
  return { secondsPerWindow: secondsOf(report), churn };
}

/** Headroom is rounded down, and a deadline was kept. */
function secondsOf(report: unknown): number | null {
  const read = volumeSchema.safeParse(report);
  if (!read.success) return null;
  const { deadlineMs, inTime, timeHeadroom } = read.data.probes.volume.facts;
  if (timeHeadroom !== undefined) return deadlineMs / timeHeadroom / 1_000;
  return inTime === true ? deadlineMs / 1_000 : null;
}
