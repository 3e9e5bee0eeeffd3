/** What the core's TypeScript declares, read for the C header: one source for names, figures and their meaning. */

import fs from 'node:fs';
import path from 'node:path';
import { CORE, CORE_ENTRY, displayPath } from './paths.ts';

export interface Constant {
  name: string;
  value: number;
  /** The comment above it, or the one behind it on its line; '' if there is none. */
  comment: string;
}

/** A doc comment without its frame, in lines. */
const commentText = (comment: string | undefined): string =>
  (comment ?? '').replace(/^\s*\/\*\*\s*|\s*\*\/\s*$/g, '').replace(/^\s*\* ?/gm, '').trim();

/**
 * The core's constants whose names begin with `prefix`, in order. Throws if there are none, or one is no plain number.
 */
export const constantsOf = (prefix: string): Constant[] => {
  const pattern = /(?:^(\/\*\*(?:(?!\*\/)[^])*\*\/)\n)?^export const (\w+): i32 = ([^;]+);[ \t]*(?:\/\/ *(.*))?$/gm;
  const files = fs.readdirSync(CORE).filter((name) => name.endsWith('.ts')).sort().map((name) => path.join(CORE, name));
  const found = files.flatMap((file) => [...fs.readFileSync(file, 'utf8').matchAll(pattern)]
    .filter(([, , name]) => name!.startsWith(prefix))
    .map(([, doc, name, value, trailing]) => {
      if (!/^(0x[\da-f]+|\d+)$/i.test(value!)) {
        throw new Error(`${displayPath(file)}: ${name} is no plain number, which the C header needs`);
      }
      return { name: name!, value: Number(value), comment: commentText(doc) || (trailing ?? '').trim() };
    }));
  if (found.length === 0) throw new Error(`${displayPath(CORE)} has no constant ${prefix}…, as the C header needs`);
  return found;
};

/** The value of the core's constant `name`. Throws if there is none. */
export const constantOf = (name: string): number => constantsOf(name).find((constant) => constant.name === name)!.value;

/** The doc comment of the core's public function `name`, without its frame. Throws if there is none. */
export const docOf = (name: string): string => {
  const pattern = new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/)\\nexport const ${name} = `);
  const match = pattern.exec(fs.readFileSync(CORE_ENTRY, 'utf8'));
  if (!match) throw new Error(`${displayPath(CORE_ENTRY)}: the exported function ${name} has no doc comment`);
  return commentText(match[1]);
};
