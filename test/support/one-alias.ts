import type { HandlingServices } from '../../activities/registry-watch/handle-change.js';
import { PermanentFailure } from '../../domain/failure-types.js';
import { model } from './ledger.js';

/** A registry with one model and one alias, whose versions a test takes away; and models in the store that are whole. */
export class OneAlias {
  version: string | null = null;
  sets: string[] = [];
  /** Digest by version; a version that is not here was removed. */
  versions = new Map(['a', 'b', 'c', 'd'].map((name) => [model(name).version, model(name).modelDigest]));
  hasModel = true;
  /** What the next readings of the alias say instead of the truth, one each. */
  stale: (string | null)[] = [];
  /** A test may act between the alias being set and the answer, or before it is read. */
  afterSet: () => Promise<void> = () => Promise.resolve();
  beforeGet: () => Promise<void> = () => Promise.resolve();
  /** Tags of whichever version is asked for, which versions were tagged, and whether that fails. */
  tags: Readonly<Record<string, string>> = {};
  tagged: string[] = [];
  refusesTags = false;
  goldenDifference = 0;
  isAway = false;

  /** What activities take for the registry, the bundles and the scorer. */
  get services(): Pick<HandlingServices, 'registry' | 'bundles' | 'scorer' | 'scoreTimeoutMs'> {
    return {
      registry: this as unknown as HandlingServices['registry'],
      bundles: { open: (digest) => this.#open(digest) as ReturnType<HandlingServices['bundles']['open']> },
      scorer: { checkBundle: () => Promise.resolve({ rows: 10, maxDifference: this.goldenDifference }) },
      scoreTimeoutMs: 1000,
    };
  }

  async getAlias() {
    if (this.isAway) throw new Error('MLflow at http://registry.test did not answer');
    await this.beforeGet();
    const shown = this.stale.length > 0 ? (this.stale.shift() ?? null) : this.version;
    // As MLflow answers for an alias whose version was deleted.
    return shown === null || !this.hasModel || !this.versions.has(shown) ? null : { version: shown };
  }

  getVersion(_name: string, version: string) {
    const modelDigest = this.hasModel ? this.versions.get(version) : undefined;
    return Promise.resolve(modelDigest === undefined ? null : { version, modelDigest, tags: this.tags });
  }

  setVersionTags(_name: string, version: string, tags: Readonly<Record<string, string>>) {
    if (this.refusesTags) return Promise.reject(new Error('MLflow at http://registry.test answered with 500'));
    this.tags = tags;
    this.tagged.push(version);
    return Promise.resolve();
  }

  getModelTags() {
    return Promise.resolve(this.hasModel ? {} : null);
  }

  async setAlias(_name: string, _alias: string, version: string) {
    const previousVersion = this.version;
    this.version = version;
    this.sets.push(version);
    await this.afterSet();
    return { previousVersion };
  }

  #open(digest: string): Promise<unknown> {
    const isThere = [...this.versions.values()].includes(digest);
    if (isThere) return Promise.resolve({ bundlePath: digest });
    return Promise.reject(new PermanentFailure('MODEL_MISSING', 'the store has no such model'));
  }
}
