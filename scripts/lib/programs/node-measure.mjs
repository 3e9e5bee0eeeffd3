/**
 * Runs builds of one program in turns on Node's WASI and measures them, as the request in a file says:
 * {modules: [path], args, env, files: {name: path}, input, rounds}. The answer on descriptor 3 is a list with, for each
 * module, {samples: [CPU time in ms], memoryBytes, exitCode, stdout, stderr}, the last three of its first run.
 */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WASI } from 'node:wasi';

// Compiled by the optimising tier before the first run, so that no run pays for it; the last one as in node-run.mjs.
for (const flag of ['--no-liftoff', '--no-wasm-tier-up', '--no-wasm-lazy-compilation', '--expose-gc', '--no-turbo-fast-api-calls']) {
  setFlagsFromString(flag);
}
const collectGarbage = runInNewContext('gc');

const { modules, args, env, files, input, rounds } = JSON.parse(fs.readFileSync(process.argv[2]));
const programs = modules.map((file) => ({ module: new WebAssembly.Module(fs.readFileSync(file)), samples: [] }));

const runOnce = (program) => {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-measure-'));
  const folder = path.join(place, 'folder');
  const streams = ['stdin', 'stdout', 'stderr'].map((name) => path.join(place, name));
  fs.mkdirSync(folder);
  for (const [name, file] of Object.entries(files)) fs.cpSync(file, path.join(folder, name), { recursive: true });
  for (const stream of streams) fs.writeFileSync(stream, '');
  fs.writeFileSync(streams[0], input);
  // Node closes them, when the program does or when the WASI object goes.
  const [stdin, stdout, stderr] = streams.map((stream) => fs.openSync(stream, 'r+'));
  const wasi = new WASI({
    version: 'preview1', args: ['program', ...args], env, preopens: { '.': folder }, stdin, stdout, stderr, returnOnExit: true,
  });
  const instance = new WebAssembly.Instance(program.module, wasi.getImportObject());
  collectGarbage();
  const before = process.cpuUsage();
  const exitCode = wasi.start(instance);
  const { user, system } = process.cpuUsage(before);
  program.samples.push((user + system) / 1000);
  if (program.samples.length === 1) {
    program.memoryBytes = instance.exports.memory.buffer.byteLength;
    program.exitCode = exitCode;
    [program.stdout, program.stderr] = streams.slice(1).map((stream) => fs.readFileSync(stream, 'utf8'));
  }
  fs.rmSync(place, { recursive: true });
};

for (let round = 0; round < rounds; round++) {
  const first = round % programs.length;
  for (const program of [...programs.slice(first), ...programs.slice(0, first)]) runOnce(program);
}
fs.writeSync(3, JSON.stringify(programs.map(({ module, ...measured }) => measured)));
