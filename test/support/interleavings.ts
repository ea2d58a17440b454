import type { Gate } from './memory-store.js';

/** A process of its own: it works through its gate, and every step waits there for its turn. */
export type Actor = (gate: Gate) => Promise<void>;

interface Running {
  /** Steps that wait for the actor's turn: several when it reads several files at once. */
  releases: (() => void)[];
  error: unknown;
}

/**
 * Runs actors step by step; `choose` says who goes next among those that wait (`count` of them). Between two choices
 * exactly one actor moves, so the same choices give the same run.
 */
export async function runInterleaved(actors: readonly Actor[], choose: (count: number) => number): Promise<void> {
  const running: Running[] = actors.map(() => ({ releases: [], error: undefined }));
  let onRest: () => void = () => undefined;
  actors.forEach((actor, index) => {
    const own = running[index];
    if (own === undefined) return;
    const gate: Gate = () =>
      new Promise((resolve) => {
        own.releases.push(resolve);
        onRest();
      });
    void gate('start')
      .then(() => actor(gate))
      .catch((error: unknown) => {
        own.error = error;
      })
      .finally(() => {
        onRest();
      });
  });
  for (;;) {
    const waiting = running.filter((actor) => actor.releases.length > 0);
    if (waiting.length === 0) break;
    const next = waiting[choose(waiting.length)];
    const rest = new Promise<void>((resolve) => (onRest = resolve));
    for (const release of next?.releases.splice(0) ?? []) release();
    await rest;
  }
  const failed = running.find((actor) => actor.error !== undefined);
  if (failed !== undefined) throw failed.error;
}

/** Runs every possible interleaving of a story, each from its own start, and returns how many there were. */
export async function exploreInterleavings(
  story: () => { readonly actors: readonly Actor[]; readonly check: () => Promise<void> },
  limit: number,
): Promise<number> {
  let prefix: number[] = [];
  for (let runs = 1; runs <= limit; runs++) {
    const taken: { choice: number; count: number }[] = [];
    const { actors, check } = story();
    await runInterleaved(actors, (count) => {
      const choice = prefix[taken.length] ?? 0;
      taken.push({ choice, count });
      return choice;
    });
    await check();
    while (taken.length > 0 && (taken.at(-1)?.choice ?? 0) + 1 >= (taken.at(-1)?.count ?? 0)) taken.pop();
    const last = taken.pop();
    if (last === undefined) return runs;
    prefix = [...taken.map(({ choice }) => choice), last.choice + 1];
  }
  throw new Error(`more than ${String(limit)} interleavings`);
}
