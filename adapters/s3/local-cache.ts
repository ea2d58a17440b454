import { chmod, mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { fileStamp, hasCode, hashFile, removeIfThere, uniqueName } from '../store/durable-file.js';

/** A local copy of an object, whole when it was last looked at. */
export interface CachedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What a cached file is a copy of. Stands beside the files; its time of change is when the file was last asked for. */
const noteSchema = z.object({ version: z.string(), sha256: z.string(), bytes: z.number() });
type Note = z.infer<typeof noteSchema>;

/**
 * Whoever was given a path may read it until its step ends: bundles while a part is scored, the objects of sources
 * while a snapshot is built. The longest step that reads takes two hours, so nothing that was asked for within them
 * is evicted, whatever it takes; a disk holds what two hours of work need, beyond the limit too.
 */
const inUseMs = 2 * 3_600_000;

/** Half-written files of processes that were killed: no download takes that long. */
const abandonedMs = 24 * 3_600_000;

/**
 * Local copies of remote objects below one folder, `files/<name>`, for any number of processes. A copy appears under its
 * name complete or not at all; each process hashes a copy before it first trusts it, and again when the file system
 * shows it changed. When the copies take more than `maxBytes`, those that nobody asked for longest go.
 */
export class LocalCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #fetching = new Map<string, Promise<CachedFile | null>>();
  readonly #verified = new Map<string, string>();
  #bytesSinceSweep = Number.POSITIVE_INFINITY;

  constructor({ folder, maxBytes }: { readonly folder: string; readonly maxBytes: number }) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /**
   * The copy of this version, fetched when there is none or when it is damaged. Whoever asks for it meanwhile gets the
   * same. `fetch` writes a file and answers what arrived, or null when there is no such version: then null is answered.
   */
  file(
    object: { readonly name: string; readonly version: string },
    fetch: (target: string) => Promise<{ readonly sha256: string; readonly bytes: number } | null>,
  ): Promise<CachedFile | null> {
    const key = `${object.name}\n${object.version}`;
    const running = this.#fetching.get(key);
    if (running !== undefined) return running;
    const started = this.#findOrFetch(object, fetch).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, started);
    return started;
  }

  /** Takes a complete local file over as the copy of an object that was made from it. */
  async keep(complete: string, name: string, note: Note): Promise<void> {
    const target = this.#fileOf(name);
    await chmod(complete, 0o444);
    await mkdir(path.dirname(target), { recursive: true });
    await rename(complete, target);
    await this.#writeNote(name, note);
    await this.#remember(name, note);
    await this.#sweepWhenDue(note.bytes);
  }

  /** Forgets a copy, because the object is gone. */
  async drop(name: string): Promise<void> {
    this.#verified.delete(name);
    await removeIfThere(this.#noteOf(name));
    await removeIfThere(this.#fileOf(name));
  }

  async #findOrFetch(
    object: { readonly name: string; readonly version: string },
    fetch: (target: string) => Promise<{ readonly sha256: string; readonly bytes: number } | null>,
  ): Promise<CachedFile | null> {
    const { name, version } = object;
    const known = await this.#readNote(name);
    if (known?.version === version && (await this.#touch(name)) && (await this.#isWhole(name, known))) {
      return { path: this.#fileOf(name), sha256: known.sha256, bytes: known.bytes };
    }
    const partial = path.join(this.#folder, 'partial', uniqueName('fetch', 'tmp'));
    await mkdir(path.dirname(partial), { recursive: true });
    try {
      const content = await fetch(partial);
      if (content === null) return null;
      await this.keep(partial, name, { version, ...content });
      return { path: this.#fileOf(name), ...content };
    } finally {
      await removeIfThere(partial);
    }
  }

  /** Hashed once by each process for as long as the file system shows the file unchanged. */
  async #isWhole(name: string, note: Note): Promise<boolean> {
    const stamp = await fileStamp(this.#fileOf(name));
    if (stamp === null) return false;
    if (this.#verified.get(name) === `${note.sha256} ${stamp}`) return true;
    const found = await hashFile(this.#fileOf(name));
    if (found.sha256 !== note.sha256) return false;
    this.#verified.set(name, `${note.sha256} ${stamp}`);
    return true;
  }

  async #remember(name: string, { sha256 }: Note): Promise<void> {
    const stamp = await fileStamp(this.#fileOf(name));
    if (stamp !== null) this.#verified.set(name, `${sha256} ${stamp}`);
  }

  /** False when an eviction took the note away in this moment. */
  async #touch(name: string): Promise<boolean> {
    const now = new Date();
    return utimes(this.#noteOf(name), now, now).then(
      () => true,
      () => false,
    );
  }

  async #readNote(name: string): Promise<Note | null> {
    try {
      const parsed = noteSchema.safeParse(JSON.parse(await readFile(this.#noteOf(name), 'utf8')));
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  }

  async #writeNote(name: string, note: Note): Promise<void> {
    const target = this.#noteOf(name);
    const complete = path.join(this.#folder, 'partial', uniqueName('note', 'json'));
    for (const file of [target, complete]) await mkdir(path.dirname(file), { recursive: true });
    await writeFile(complete, JSON.stringify(note));
    await rename(complete, target);
  }

  async #sweepWhenDue(bytes: number): Promise<void> {
    this.#bytesSinceSweep += bytes;
    if (this.#bytesSinceSweep < this.#maxBytes / 16) return;
    this.#bytesSinceSweep = 0;
    await this.#removeAbandoned();
    await this.#evict();
  }

  /** The copies that nobody asked for longest, until the rest fits. */
  async #evict(): Promise<void> {
    const copies = (await Promise.all((await filesBelow(this.#notesFolder())).map((file) => this.#describe(file))))
      .filter((copy) => copy !== null)
      .sort((one, other) => one.askedAtMs - other.askedAtMs);
    let total = copies.reduce((sum, { bytes }) => sum + bytes, 0);
    const inUseSince = Date.now() - inUseMs;
    for (const { name, bytes, askedAtMs } of copies) {
      if (total <= this.#maxBytes || askedAtMs > inUseSince) return;
      await this.drop(name);
      total -= bytes;
    }
  }

  async #describe(noteFile: string) {
    const name = path.relative(this.#notesFolder(), noteFile).replace(/\.json$/, '');
    const facts = await stat(noteFile).catch(() => null);
    const note = await this.#readNote(name);
    return facts === null || note === null ? null : { name, bytes: note.bytes, askedAtMs: facts.mtimeMs };
  }

  async #removeAbandoned(): Promise<void> {
    const before = Date.now() - abandonedMs;
    for (const file of await filesBelow(path.join(this.#folder, 'partial'))) {
      const facts = await stat(file).catch(() => null);
      if (facts !== null && facts.mtimeMs < before) await removeIfThere(file);
    }
  }

  #notesFolder(): string {
    return path.join(this.#folder, 'notes');
  }

  #noteOf(name: string): string {
    return path.join(this.#notesFolder(), `${name}.json`);
  }

  #fileOf(name: string): string {
    return path.join(this.#folder, 'files', name);
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}
