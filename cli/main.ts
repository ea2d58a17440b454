#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { registerAbort } from './abort.js';
import { registerApprovals } from './approvals.js';
import { registerApprove } from './approve.js';
import { registerBackfill } from './backfill.js';
import { registerBacktest } from './backtest.js';
import { printError } from './command-context.js';
import { registerCollect } from './collect.js';
import { registerCorrections } from './corrections.js';
import { registerDemo } from './demo.js';
import { registerDev } from './dev.js';
import { registerDoctor } from './doctor.js';
import { exitCodes } from './exit-codes.js';
import { registerDrill } from './drill.js';
import { registerExport } from './export.js';
import { registerHistory } from './history.js';
import { registerKeygen } from './keygen.js';
import { registerMonitor } from './monitor.js';
import { registerPredictions } from './predictions.js';
import { registerPromote } from './promote.js';
import { registerReject } from './reject.js';
import { registerReplayPolicy } from './replay-policy.js';
import { registerReport } from './report.js';
import { registerReset } from './reset.js';
import { registerRetrain } from './retrain.js';
import { registerRollback } from './rollback.js';
import { registerSchedules } from './schedules.js';
import { registerScore } from './score.js';
import { registerStatus } from './status.js';
import { registerVerify } from './verify.js';

/** In the order of help: what a person does on most days comes first. */
const verbs = [
  registerDev,
  registerDemo,
  registerScore,
  registerBackfill,
  registerBacktest,
  registerRetrain,
  registerPromote,
  registerApprovals,
  registerApprove,
  registerReject,
  registerAbort,
  registerKeygen,
  registerRollback,
  registerDrill,
  registerCorrections,
  registerMonitor,
  registerStatus,
  registerHistory,
  registerReport,
  registerReplayPolicy,
  registerPredictions,
  registerVerify,
  registerExport,
  registerCollect,
  registerSchedules,
  registerDoctor,
  registerReset,
];

/** A reader that has seen enough, such as `head`, closes the pipe; that is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

await run(process.argv);

async function run(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json');
  const program = new Command('gauntlet')
    .description('The life of batch models: score, backtest, retrain, promote, watch, roll back.')
    .showHelpAfterError('Use --help for arguments, options and examples.')
    .exitOverride();
  if (json) program.configureOutput({ writeErr: () => undefined });
  for (const register of verbs) register(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    reportUsage(error, json);
  }
}

/** Commander has told a person what is wrong already; a script gets the object it expects. */
function reportUsage({ message }: CommanderError, json: boolean): void {
  process.exitCode = exitCodes.badInput;
  const sentence = message.replace(/^error: /, '');
  const error = { type: 'USAGE', message: sentence, problems: [], example: 'gauntlet --help' };
  if (json) printError({ ...error, exitCode: exitCodes.badInput }, true);
}
