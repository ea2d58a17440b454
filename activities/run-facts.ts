import { watchAtStart, type RunStart, type WatchServices } from './registry-watch/watch-at-start.js';

/** What a run learns at its start besides its plan; it is part of the first step's answer, so that a replay learns the same. */
export interface RunFacts {
  /** What somebody else did in the registry; null when there is nothing to say. */
  readonly registryNote: string | null;
  /** Whether the server knows Gauntlet's search attributes: setting unknown ones would hold the run up for ever. */
  readonly hasSearchAttributes: boolean;
}

/**
 * First steps by workflow, and how far each of them goes about the registry: a promotion and a rollback only record what
 * they find, because what they are about to do is a change of champion itself. `monitor` handles it at its end.
 */
const firstSteps = {
  beginScore: 'handle',
  beginBacktest: 'handle',
  beginRetrain: 'handle',
  beginPromotion: 'record',
  beginRollback: 'record',
  beginMonitor: null,
} as const;

type FirstSteps = Readonly<Record<keyof typeof firstSteps, (start: never) => Promise<object>>>;

/** Adds the facts of the run to what the first step of every workflow answers. */
export function withRunFacts<A extends FirstSteps>(
  activities: A,
  services: WatchServices & { readonly hasSearchAttributes: boolean },
): A {
  const { hasSearchAttributes } = services;
  const wrapped = Object.entries(firstSteps).map(([name, extent]) => {
    const begin = activities[name as keyof FirstSteps] as (start: RunStart) => Promise<object>;
    const beginWithFacts = async (start: RunStart): Promise<object> => {
      const registryNote = extent === null ? null : await watchAtStart(services, start, extent);
      const runFacts: RunFacts = { registryNote, hasSearchAttributes };
      return { ...(await begin(start)), runFacts };
    };
    return [name, beginWithFacts] as const;
  });
  return { ...activities, ...Object.fromEntries(wrapped) };
}
