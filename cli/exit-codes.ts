/** What a script can tell from a command's end. Documented in every verb's help. */
export const exitCodes = {
  done: 0,
  failed: 1,
  badInput: 2,
  /** An expected outcome that is a "no": refused, rejected, expired, aborted, held, a failed verdict, problems found. */
  no: 3,
  unreachable: 4,
  /** Ctrl-C: following stopped, the run goes on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Shown below the help of every verb. */
export const exitCodesHelp = `Exit codes:
  0    done
  1    an unexpected or transient failure
  2    bad input: usage, an unknown pipeline, a definition, SQL or data that cannot be used, a window that cannot be
  3    the answer is no: refused, rejected, expired, aborted, held, a failed verdict, problems found
  4    Temporal or MLflow is not reachable
  130  Ctrl-C: following stopped, the run goes on`;
