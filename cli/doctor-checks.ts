import type { PermanentFailure } from '../domain/failure-types.js';
import { renderTable } from './text-table.js';

/** One thing a machine needs, how it stands and what to do about it. */
export interface DoctorCheck {
  readonly name: string;
  /** `optional`: absent, and only some commands or tests miss it. */
  readonly status: 'ok' | 'optional' | 'missing';
  readonly found: string;
  /** What to do; null when nothing is. */
  readonly advice: string | null;
}

/** As the tool chain describes what it looked for. */
export interface ToolFinding {
  readonly name: string;
  readonly status: 'found' | 'cached' | 'missing';
  readonly version: string | undefined;
  readonly path: string | undefined;
  readonly how: string;
}

const needed = ['Node.js', 'JavaScript packages', 'Temporal CLI', 'Python environment'];

/** Tools that only tests need are optional; so is the Temporal CLI where a server is given. */
export function judgeTool(tool: ToolFinding, isTemporalGiven: boolean): DoctorCheck {
  const isNeeded = needed.includes(tool.name) && !(tool.name === 'Temporal CLI' && isTemporalGiven);
  if (tool.status === 'missing') {
    const status = isNeeded ? 'missing' : 'optional';
    return {
      name: tool.name,
      status,
      found: 'not there',
      advice: `${tool.how}; \`npm run demo\` installs what it needs`,
    };
  }
  const origin = tool.status === 'cached' ? 'installed by Gauntlet' : 'found';
  const found = [tool.version, tool.path, `(${origin})`].filter((part) => part !== undefined).join(' ');
  return { name: tool.name, status: 'ok', found, advice: null };
}

const gib = 1024 ** 3;

/** A demo with its tool chain takes about 2 GiB; below that something will fail half way. */
const wantedFreeBytes = 2 * gib;

export function judgeDisk(folder: string, freeBytes: number): DoctorCheck {
  const isEnough = freeBytes >= wantedFreeBytes;
  const free = `${(freeBytes / gib).toFixed(1)} GiB free at ${folder}`;
  const advice = isEnough
    ? null
    : `free at least ${wantedFreeBytes / gib} GiB, or set GAUNTLET_STATE_DIR to another disk`;
  return { name: 'Disk', status: isEnough ? 'ok' : 'missing', found: free, advice };
}

/** A place that holds something else, or cannot be used as it is set. */
export function judgeStore(location: string, failure: PermanentFailure, schemaVersion: number): DoctorCheck {
  const name = 'Store';
  if (failure.type === 'STORE_MISMATCH') {
    const advice = `this version reads schema version ${schemaVersion}; set GAUNTLET_STORE to another place`;
    return { name, status: 'missing', found: `${location}/store.json is not one this version can use`, advice };
  }
  const found = failure.problems.map((problem) => `${problem.field}: ${problem.found}`).join('; ');
  const advice = failure.problems.map((problem) => `${problem.field}: ${problem.expected}`).join('; ');
  return { name, status: 'missing', found: `${location} cannot be used: ${found}`, advice };
}

/** What a server said; both are only needed by commands that run something. */
export function judgeServer(
  name: string,
  address: string,
  answer: { readonly status: 'answers'; readonly as: string } | { readonly status: 'away'; readonly why: string },
  variable: string,
): DoctorCheck {
  if (answer.status === 'answers') return { name, status: 'ok', found: `${answer.as} at ${address}`, advice: null };
  const advice = `start everything with \`gauntlet dev\`, or set ${variable}`;
  return { name, status: 'optional', found: `no answer at ${address}: ${answer.why}`, advice };
}

/** Runs go without search attributes where the server lacks some, so these are never needed. */
export function judgeSearchAttributes(missing: readonly string[], command: string): DoctorCheck {
  const name = 'Search attributes';
  if (missing.length === 0) return { name, status: 'ok', found: 'all registered', advice: null };
  const advice = `to filter runs by pipeline, phase, verdict and what they wait for: ${command}; then start the workers again`;
  return { name, status: 'optional', found: `not registered: ${missing.join(', ')}`, advice };
}

/** A finding that stands open in a ledger: somebody changed the registry. */
export interface OpenRegistryFinding {
  readonly pipeline: string;
  readonly says: string;
  readonly recordNumber: number;
}

/** What the ledgers last found wrong in the registry; a person has to decide, so it is not "missing". */
export function judgeFindings(findings: readonly OpenRegistryFinding[]): DoctorCheck {
  const name = 'Registry alias';
  if (findings.length === 0) return { name, status: 'ok', found: 'no ledger has an open finding', advice: null };
  const found = findings.map(({ pipeline, says, recordNumber }) => `${pipeline}: ${says} (record ${recordNumber})`);
  return { name, status: 'optional', found: found.join('; '), advice: 'see "Alias alarm" in docs/runbook.md' };
}

const words: Readonly<Record<DoctorCheck['status'], string>> = { ok: 'ok', optional: 'absent', missing: 'MISSING' };

export function renderDoctor(checks: readonly DoctorCheck[]): string {
  const table = renderTable(
    ['', 'what', 'found'],
    checks.map(({ status, name, found }) => [words[status], name, found]),
  );
  const todo = checks.flatMap(({ name, advice }) => (advice === null ? [] : [`  - ${name}: ${advice}`]));
  const missing = checks.filter(({ status }) => status === 'missing').map(({ name }) => name);
  const verdict =
    missing.length === 0 ? 'Everything that is needed is there.' : `Not ready: ${missing.join(', ')} missing.`;
  return [table, ...(todo.length === 0 ? [] : [`What to do\n${todo.join('\n')}`]), verdict].join('\n\n');
}
