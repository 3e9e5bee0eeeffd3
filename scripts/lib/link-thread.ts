/** The linking of link.ts, by binaryen; a thread of its own. */

import fs from 'node:fs';
import path from 'node:path';
import binaryen from 'binaryen';
import { exportsOf, FEATURES, functionInfo, giveData, readModule, takeData, validate, type Module } from './binaryen-module.ts';
import { withFolder } from './folder.ts';
import type { LinkRequest } from './link.ts';
import { RUNTIME_IMPORTS } from './runtime-edits.ts';
import { answerRequest } from './thread-answer.ts';
import { run } from './tools.ts';

/** What the two modules are to each other: the program, and wasi/host/runtime.ts with the core. */
const PROGRAM_MODULE = 'program';
const HOST_MODULE = 'host';

/** Of the command. */
const COMMAND_FEATURES = FEATURES | binaryen.Features.NontrappingFPToInt | binaryen.Features.SIMD128;
/** Of what the compiler makes, before exceptions are taken out. */
const PROGRAM_FEATURES = COMMAND_FEATURES | binaryen.Features.ExceptionHandling | binaryen.Features.ReferenceTypes;

/** The same for the command-line tools. */
const FEATURE_FLAGS = [
  '--enable-mutable-globals', '--enable-sign-ext', '--enable-bulk-memory', '--enable-bulk-memory-opt',
  '--enable-multivalue', '--enable-nontrapping-float-to-int', '--enable-exception-handling', '--enable-reference-types', '--enable-simd',
];

const CLOCK_REAL = 0;
const CLOCK_MONOTONIC = 1;

const typeOf = (letter: string): number => (letter === 'i' ? binaryen.i32 : binaryen.f64);

/** A function of the host, imported with i32 only. */
const importHost = (module: Module, name: string, parameters: number, hasResult: boolean): string => {
  const symbol = `${name}$host`;
  if (!module.getFunction(symbol)) {
    const types = binaryen.createType(Array<number>(parameters).fill(binaryen.i32));
    module.addFunctionImport(symbol, HOST_MODULE, name, types, hasResult ? binaryen.i32 : binaryen.none);
  }
  return symbol;
};

/** A clock's time in ms. */
const timeOf = (module: Module, clock: number): number => {
  const symbol = importHost(module, 'runtimeTime', 1, true);
  const time = module.i64.load(0, 8, module.call(symbol, [module.i32.const(clock)], binaryen.i32), '0');
  return module.f64.div(module.f64.convert_u.i64(time), module.f64.const(1e6));
};

/** The body of an imported function: a call of the host's, with numbers as each side has them. */
const bodyOf = (module: Module, name: string): number => {
  if (name === 'time') return timeOf(module, CLOCK_MONOTONIC);
  if (name === 'timeOrigin') return module.f64.sub(timeOf(module, CLOCK_REAL), timeOf(module, CLOCK_MONOTONIC));
  const { parameters, result } = RUNTIME_IMPORTS[name]!;
  const operands = [...parameters].map((letter, index) => {
    const value = module.local.get(index, typeOf(letter));
    return letter === 'i' ? value : module.i32.trunc_u_sat.f64(value);
  });
  const target = importHost(module, name === 'printChar' ? 'outputUnit' : name, operands.length, result !== '');
  const call = module.call(target, operands, result === '' ? binaryen.none : binaryen.i32);
  return result === 'f' ? module.f64.convert_u.i32(call) : call;
};

/** The compiler's imports become functions that call the host's. */
const bindImports = (module: Module, imports: { base: string; name: string }[]): void => {
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const { name, base, params, results } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    const meant = base ? imports.find((item) => item.base === base) : undefined;
    if (!meant) continue;
    module.removeFunction(name);
    index = -1; // the functions have other indices now
    module.addFunction(name, params, results, [], bodyOf(module, meant.name));
  }
};

/** What a command exports: cabi_realloc is for what adapts it to the component model. */
const EXPORTS = ['_start', 'memory', 'cabi_realloc'];

/** The program's main function becomes programMain, and nothing else but the memory is exported. */
const exportMain = (module: Module): void => {
  for (const { name, value } of exportsOf(module)) {
    module.removeExport(name);
    if (name !== 'm') continue;
    const { results } = functionInfo(module, value);
    const call = module.call(value, [], results);
    const locals = results === binaryen.none ? [] : [results];
    const body = results === binaryen.none ? call : module.local.set(0, call);
    module.addFunction('programMain', binaryen.none, binaryen.none, locals, body);
    module.addFunctionExport('programMain', 'programMain');
  }
};

/** Sends the address of every store through runtimeStore(). */
const guardStores = (module: Module): void => {
  module.runPasses(['instrument-memory']);
  const guard = importHost(module, 'runtimeStore', 2, true);
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const { name, module: from, params, results } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    if (from !== 'env') continue;
    module.removeFunction(name);
    index = -1;
    // of an access: its number, size, offset and address; of everything else the last parameter is the value
    const types = binaryen.expandType(params);
    const last = types.length - 1;
    const value = module.local.get(last, types[last]!);
    const [size, offset] = [module.local.get(1, binaryen.i32), module.local.get(2, binaryen.i32)];
    const lastByte = (): number =>
      module.i32.sub(module.i32.add(module.local.get(3, binaryen.i32), module.i32.add(size, offset)), module.i32.const(1));
    const body = name === 'store_ptr' ? module.call(guard, [value, lastByte()], binaryen.i32) : value;
    module.addFunction(name, params, results, [], body);
  }
};

const prepareProgram = ({ program, host }: LinkRequest): Uint8Array => {
  const module = readModule(program.wasm, PROGRAM_FEATURES);
  exportMain(module);
  guardStores(module);
  bindImports(module, program.imports);
  giveData(module, [...takeData(module), ...host.data], host.heapStart);
  validate(module, 'before linking');
  binaryen.setDebugInfo(true);
  const wasm = module.emitBinary();
  module.dispose();
  return wasm;
};

const merge = (program: Uint8Array, { host, mergeTool }: LinkRequest): Uint8Array => withFolder((folder) => {
  fs.writeFileSync(path.join(folder, 'program.wasm'), program);
  fs.writeFileSync(path.join(folder, 'host.wasm'), host.wasm);
  run(process.execPath, [mergeTool, 'program.wasm', PROGRAM_MODULE, 'host.wasm', HOST_MODULE, '-o', 'merged.wasm', '-g',
    '--rename-export-conflicts', ...FEATURE_FLAGS], { cwd: folder });
  return fs.readFileSync(path.join(folder, 'merged.wasm'));
});

const finish = (merged: Uint8Array): Uint8Array => {
  const module = readModule(merged, PROGRAM_FEATURES);
  for (const { name } of exportsOf(module)) if (!EXPORTS.includes(name)) module.removeExport(name);
  module.runPasses(['strip-eh']);
  module.setFeatures(COMMAND_FEATURES);
  binaryen.setOptimizeLevel(2);
  binaryen.setShrinkLevel(1);
  module.runPasses(['remove-unused-module-elements', 'dae-optimizing', 'inlining-optimizing']);
  module.optimize();
  validate(module, 'after linking');
  binaryen.setDebugInfo(true);
  const wasm = module.emitBinary();
  module.dispose();
  return wasm;
};

await answerRequest((request: LinkRequest): Uint8Array => finish(merge(prepareProgram(request), request)));
