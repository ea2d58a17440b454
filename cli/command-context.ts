import type { Client } from '@temporalio/client';
import type { Services } from '../workers/services.js';
import { CommandFailure, toCommandError, type CommandError } from './command-error.js';
import { readCommandSettings, type CommandSettings } from './dev-note.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { openProgress, type Progress } from './progress.js';

/** What a verb works with. Services and the Temporal client are opened when first asked for and closed at the end. */
export interface CommandContext {
  readonly settings: CommandSettings;
  readonly json: boolean;
  readonly progress: Progress;
  services(): Promise<Services>;
  temporal(): Promise<Client>;
}

/** How a verb ended: `text` for people, `json` as the one object on stdout with `--json`. */
export interface CommandOutcome {
  readonly exitCode: ExitCode;
  readonly text: string;
  readonly json: object;
}

/** The frame of every verb. Never throws: an error is printed and becomes the exit code of the process. */
export async function runCommand(
  options: { readonly json?: boolean | undefined },
  story: (context: CommandContext) => Promise<CommandOutcome>,
): Promise<void> {
  const json = options.json === true;
  const opened: { client?: Promise<Client>; services?: Promise<Services> } = {};
  try {
    const settings = readCommandSettings();
    const outcome = await story({
      settings,
      json,
      progress: openProgress(json ? process.stderr : process.stdout),
      services: () => (opened.services ??= openServices(settings)),
      temporal: () => (opened.client ??= connect(settings)),
    });
    printOutcome(outcome, json);
  } catch (error) {
    printError(toCommandError(error), json);
  } finally {
    await opened.client?.then((client) => client.connection.close()).catch(() => undefined);
  }
}

/** One object on stdout, or the text; sets the exit code. */
export function printOutcome({ text, json: value, exitCode }: CommandOutcome, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
  else if (text !== '') process.stdout.write(`${text}\n`);
  process.exitCode = exitCode;
}

/** The error as one object on stdout with `--json`, else as text on stderr; sets the exit code. */
export function printError(error: CommandError, json: boolean): void {
  const { exitCode, ...value } = error;
  if (json) process.stdout.write(`${JSON.stringify({ error: value })}\n`);
  else process.stderr.write(`${renderError(error)}\n`);
  process.exitCode = exitCode;
}

function renderError({ type, message, problems, example }: CommandError): string {
  const lines = problems.map((problem) => `  - ${problem.field}: found ${problem.found}, expected ${problem.expected}`);
  const hint = example === null ? [] : [`  example: ${example}`];
  return [`${type}: ${message}`, ...lines, ...hint].join('\n');
}

/** Imported when needed: engines and native libraries have no part in `--help`. */
async function openServices(settings: CommandSettings): Promise<Services> {
  const services = await import('../workers/services.js');
  return services.openServices(settings);
}

async function connect(settings: CommandSettings): Promise<Client> {
  const { connectClient } = await import('../workers/connection.js');
  try {
    return await connectClient(settings);
  } catch (error) {
    throw new CommandFailure('TEMPORAL_UNREACHABLE', exitCodes.unreachable, unreachable(settings), {
      example: 'TEMPORAL_ADDRESS=127.0.0.1:7233',
      cause: error,
    });
  }
}

function unreachable({ temporalAddress, isDevStack }: CommandSettings): string {
  const trace = isDevStack ? ', where the development stack of this state folder was: it has ended' : '';
  return `Temporal does not answer at ${temporalAddress}${trace}. Start everything with \`gauntlet dev\`, or set TEMPORAL_ADDRESS.`;
}
