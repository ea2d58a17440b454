import type { RolloutStep } from '../domain/pipeline-definition.js';

/** The challenger scores along for so many scored windows; nobody is served by it. */
export function shadow({ cycles = 1 }: { readonly cycles?: number } = {}): RolloutStep {
  return { kind: 'shadow', cycles };
}

/** The challenger serves this percentage of the entities for so many scored windows; the champion serves the others. */
export function share(sharePercent: number, { cycles = 1 }: { readonly cycles?: number } = {}): RolloutStep {
  return { kind: 'share', sharePercent, cycles };
}
