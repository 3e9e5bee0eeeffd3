/** Runs a WASI command on Node in this process, as the request in a file says: {file, args, env, folder}. */

import fs from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';

// Node 20 may collect garbage within a call of its WASI; by the fast way from Wasm to C++, V8 then does not see what
// the callers hold, and crashes some time after a large program's output.
setFlagsFromString('--no-turbo-fast-api-calls');

const { file, args, env, folder } = JSON.parse(fs.readFileSync(process.argv[2]));
const wasi = new WASI({
  version: 'preview1',
  args: ['program', ...args],
  env,
  preopens: folder === undefined ? {} : { '.': folder },
  returnOnExit: true,
});
const module = new WebAssembly.Module(fs.readFileSync(file));
const instance = new WebAssembly.Instance(module, wasi.getImportObject());
let answer;
try {
  answer = { exitCode: wasi.start(instance) };
} catch (error) {
  // A stack that ran over is no RuntimeError here.
  if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
  answer = { trap: error.message };
}
fs.writeSync(3, JSON.stringify(answer));
