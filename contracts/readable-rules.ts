import type { Problem } from '../domain/failure-types.js';
import type { PipelineSections } from './pipeline-definition.js';
import { definitionRules, wholeListRules, type DefinitionRule } from './pipeline-definition-rules.js';
import { listSections, UnreadableField, type ReadableSections } from './readable-sections.js';

/**
 * Every problem that the rules between fields find in what could be read. A rule is silent where it asks for a field that
 * is wrong by itself, and one about a list as a whole where an entry of it is.
 */
export function findRuleProblems({ sections, places }: ReadableSections): readonly Problem[] {
  const whole: Partial<PipelineSections> = Object.fromEntries(
    Object.entries(sections).filter(([name]) => !(name in places)),
  );
  const found = [
    ...definitionRules.flatMap((rule) => findReadable(rule, sections)),
    ...wholeListRules.flatMap((rule) => findReadable(rule, whole)),
  ];
  return found.map((problem) => ({
    field: inItsPlace(problem.field, places),
    found: inItsPlace(problem.found, places),
    expected: inItsPlace(problem.expected, places),
  }));
}

function findReadable(rule: DefinitionRule, given: Partial<PipelineSections>): readonly Problem[] {
  try {
    return rule(given);
  } catch (error) {
    if (error instanceof UnreadableField) return [];
    throw error;
  }
}

/** Rules count the entries that could be read; people count those they wrote. */
function inItsPlace(text: string, places: ReadableSections['places']): string {
  return listSections.reduce((said, name) => {
    const written = places[name];
    if (written === undefined) return said;
    return said.replace(new RegExp(`\\b${name}\\.(\\d+)`, 'g'), (whole, index: string) => {
      const place = written[Number(index)];
      return place === undefined ? whole : `${name}.${String(place)}`;
    });
  }, text);
}
