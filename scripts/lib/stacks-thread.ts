/** The instrumentation of stacks.ts, by binaryen; a thread of its own. */

import binaryen from 'binaryen';
import { FEATURES, functionInfo, readModule, validate, type Module } from './binaryen-module.ts';
import type { StackResult } from './stacks.ts';
import { answerRequest } from './thread-answer.ts';

/** What compilers for WASI use. */
const PROGRAM_FEATURES = FEATURES | binaryen.Features.NontrappingFPToInt | binaryen.Features.SIMD128
  | binaryen.Features.ReferenceTypes;

/** The functions of the library that tell who called them. */
const TELLING = [
  'malloc', 'free', 'calloc', 'realloc', 'aligned_alloc', 'memalign', 'posix_memalign', 'free_sized', 'free_aligned_sized',
];

/** Of the room for names in hooks.c. */
const NAMES_SIZE = 16384;

/** Longer names are cut. */
const NAME_MAX = 80;

const DEPTH = 4;
const INNER = '$inner';
const frameGlobal = (index: number): string => `stack$${index}`;

/**
 * What compilers call main. The first of these that a program has is its own; another one is where the C library prepares
 * the arguments.
 */
const MAINS = ['__main_argc_argv', 'main', '__original_main', '__main_void'];

/** How a function is called in stacks; undefined for those that are none of the program's. */
const nameIn = (name: string, functions: string[]): string | undefined => {
  if (MAINS.includes(name)) return name === MAINS.find((main) => functions.includes(main)) ? 'main' : undefined;
  if (/^(?:_|\d|tallow|describe|put$|put_)/.test(name) || TELLING.includes(name)) return undefined;
  return name.length > NAME_MAX ? `${name.slice(0, NAME_MAX - 3)}...` : name;
};

/** Moves the body of `name` to a function of its own and gives what `body` makes of a call of that in its place. */
const wrap = (module: Module, name: string, body: (call: number, results: number) => { vars: number[]; code: number }): void => {
  const { params, results, vars, body: code } = functionInfo(module, name);
  module.addFunction(name + INNER, params, results, vars, module.copyExpression(code!));
  const operands = binaryen.expandType(params).map((type, index) => module.local.get(index, type));
  const made = body(module.call(name + INNER, operands, results), results);
  const exported = module.getFunction(name);
  module.removeFunction(name);
  if (!exported) throw new Error(`the program has no function ${name}`);
  module.addFunction(name, params, results, made.vars, made.code);
};

/** The wrapper of a function of the program: it is the innermost frame while its body runs. */
const keepFrame = (module: Module, name: string, text: number): void => {
  wrap(module, name, (call, results) => {
    const first = binaryen.expandType(functionInfo(module, name).params).length;
    const saved = [0, 1, 2, 3].map((index) => module.local.set(first + index, module.global.get(frameGlobal(index), binaryen.i32)));
    const push = [3, 2, 1].map((index) => module.global.set(frameGlobal(index), module.local.get(first + index - 1, binaryen.i32)));
    const restore = [0, 1, 2, 3].map((index) => module.global.set(frameGlobal(index), module.local.get(first + index, binaryen.i32)));
    const enter = [...saved, ...push, module.global.set(frameGlobal(0), module.i32.const(text))];
    const vars = Array<number>(DEPTH).fill(binaryen.i32);
    if (results === binaryen.none) return { vars, code: module.block(null, [...enter, call, ...restore]) };
    const result = first + DEPTH;
    return {
      vars: [...vars, results],
      code: module.block(null, [...enter, module.local.set(result, call), ...restore, module.local.get(result, results)], results),
    };
  });
};

/** The wrapper of malloc or a relative: it tells who called it. */
const tellFrames = (module: Module, name: string): void => {
  wrap(module, name, (call, results) => {
    const frames = [0, 1, 2, 3].map((index) => module.global.get(frameGlobal(index), binaryen.i32));
    const tell = module.call('tallow_stack_tell', frames, binaryen.none);
    return { vars: [], code: module.block(null, [tell, call], results) };
  });
};

/** The address that the function `tallow_stack_names` gives. */
const namesAddress = (module: Module): number => {
  if (!module.getFunction('tallow_stack_names') || !module.getFunction('tallow_stack_tell')) {
    throw new Error('this is no program that is linked with -ltallow-debug, or its names were stripped');
  }
  const { body } = functionInfo(module, 'tallow_stack_names');
  let found: number | undefined;
  const look = (expression: number): void => {
    if (binaryen.getExpressionId(expression) === binaryen.ConstId) {
      found = (binaryen.getExpressionInfo(expression) as binaryen.ConstInfo).value as number;
      return;
    }
    const info = binaryen.getExpressionInfo(expression) as Partial<binaryen.BlockInfo & binaryen.ReturnInfo>;
    for (const child of [info.value, ...info.children ?? []]) if (child) look(child);
  };
  look(body!);
  if (found === undefined) throw new Error('tallow_stack_names has no constant address; compile the program with optimisation');
  return found;
};

/** Code that writes `bytes`, a multiple of 4, from `address` on. */
const writing = (module: Module, address: number, bytes: Buffer): number => {
  const stores: number[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    stores.push(module.i32.store(0, 4, module.i32.const(address + at), module.i32.const(bytes.readInt32LE(at)), '0'));
  }
  return module.block(null, stores);
};

await answerRequest((wasm: Uint8Array): StackResult => {
  const module = readModule(wasm, PROGRAM_FEATURES);
  const address = namesAddress(module);
  for (let index = 0; index < DEPTH; index++) module.addGlobal(frameGlobal(index), binaryen.i32, true, module.i32.const(0));
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) => binaryen.getFunctionInfo(module.getFunctionByIndex(index)))
    .filter(({ module: from }) => !from).map(({ name }) => name);
  const texts: Buffer[] = [];
  let size = 0;
  let named = 0;
  let unnamed = 0;
  for (const name of functions) {
    const shown = nameIn(name, functions);
    if (shown === undefined) continue;
    const text = Buffer.from(`${shown}\0`);
    if (size + text.length > NAMES_SIZE) {
      unnamed++;
      continue;
    }
    keepFrame(module, name, address + size);
    texts.push(text);
    size += text.length;
    named++;
  }
  for (const name of TELLING) if (functions.includes(name)) tellFrames(module, name);
  const start = ['_start', '_initialize'].find((name) => functions.includes(name));
  if (!start) throw new Error('the program has neither _start nor _initialize');
  const all = Buffer.concat([...texts, Buffer.alloc((4 - size % 4) % 4)]);
  wrap(module, start, (call, results) => ({ vars: [], code: module.block(null, [writing(module, address, all), call], results) }));
  validate(module, 'after adding stacks');
  binaryen.setDebugInfo(true);
  const changed = module.emitBinary();
  module.dispose();
  return { wasm: changed, named, unnamed };
});
