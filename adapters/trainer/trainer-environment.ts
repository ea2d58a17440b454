/** What a training program may see of the worker's environment. Registry and store credentials are not among it. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  'PYTHONPATH',
  'PYTHONDONTWRITEBYTECODE',
  'JAVA_HOME',
  'R_HOME',
  'CUDA_VISIBLE_DEVICES',
];

/**
 * The environment of a trainer: the names above, what the operator adds, and GAUNTLET_PARENT_PID, so that a program can
 * notice that the worker has gone.
 */
export function trainerEnvironment(own: NodeJS.ProcessEnv, added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of PASSED_ON) {
    if (own[name] !== undefined) env[name] = own[name];
  }
  return { ...env, ...added, GAUNTLET_PARENT_PID: String(process.pid) };
}
