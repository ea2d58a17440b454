import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { LifeReport } from './crash-suite.js';

/** What was gone through, one line of JSON for each life, so that a run that was cut off is taken up by the next one. */
export class ProgressFile {
  /** Crashes and faults that happened in lives without a violation. */
  readonly done = new Set<string>();
  /** Differs from run to run: two lives must not have one name. */
  readonly id = Date.now().toString(36).slice(-5);
  readonly #file: string | null;

  constructor(file: string | null) {
    this.#file = file;
    if (file === null || !existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
      const { cells } = JSON.parse(line) as { readonly cells: readonly string[] };
      for (const cell of cells) this.done.add(cell);
    }
  }

  add({ name, misfortune: { kind }, steps, faults, violations, tookMs }: LifeReport): void {
    const met = [...steps.flatMap(({ crashed }) => crashed.map(({ cell }) => cell)), ...faults.mlflow, ...faults.s3];
    const cells = violations.length === 0 ? met : [];
    for (const cell of cells) this.done.add(cell);
    const line = { name, kind, tookMs, cells, violations, ...(violations.length === 0 ? {} : { met }) };
    if (this.#file !== null) appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}
