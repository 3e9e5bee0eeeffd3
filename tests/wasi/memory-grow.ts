/** Which functions of a program grow its memory: those of the core should, and what begins the heap. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { bundle } from '../../scripts/lib/bundle.ts';
import { CORE_ENTRY, ROOT } from '../../scripts/lib/paths.ts';

/** What begins the heap, by itself or as part of its caller. */
const BEGIN = ['heapBegin', '_start'];

const isOfCore = (name: string): boolean =>
  new RegExp(`^(?:export )?const ${name} = `, 'm').test(bundle({ entry: CORE_ENTRY }).text);

/** Names of the functions with a memory.grow in them that should have none. There must be others, which should. */
export const wrongGrowers = (wasm: Uint8Array): string[] => {
  const disassembler = path.join(ROOT, 'node_modules/wabt/bin/wasm2wat');
  const { stdout, stderr, status } = spawnSync(process.execPath, [disassembler, '--enable-all', '-'],
    { input: wasm, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr);
  const found = stdout.split(/^ {2}\(func \$/m).slice(1).filter((text) => text.includes('memory.grow'))
    .map((text) => /^\S+/.exec(text)![0].replace('$export', ''));
  if (!found.some(isOfCore)) throw new Error('no function of the core grows the memory');
  return found.filter((name) => !BEGIN.includes(name) && !isOfCore(name));
};
