/** Runs a command that was merged with its WASI (wasi-stub.ts) in this process, as the request in a file says: {file, args, env}. */

import fs from 'node:fs';
import { Config, Engine, Instance, Module, Store } from 'wasmtime';

const { file, args, env } = JSON.parse(fs.readFileSync(process.argv[2]));
const engine = new Engine(new Config());
const store = new Store(engine);
const instance = new Instance(store, Module.fromFile(engine, file));
/** A function of the stub. The package takes functions that have a result, with all their operands, only. */
const stub = (name) => {
  const found = instance.getFunc(store, name);
  return (...operands) => found.call(store, operands);
};

const give = stub('stub_give');
/** Gives the stub all that is in `bytes`, for one of its streams. */
const giveAll = (stream, bytes) => {
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  for (let index = 0; index < words.length; index++) give(stream, words[index], Math.min(4, bytes.length - index * 4));
};
const strings = (texts) => Buffer.from(texts.map((text) => `${text}\0`).join(''));

giveAll(0, fs.readFileSync(0));
giveAll(1, strings(['program', ...args]));
giveAll(2, strings(Object.entries(env).map(([name, value]) => `${name}=${value}`)));
let answer;
try {
  stub('stub_run')();
  answer = { exitCode: 0 };
} catch (error) {
  const exitCode = stub('stub_exit_code')();
  // The package's message is a heading and the stack; it does not tell the kind of trap.
  answer = exitCode < 0 ? { trap: error.message.split('\n')[0] } : { exitCode };
}
const wordOf = stub('stub_word');
for (const descriptor of [1, 2]) {
  const size = stub('stub_size')(descriptor);
  const words = new Int32Array(Math.ceil(size / 4));
  for (let index = 0; index < words.length; index++) words[index] = wordOf(descriptor, index * 4);
  fs.writeSync(descriptor, new Uint8Array(words.buffer, 0, size));
}
fs.writeSync(3, JSON.stringify(answer));
