/** As much of Wasmtime's command as the documentation uses: wasmtime [run] [--dir .] <file.wasm> [arguments]. */

import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { engineNamed, Trap } from '../../scripts/lib/wasi-engines.ts';

const words = process.argv.slice(process.argv[2] === 'run' ? 3 : 2);
const place = words.findIndex((word) => word.endsWith('.wasm'));
const { dir } = parseArgs({ args: words.slice(0, place), options: { dir: { type: 'string' } } }).values;
if (dir !== undefined && dir !== '.') throw new Error(`only the folder . can be given to a program, not ${dir}`);

const input = process.stdin.isTTY ? '' : fs.readFileSync(0);
const folder = dir === undefined ? undefined : process.cwd();
try {
  const options = { args: words.slice(place + 1), input, folder };
  const { exitCode, stdout, stderr } = await engineNamed('wasmtime').run(words[place]!, options);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = error instanceof Trap ? 134 : 1;
}
