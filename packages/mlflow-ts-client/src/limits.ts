import { refuseProblems } from './errors.js';

/**
 * MLflow's own limits, checked before anything is sent: the server shortens long parameter and tag values without a
 * word, clamps infinities, and ignores unknown status words with 200.
 */
export const limits = {
  keyLength: 250,
  paramValueLength: 6000,
  runTagValueLength: 8000,
  registryTagValueLength: 100_000,
  /** Of registered models and versions; a run's description is the tag `mlflow.note.content`. */
  descriptionLength: 5000,
  datasetNameLength: 500,
  datasetDigestLength: 36,
  datasetSourceLength: 65_535,
  datasetSchemaLength: 1_048_575,
  datasetProfileLength: 16_777_215,
  inputTagValueLength: 500,
  experimentNameLength: 500,
  batchMetrics: 1000,
  batchParams: 100,
  batchTags: 100,
  batchItems: 1000,
  batchBytes: 1_000_000,
} as const;

export function keyProblems(what: string, key: string): string[] {
  if (key.length === 0 || key.length > limits.keyLength)
    return [`${what} has ${key.length} characters, expected 1 to ${limits.keyLength}`];
  const isCleanPath = key.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (/^[/\w.\- :]*$/.test(key) && isCleanPath) return [];
  return [`${what} ${JSON.stringify(key)} may hold letters, digits, "_", "-", ".", ":", spaces and inner "/" only`];
}

export function lengthProblems(what: string, value: string, max: number): string[] {
  return value.length <= max ? [] : [`${what} has ${value.length} characters, MLflow keeps at most ${max}`];
}

export function tagProblems(tags: Readonly<Record<string, string>>, maxValueLength: number): string[] {
  return Object.entries(tags).flatMap(([key, value]) => [
    ...keyProblems('tag', key),
    ...lengthProblems(`tag ${JSON.stringify(key)}`, value, maxValueLength),
  ]);
}

export function paramProblems(params: Readonly<Record<string, string>>): string[] {
  return Object.entries(params).flatMap(([key, value]) => [
    ...keyProblems('parameter', key),
    ...lengthProblems(`parameter ${JSON.stringify(key)}`, value, limits.paramValueLength),
  ]);
}

/** NaN can be stored, infinities cannot: MLflow would clamp them to the largest double. */
export function metricProblems(key: string, value: number, timestampMs: number): string[] {
  const problems = keyProblems('metric', key);
  if (value === Infinity || value === -Infinity)
    problems.push(`metric ${JSON.stringify(key)} is ${value}, expected a finite number or NaN`);
  if (!Number.isSafeInteger(timestampMs) || timestampMs < 1e11)
    problems.push(`metric ${JSON.stringify(key)} has timestamp ${timestampMs}, expected milliseconds since 1970`);
  return problems;
}

/** Stricter than the server, which accepts names that no `models:/` address can hold. */
export function checkModelName(name: string): void {
  const isValid = /^[A-Za-z0-9._ -]{1,250}$/.test(name);
  refuseProblems(
    `registered model ${JSON.stringify(name)}`,
    isValid ? [] : ['its name must be 1 to 250 letters, digits, ".", "_", "-" or spaces'],
  );
}

export function checkAlias(alias: string): void {
  const isReserved = /^latest$/i.test(alias) || /^v\d+$/i.test(alias);
  const isValid = /^[\w-]{1,255}$/.test(alias) && !isReserved;
  refuseProblems(
    `alias ${JSON.stringify(alias)}`,
    isValid ? [] : ['an alias is 1 to 255 letters, digits, "_" or "-", not "latest" and not "v" with a number'],
  );
}

/** Versions travel as strings; a JSON number would be refused. */
export function checkVersion(version: string): void {
  refuseProblems(
    `version ${JSON.stringify(version)}`,
    /^[1-9]\d*$/.test(version) ? [] : ['a version is a whole number from 1, as a string: "3"'],
  );
}

export function checkLoggedModelName(name: string): void {
  refuseProblems(
    `logged model ${JSON.stringify(name)}`,
    name !== '' && !/[/:.%"']/.test(name) ? [] : ['its name must not be empty or hold / : . % " or \''],
  );
}
