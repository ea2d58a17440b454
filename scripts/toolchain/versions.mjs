/**
 * The versions that the tool chain installs. Each stands in the name of its cache folder, so that raising one
 * installs the new version beside the old one and leaves other checkouts undisturbed.
 */

/** The newest command line of Temporal that `go install` can build: later tags carry a `replace` directive. */
export const temporalCliVersion = '1.5.1';

/** Java test server of Temporal that can skip time. */
export const temporalTestServerVersion = '1.38.0';

/** S3-compatible server for tests, built with Go. */
export const s3ServerVersion = '1.8.0';

/** Below this the pinned native packages do not load. */
export const minimumNodeVersion = '20.19.0';

/** Below this MLflow does not install. */
export const minimumPythonVersion = '3.10';

/**
 * Compares dotted versions number by number.
 * @param {string} version
 * @param {string} minimum
 */
export function isAtLeast(version, minimum) {
  const found = version.split('.').map(Number);
  const wanted = minimum.split('.').map(Number);
  for (const [index, number] of wanted.entries()) {
    const difference = (found[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
