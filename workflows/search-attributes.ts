import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { ListedFacts } from '../domain/listed-facts.js';
import { searchAttributeNames } from './api.js';

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
const keys = {
  pipeline: keyword(searchAttributeNames.pipeline),
  phase: keyword(searchAttributeNames.phase),
  verdict: keyword(searchAttributeNames.verdict),
  waitingFor: keyword(searchAttributeNames.waitingFor),
} as const;

const names = Object.keys(keys) as (keyof ListedFacts)[];

/** Sets what differs from what was set before; each call that changes something is one event of the run's history. */
export function listFacts(before: ListedFacts | null, now: ListedFacts): void {
  const changed = names.filter((name) => now[name] !== (before?.[name] ?? null));
  if (changed.length === 0) return;
  upsertSearchAttributes(changed.map((name) => ({ key: keys[name], value: now[name] })));
}
