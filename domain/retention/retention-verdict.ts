import type { CollectRule, RetentionFacts } from './collection-plan.js';
import type { References } from './references.js';
import type { StoredFile } from './stored-file.js';

/** Kept for a reason, or collected by a rule. */
export type Verdict = { readonly keep: string } | { readonly rule: CollectRule; readonly sha256: string | null };

/** How old files are, in milliseconds before `now`. */
export interface Ages {
  readonly ofFile: (file: StoredFile) => number;
  /** Of the youngest file beside it. */
  readonly ofFolder: (file: StoredFile) => number;
}

/** What a rule looks at. */
export interface FileCase {
  readonly facts: RetentionFacts;
  readonly references: References;
  readonly ages: Ages;
  readonly file: StoredFile;
}
