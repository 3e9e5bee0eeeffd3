/** Runs a command that was merged with its WASI (wasi-stub.ts) in this process, as the request in a file says: {file}. */

import fs from 'node:fs';
import { Config, Engine, Instance, Module, Store } from 'wasmtime';

const { file } = JSON.parse(fs.readFileSync(process.argv[2]));
const engine = new Engine(new Config());
const store = new Store(engine);
const instance = new Instance(store, Module.fromFile(engine, file));
/** Calls a function of the stub. The package takes functions that have a result, with all their operands, only. */
const call = (name, ...operands) => instance.getFunc(store, name).call(store, operands);

let answer;
try {
  call('stub_run');
  answer = { exitCode: 0 };
} catch (error) {
  const exitCode = call('stub_exit_code');
  // The package's message is a heading and the stack; it does not tell the kind of trap.
  answer = exitCode < 0 ? { trap: error.message.split('\n')[0] } : { exitCode };
}
for (const descriptor of [1, 2]) {
  const size = call('stub_output_size', descriptor);
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index++) bytes[index] = call('stub_output_byte', descriptor, index);
  fs.writeSync(descriptor, bytes);
}
fs.writeSync(3, JSON.stringify(answer));
