/**
 * Results of slow steps, kept by a hash of everything they depend on: their inputs, the scripts that made them and
 * the versions of the tools. An unchanged input is not built again.
 */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import { DIST, ROOT } from './paths.ts';

const FOLDER = path.join(DIST, '.cache');

/** Entries kept; the least recently used go first. */
const ENTRIES_MAX = 500;

/** Hash over `parts` and their boundaries, as hexadecimal text. */
export const hashOf = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
};

let routeHash: string | undefined;

/** The compile route itself: its sources and, by the lock file, its tools. */
const route = (): string => {
  const folder = path.join(ROOT, 'scripts/lib');
  const sources = fs.readdirSync(folder).filter((name) => /\.(ts|mjs)$/.test(name)).sort();
  routeHash ??= hashOf(
    ...sources.map((name) => fs.readFileSync(path.join(folder, name))),
    fs.readFileSync(path.join(ROOT, 'package-lock.json')),
  );
  return routeHash;
};

const prune = (): void => {
  const entries = fs.readdirSync(FOLDER).map((name) => path.join(FOLDER, name));
  if (entries.length <= ENTRIES_MAX) return;
  const used = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const byUse = entries.map((file) => ({ file, time: used(file) })).sort((a, b) => b.time - a.time);
  for (const { file } of byUse.slice(ENTRIES_MAX)) fs.rmSync(file, { force: true });
};

/**
 * What `make` gives for these `inputs`; made anew only when no earlier result for the same inputs is there.
 *
 * @param kind what is made; part of the entry's name
 * @param inputs everything `make` reads, apart from the scripts and npm packages, which always count
 * @param make gives a value of plain objects, arrays, strings, numbers and byte arrays
 */
export const cached = async <T>(
  kind: string,
  inputs: (string | Uint8Array)[],
  make: () => T | Promise<T>,
): Promise<{ value: T; unchanged: boolean }> => {
  const file = path.join(FOLDER, `${kind}-${hashOf(kind, route(), ...inputs).slice(0, 32)}`);
  if (fs.existsSync(file)) {
    const value = v8.deserialize(fs.readFileSync(file)) as T;
    const now = new Date();
    fs.utimesSync(file, now, now);
    return { value, unchanged: true };
  }
  const value = await make();
  fs.mkdirSync(FOLDER, { recursive: true });
  const partial = `${file}.${process.pid}`;
  fs.writeFileSync(partial, v8.serialize(value));
  fs.renameSync(partial, file);
  prune();
  return { value, unchanged: false };
};
