import type { CollectRule, FileDecision } from './collection-plan.js';

/** Files and bytes of one rule, or of one reason to keep. */
export interface Total {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

export type CollectDecision = Extract<FileDecision, { status: 'collect' }>;

/** What a plan comes to: totals by rule and by reason, the most bytes first. */
export interface CollectionSummary {
  readonly collect: Total;
  readonly keep: Total;
  readonly rules: readonly (Total & { readonly name: CollectRule })[];
  readonly reasons: readonly Total[];
  /** The largest first. */
  readonly files: readonly CollectDecision[];
}

export function summarisePlan(plan: readonly FileDecision[]): CollectionSummary {
  const collected = plan.filter((decision): decision is CollectDecision => decision.status === 'collect');
  const kept = plan.flatMap((decision) => (decision.status === 'keep' ? [decision] : []));
  return {
    collect: totalOf('collect', collected),
    keep: totalOf('keep', kept),
    rules: totalsBy(collected, ({ rule }) => rule),
    reasons: totalsBy(kept, ({ why }) => why),
    files: [...collected].sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1)),
  };
}

function totalsBy<T extends { readonly bytes: number }, N extends string>(
  decisions: readonly T[],
  nameOf: (decision: T) => N,
): readonly (Total & { readonly name: N })[] {
  const groups = new Map<N, T[]>();
  for (const decision of decisions) {
    const group = groups.get(nameOf(decision));
    if (group === undefined) groups.set(nameOf(decision), [decision]);
    else group.push(decision);
  }
  return [...groups]
    .map(([name, group]) => ({ ...totalOf(name, group), name }))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

function totalOf(name: string, decisions: readonly { readonly bytes: number }[]): Total {
  return { name, files: decisions.length, bytes: decisions.reduce((sum, { bytes }) => sum + bytes, 0) };
}
