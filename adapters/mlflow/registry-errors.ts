import { MlflowError } from 'mlflow-ts-client';
import { PermanentFailure } from '../../domain/failure-types.js';

/**
 * Refusals become permanent failures. Outages stay plain errors, and a conflict does too: a retry starts by reading
 * again, which is how it notices what somebody else did. The reason of an aborted signal passes unchanged.
 */
export async function withRegistryErrors<T>(step: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof MlflowError)) throw error;
    if (error.transient || error.kind === 'conflict')
      throw new Error(`${error.message} (while ${step})`, { cause: error });
    throw new PermanentFailure('REGISTRY_REFUSED', `${step}: ${error.message}`, {
      ...exampleFor(error),
      cause: error,
    });
  }
}

function exampleFor({ kind }: MlflowError): { example?: string } {
  if (kind === 'unauthenticated' || kind === 'forbidden') {
    return { example: 'MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN' };
  }
  return kind === 'bad-answer' ? { example: 'MLFLOW_TRACKING_URI=http://127.0.0.1:5000' } : {};
}
