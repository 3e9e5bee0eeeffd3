/** Where things are. Every path of the project is derived here from the place of this file. */

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The core's sources. */
export const CORE = path.join(ROOT, 'kernel-heap');

/** The public names of the core. */
export const CORE_ENTRY = path.join(CORE, 'index.ts');

/** Build products; ignored by git. */
export const DIST = path.join(ROOT, 'dist');

/** `file` as a reader of messages wants it: relative to the checkout when it is inside. */
export const displayPath = (file: string): string => {
  const relative = path.relative(ROOT, file);
  return relative.startsWith('..') ? file : relative;
};

let exported: Map<string, string> | undefined;

/** The file that the package exports as `specifier` ("tallow/heap"), after package.json; undefined if it is none. */
export const exportedFile = (specifier: string): string | undefined => {
  if (exported === undefined) {
    const { name, exports } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as
      { name: string; exports: Record<string, string> };
    exported = new Map(Object.entries(exports).map(([key, file]) => [key.replace('.', name), path.join(ROOT, file)]));
  }
  return exported.get(specifier);
};
