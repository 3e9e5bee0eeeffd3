/** Which functions of a program grow its memory. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../../scripts/lib/paths.ts';

/** Names of the functions with a memory.grow in them. */
export const growers = (wasm: Uint8Array): string[] => {
  const disassembler = path.join(ROOT, 'node_modules/wabt/bin/wasm2wat');
  const { stdout, stderr, status } = spawnSync(process.execPath, [disassembler, '--enable-all', '-'],
    { input: wasm, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr);
  return stdout.split(/^ {2}\(func \$/m).slice(1).filter((text) => text.includes('memory.grow'))
    .map((text) => /^\S+/.exec(text)![0]);
};
