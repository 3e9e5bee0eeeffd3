/**
 * Raw module to clean core module, by binaryen; optimize.ts runs it as a thread.
 *
 * - Exports lose their type parameters: each gets a wrapper that passes constant ones, and dead-argument elimination
 *   does the rest.
 * - The initialiser `m` is run once and its globals become initial values; `m` goes away.
 * - Memory is exported as `memory`, or imported.
 */

import binaryen from 'binaryen';
import {
  exportsOf, FEATURES, functionInfo, giveData, MEMORY, MEMORY_INITIAL, MEMORY_MAX, readModule, takeData, validate,
  type Module,
} from './binaryen-module.ts';
import type { RawModule } from './compile.ts';
import type { DataSegment, OptimizedModule, OptimizeOptions } from './optimize.ts';
import { foldShortCircuits } from './short-circuits.ts';
import { answerRequest } from './thread-answer.ts';
import { readNames, withNames } from './wasm-binary.ts';

/** The JavaScript type `number` to Porffor; what an i32 is called with. */
const TYPE_NUMBER = 1;

/** Suffix of a wrapper's name until it takes the name of what it wraps. */
const WRAPPER = '$export';

/** Suffix of a host function that takes an i64. */
const WIDE = '$wide';

/** No function is larger, in binaryen's units. */
const SIZE_ANY = 1_000_000;

/** What the default passes of a level leave to do over the whole module. */
const PASSES = [
  'dae-optimizing', 'inlining-optimizing', 'simplify-globals-optimizing', 'remove-unused-module-elements',
];

const wrapExports = (module: Module): void => {
  for (const { kind, name, value } of exportsOf(module)) {
    if (kind !== binaryen.ExternalFunction || name === 'm') continue;
    const { params, results } = functionInfo(module, value);
    const types = binaryen.expandType(params);
    const values = types.filter((_, index) => index % 2 === 0);
    const operands = types.map((type, index) =>
      index % 2 === 0 ? module.local.get(index / 2, type) : module.i32.const(TYPE_NUMBER));
    module.removeExport(name);
    module.addFunction(name + WRAPPER, binaryen.createType(values), results, [], module.call(value, operands, results));
    module.addFunctionExport(name + WRAPPER, name);
  }
};

/** Runs the initialiser and bakes what it made of the globals. */
const foldInitialiser = (module: Module, { wasm, imports: meant }: RawModule, values: Record<string, number>): void => {
  const initialiser = exportsOf(module).find(({ name }) => name === 'm');
  if (!initialiser) return;
  const count = module.getNumGlobals();
  const globals = Array.from({ length: count }, (_, index) => binaryen.getGlobalInfo(module.getGlobalByIndex(index)));

  const probe = readModule(wasm, FEATURES);
  globals.forEach(({ name }, index) => probe.addGlobalExport(name, `global${index}`));
  const compiled = new WebAssembly.Module(probe.emitBinary() as BufferSource);
  probe.dispose();
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(compiled)) {
    const called = meant.find(({ base }) => base === name)?.name;
    (imports[from] ??= {})[name] = () => {
      throw new Error(`top-level code calls the host function ${called}; only functions may`);
    };
  }
  const memoryOf = ({ exports }: WebAssembly.Instance): Buffer => Buffer.from((exports.$ as WebAssembly.Memory).buffer);
  const instance = new WebAssembly.Instance(compiled, imports);
  const untouched = memoryOf(new WebAssembly.Instance(compiled, imports));
  (instance.exports.m as () => void)();
  if (Buffer.compare(untouched, memoryOf(instance)) !== 0) {
    throw new Error('top-level code writes to memory; only functions may');
  }

  const unknown = Object.keys(values).find((wanted) => !globals.some(({ name }) => name === wanted));
  if (unknown !== undefined) throw new Error(`there is no global ${unknown}, which was to begin with another value`);
  globals.forEach(({ name, type }, index) => {
    const { value } = instance.exports[`global${index}`] as WebAssembly.Global;
    if (type !== binaryen.i32) throw new Error(`the global ${name} is no i32`);
    module.removeGlobal(name);
    module.addGlobal(name, type, true, module.i32.const(values[name] ?? value));
  });
  module.removeExport('m');
  module.removeFunction(initialiser.value);
};

const nameImports = (module: Module, raw: RawModule): void => {
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const { name, base, params, results } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    const meant = base ? raw.imports.find((item) => item.base === base) : undefined;
    if (!meant) continue;
    module.removeFunction(name);
    index--;
    if (!meant.wide) {
      module.addFunctionImport(name, meant.module, meant.name, params, results);
      continue;
    }
    const types = binaryen.expandType(params);
    const operands = types.map((type, place) => {
      const value = module.local.get(place, type);
      return meant.wide!.includes(place) ? module.i64.extend_u(value) : value;
    });
    const wide = types.map((type, place) => (meant.wide!.includes(place) ? binaryen.i64 : type));
    module.addFunctionImport(name + WIDE, meant.module, meant.name, binaryen.createType(wide), results);
    module.addFunction(name, params, results, [], module.call(name + WIDE, operands, results));
  }
};

const replaceFunctions = (module: Module, options: OptimizeOptions): void => {
  for (const [name, value] of Object.entries(options.constants ?? {})) {
    if (!module.getFunction(name)) continue; // not used, so not in the module
    const { params, results } = functionInfo(module, name);
    module.removeFunction(name);
    module.addFunction(name, params, results, [], module.i32.const(value));
  }
  for (const [name, target] of Object.entries(options.imported ?? {})) {
    const { params, results } = functionInfo(module, name);
    const types = binaryen.expandType(params);
    const values = types.filter((_, index) => index % 2 === 0);
    const operands = values.map((type, index) => module.local.get(index * 2, type));
    module.removeFunction(name);
    module.addFunctionImport(`${name}$host`, target.module, target.name, binaryen.createType(values), results);
    module.addFunction(name, params, results, [], module.call(`${name}$host`, operands, results));
  }
};

const placeMemory = (module: Module, { memory, globals }: OptimizeOptions): DataSegment[] => {
  const data = takeData(module);
  module.removeExport('$');
  if (memory && memory !== 'export') {
    module.setMemory(MEMORY_INITIAL, MEMORY_MAX, null, [], false, false, MEMORY);
    module.addMemoryImport(MEMORY, memory.module, memory.name, false);
    return data;
  }
  giveData(module, data, globals?.HEAP_START);
  return [];
};

/** The function that `name` does nothing but call, with its own parameters in order. */
const forwardsTo = (module: Module, name: string): string | undefined => {
  const own = functionInfo(module, name);
  if (!own.body || binaryen.getExpressionId(own.body) !== binaryen.CallId) return undefined;
  const body = binaryen.getExpressionInfo(own.body) as binaryen.CallInfo;
  const target = functionInfo(module, body.target);
  const inOrder = body.operands.every((operand, index) => binaryen.getExpressionId(operand) === binaryen.LocalGetId
    && (binaryen.getExpressionInfo(operand) as binaryen.LocalGetInfo).index === index);
  const sameSignature = target.params === own.params && target.results === own.results;
  return inOrder && sameSignature && !target.base ? body.target : undefined;
};

/** Exports that only forward are exported as what they forward to. */
const dropForwarders = (module: Module): void => {
  for (const { kind, name, value } of exportsOf(module)) {
    if (kind !== binaryen.ExternalFunction || !value.endsWith(WRAPPER)) continue;
    const target = forwardsTo(module, value);
    if (target === undefined) continue;
    module.removeExport(name);
    module.removeFunction(value);
    module.addFunctionExport(target, name);
  }
};

/**
 * The module with the functions `names` inlined wherever they are called. Binaryen judges by size, and does not inline
 * what calls something itself; so every other function is barred from being inlined, and all sizes are allowed. The
 * bars go when the module is written and read again.
 */
const inlineNamed = (module: Module, names: string[]): Module => {
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const { name } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    if (names.includes(name)) continue;
    binaryen.setPassArgument('no-inline', name);
    module.runPasses(['no-inline']);
  }
  binaryen.setAlwaysInlineMaxSize(SIZE_ANY);
  module.runPasses(['inlining']);
  binaryen.setDebugInfo(true);
  const inlined = readModule(module.emitBinary(), FEATURES);
  module.dispose();
  return inlined;
};

const optimizeModule = (module: Module, options: OptimizeOptions): void => {
  binaryen.setOptimizeLevel(options.optimizeLevel ?? 3);
  binaryen.setShrinkLevel(options.shrinkLevel ?? 0);
  binaryen.setAlwaysInlineMaxSize(options.inlineSizeMax?.always ?? 4);
  binaryen.setFlexibleInlineMaxSize(options.inlineSizeMax?.flexible ?? 30);
  binaryen.setOneCallerInlineMaxSize(options.inlineSizeMax?.oneCaller ?? 200);
  // No block begins in the first KiB at a negative offset from another, so `load(a + 4)` may become `load offset=4`.
  binaryen.setLowMemoryUnused(true);
  for (const pattern of options.noInline ?? []) {
    binaryen.setPassArgument('no-inline', pattern);
    module.runPasses(['no-inline']);
  }
  for (let round = 0; round < 3; round++) {
    if (round > 0) {
      dropForwarders(module);
      foldShortCircuits(module);
    }
    module.runPasses(PASSES);
    module.optimize();
  }
  dropForwarders(module);
};

/** A wrapper that absorbed its function takes over the name. */
const finalNames = (wasm: Uint8Array): Uint8Array => {
  const names = readNames(wasm);
  const taken = new Set(names.functions.values());
  for (const [index, name] of names.functions) {
    const short = name.endsWith(WRAPPER) ? name.slice(0, -WRAPPER.length) : name;
    if (!taken.has(short)) names.functions.set(index, short);
  }
  return withNames(wasm, names);
};

await answerRequest(({ raw, options }: { raw: RawModule; options: OptimizeOptions }): OptimizedModule => {
  let module = readModule(raw.wasm, FEATURES);
  wrapExports(module);
  foldInitialiser(module, raw, options.globals ?? {});
  nameImports(module, raw);
  replaceFunctions(module, options);
  const data = placeMemory(module, options);
  validate(module, 'after adding the wrappers');
  if (!options.raw) {
    module = inlineNamed(module, options.inline ?? []);
    optimizeModule(module, options);
    validate(module, 'after optimising it');
  }
  binaryen.setDebugInfo(true);
  const wasm = finalNames(module.emitBinary());
  module.dispose();
  return { wasm, data };
});
