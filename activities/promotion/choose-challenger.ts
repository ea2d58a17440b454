import { PermanentFailure } from '../../domain/failure-types.js';
import { newestEligibleChallenger } from '../../domain/ledger/questions.js';
import type { LedgerState } from '../../domain/ledger/state.js';
import type { ModelRef } from '../../domain/model-ref.js';
import type { PromoteInput } from '../../workflows/api.js';
import { versionOf } from '../evidence/choose-sides.js';

/** The version that was asked for, else the newest that nothing speaks against. */
export function chooseChallenger(state: LedgerState, asked: PromoteInput): ModelRef {
  if (asked.version !== undefined) return versionOf(state, 'version', asked.version);
  const newest = newestEligibleChallenger(state);
  if (newest !== null) return newest.model;
  throw new PermanentFailure(
    'NO_CHALLENGER',
    'No version is eligible: each was champion, refused, rejected, aborted or rolled back.',
    {
      example: `{"pipeline":"${asked.pipeline}","version":"2"} names one explicitly; retrain makes a new one`,
    },
  );
}

/** A first champion takes its own explicit path, and a champion is not promoted over itself. */
export function checkPath(state: LedgerState, asked: PromoteInput, challenger: ModelRef): void {
  if (state.champion === null && asked.bootstrap !== true) {
    throw new PermanentFailure(
      'NO_CHAMPION',
      'There is no champion to compare with; the first one takes its own explicit path.',
      {
        problems: [{ field: 'bootstrap', found: String(asked.bootstrap ?? 'nothing'), expected: 'true' }],
        example: `{"pipeline":"${asked.pipeline}","bootstrap":true}`,
      },
    );
  }
  if (state.champion?.modelDigest === challenger.modelDigest) {
    throw new PermanentFailure('IDENTICAL_MODELS', `Version ${challenger.version} is the champion already.`);
  }
}

/** Comes before the choice of a version: the path is wrong whichever it would take. */
export function assertIsFirst(state: LedgerState, asked: PromoteInput): void {
  if (state.champion !== null && asked.bootstrap === true) {
    throw new PermanentFailure('CHAMPION_EXISTS', `Version ${state.champion.version} is champion already.`, {
      problems: [{ field: 'bootstrap', found: 'true', expected: 'left out once there is a champion' }],
      example: `{"pipeline":"${asked.pipeline}"}`,
    });
  }
}
