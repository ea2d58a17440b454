/** A tool is missing or could not be installed. The message says what was tried and what a person can do next. */
export class ToolchainError extends Error {
  /**
   * @param {string} problem what went wrong, in one sentence
   * @param {string[]} remedies each one thing that would help, as an order
   * @param {unknown} [cause]
   */
  constructor(problem, remedies, cause) {
    const steps = remedies.map((remedy) => `\n  - ${remedy}`).join('');
    super(remedies.length > 0 ? `${problem}\nDo one of these:${steps}` : problem, { cause });
    this.name = 'ToolchainError';
  }
}

/**
 * The message of anything that was thrown.
 * @param {unknown} thrown
 */
export function messageOf(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
