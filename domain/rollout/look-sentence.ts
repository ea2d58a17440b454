import { say } from '../gates/check-facts.js';
import type { RolloutAnalysis } from './analysis.js';
import type { LookDecision } from './decide-look.js';

/** A look for a person: who is compared, on how much, what the loss says, and what follows. */
export function lookSentence(analysis: Omit<RolloutAnalysis, 'verdict'>, decision: LookDecision): string {
  const { challenger, champion, progress, windows, checks } = analysis;
  const judged = windows.filter(({ standing }) => standing === 'judged');
  const rows = judged.reduce((sum, { sums }) => sum + (sums?.labelledRows ?? 0), 0);
  const versions = `version ${challenger.version} ${placeOf(analysis)} against version ${champion.version}`;
  const cycles = `${String(progress.cyclesPublished)} of ${String(progress.cyclesNeeded)} windows`;
  const evidence = `${String(judged.length)} judged on ${rows.toLocaleString('en-US')} labelled rows`;
  const harm = checks.find(({ name }) => name === 'harm')?.why ?? '';
  const because = decision.because === harm ? '' : `; ${decision.because}`;
  return `${saysOf[decision.status]}: ${versions}, ${cycles}, ${evidence}: ${harm}${because}.`;
}

const saysOf = {
  waiting: 'Waiting',
  pass: 'Passed',
  fail: 'Failed',
  inconclusive: 'Not settled',
} as const satisfies Record<LookDecision['status'], string>;

function placeOf({ phase, sharePercent }: Pick<RolloutAnalysis, 'phase' | 'sharePercent'>): string {
  if (phase === 'watch') return 'in its watch';
  return sharePercent === 0 ? 'in shadow' : `at ${say(sharePercent)} % of the entities`;
}
