import { z } from 'zod';
import { canonicalJson } from '../../contracts/digest.js';
import type { VolumeFigures } from '../../domain/gates/probes.js';
import { roundNumbers } from '../../domain/statistics/rounding.js';
import type { Store } from '../ports/store.js';

const figuresSchema = z.object({ volume: z.object({ forecastMs: z.number(), peakMemoryMb: z.number() }) });

/** What was measured of speed and memory, beside the report: of the first run that found this very evidence. */
export async function keepFigures(store: Store, digest: string, figures: VolumeFigures): Promise<void> {
  await store.createIfAbsent(pathOf(digest), canonicalJson(roundNumbers({ volume: figures })));
}

/** Null for a report that has none; nothing rests on them, so what cannot be read is none either. */
export async function readFigures(store: Store, digest: string): Promise<VolumeFigures | null> {
  const bytes = await store.read(pathOf(digest));
  if (bytes === null) return null;
  try {
    return figuresSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).volume;
  } catch {
    return null;
  }
}

function pathOf(digest: string): string {
  return `reports/${digest}/figures.json`;
}
