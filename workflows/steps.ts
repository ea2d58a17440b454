import {
  proxyActivities,
  type ActivityInterfaceFor,
  type ActivityOptions,
  type UntypedActivities,
} from '@temporalio/workflow';
import { stepSummaries } from './step-summaries.js';

/** The steps of a collection under the same options, each with its line for the UI's timeline. */
export function steps<A extends UntypedActivities>(options: ActivityOptions): ActivityInterfaceFor<A> {
  const told = new Map<string, unknown>();
  return new Proxy({} as ActivityInterfaceFor<A>, {
    get(_, name) {
      if (typeof name !== 'string') return undefined;
      const known = told.get(name) ?? proxyActivities<UntypedActivities>(withSummary(options, name))[name];
      told.set(name, known);
      return known;
    },
  });
}

function withSummary(options: ActivityOptions, name: string): ActivityOptions {
  const summary: string | undefined = stepSummaries[name];
  return summary === undefined ? options : { ...options, summary };
}
