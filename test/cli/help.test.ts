import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { registerAbort } from '../../cli/abort.js';
import { registerApprove } from '../../cli/approve.js';
import { registerBackfill } from '../../cli/backfill.js';
import { registerBacktest } from '../../cli/backtest.js';
import { registerMonitor } from '../../cli/monitor.js';
import { registerPromote } from '../../cli/promote.js';
import { registerReject } from '../../cli/reject.js';
import { registerRetrain } from '../../cli/retrain.js';
import { registerRollback } from '../../cli/rollback.js';
import { registerSchedules } from '../../cli/schedules.js';
import { registerScore } from '../../cli/score.js';

const registrations = [
  registerScore,
  registerBackfill,
  registerBacktest,
  registerRetrain,
  registerPromote,
  registerApprove,
  registerReject,
  registerAbort,
  registerRollback,
  registerMonitor,
  registerSchedules,
];

function allVerbs(): readonly Command[] {
  const program = new Command('gauntlet');
  for (const register of registrations) register(program);
  return program.commands.flatMap((verb) => (verb.commands.length === 0 ? [verb] : [...verb.commands]));
}

function helpOf(verb: Command): string {
  let text = '';
  verb.configureOutput({ writeOut: (part) => (text += part) });
  verb.outputHelp();
  return text;
}

describe('help', () => {
  it.each(allVerbs().map((verb) => [verb.name(), verb] as const))(
    '%s has --json, an example that starts with itself, and the exit codes',
    (name, verb) => {
      const text = helpOf(verb);
      expect(text).toContain('--json');
      expect(text).toMatch(new RegExp(`\\$ gauntlet (schedules )?${name}( flights)?`));
      expect(text).toContain('Exit codes:');
    },
  );
});
