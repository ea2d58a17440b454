import type { Problem } from './failure-types.js';
import type { PipelineDefinition } from './pipeline-definition.js';

/** One registered model holds the versions of one pipeline: versions and aliases of two would be told apart by nobody. */
export function findSharedNames(
  definitions: readonly Pick<PipelineDefinition, 'name' | 'registeredName'>[],
): readonly Problem[] {
  return definitions.flatMap(({ name, registeredName }, index) => {
    const owner = definitions.find((other) => other.registeredName === registeredName);
    if (owner === undefined || owner === definitions[index]) return [];
    return [nameProblem(name, registeredName, owner.name)];
  });
}

/** What is wrong with a name that another pipeline has. */
export function nameProblem(pipeline: string, registeredName: string, owner: string): Problem {
  return {
    field: `registeredName of ${pipeline}`,
    found: `${JSON.stringify(registeredName)}, the registered model of ${owner}`,
    expected: `a name of its own, such as ${JSON.stringify(pipeline)}, which it is where the field is left out`,
  };
}
