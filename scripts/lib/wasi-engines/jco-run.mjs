/** Runs a transpiled WASI command in this process, as the request in a file says: {place, args, env, folder}. */

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { WASIShim } from '@bytecodealliance/preview2-shim/instantiation';

/** How the program leaves: thrown through it. */
class Exit {
  constructor(code) { this.code = code; }
}

const { place, args, env, folder } = JSON.parse(fs.readFileSync(process.argv[2]));
const source = fs.readFileSync(path.join(place, 'program.js'));
const file = path.join(place, 'program.mjs');
fs.writeFileSync(file, source);
const { instantiate } = await import(pathToFileURL(file).href);

const preopens = folder === undefined ? {} : { '.': folder };
const imports = new WASIShim({ sandbox: { preopens, env, args: ['program', ...args] } }).getImportObject();
imports['wasi:cli/exit'] = {
  exit: ({ tag }) => { throw new Exit(tag === 'err' ? 1 : 0); },
  exitWithCode: (code) => { throw new Exit(code); },
};
const compile = async (name) => new WebAssembly.Module(fs.readFileSync(path.join(place, name)));

let answer;
try {
  const { run } = await instantiate(compile, imports);
  run.run();
  answer = { exitCode: 0 };
} catch (error) {
  if (error instanceof Exit) answer = { exitCode: error.code };
  else if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) answer = { trap: error.message };
  else throw error;
}
fs.writeSync(3, JSON.stringify(answer));
