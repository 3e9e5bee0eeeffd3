/** The engines that the benchmark runs on. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';

/** Calls an exported function of one instance. All of them take and give i32. */
export type Call = (name: string, ...args: number[]) => number;

export interface Engine {
  readonly name: string;
  readonly description: string;
  /** Compiles the module in a file; the result makes a new instance each time. */
  readonly load: (file: string) => () => Call;
}

/** An instance as V8 sees it, for those who also want its memory. */
export const callOf =
  ({ exports }: WebAssembly.Instance): Call =>
  (name, ...args) => {
    const found = exports[name];
    if (typeof found !== 'function') throw new Error(`the module has no function ${name}`);
    return (found as (...args: number[]) => number)(...args);
  };

/** V8 of this process. */
const openV8 = (): Engine => {
  for (const flag of ['--no-liftoff', '--no-wasm-tier-up', '--no-wasm-lazy-compilation']) setFlagsFromString(flag);
  return {
    name: 'v8',
    description: `V8 ${process.versions.v8} (Node ${process.versions.node}), compiled by its optimising tier from the start`,
    load: (file) => {
      const module = new WebAssembly.Module(readFileSync(file));
      return () => callOf(new WebAssembly.Instance(module));
    },
  };
};

/** What is used of the npm package, which can run modules without imports and call functions that have a result. */
interface WasmtimePackage {
  readonly Config: new () => object;
  readonly Engine: new (config: object) => object;
  readonly Module: { fromFile(engine: object, file: string): object };
  readonly Store: new (engine: object) => object;
  readonly Instance: new (
    store: object,
    module: object,
  ) => { getFunc(store: object, name: string): { call(store: object, args: readonly number[]): number } | null };
}

/** Wasmtime with Cranelift, in this process. */
const openWasmtime = (): Engine => {
  const { Config, Engine, Module, Store, Instance } = createRequire(import.meta.url)('wasmtime') as WasmtimePackage;
  const engine = new Engine(new Config());
  return {
    name: 'wasmtime',
    description: 'Wasmtime with Cranelift, from the npm package wasmtime',
    load: (file) => {
      const module = Module.fromFile(engine, file);
      return () => {
        const store = new Store(engine);
        const instance = new Instance(store, module);
        return (name, ...args) => {
          const found = instance.getFunc(store, name);
          if (found === null) throw new Error(`the module has no function ${name}`);
          return found.call(store, args);
        };
      };
    },
  };
};

/** How to get each engine ready; to be done before the first module is compiled. */
export const ENGINES: Readonly<Record<string, () => Engine>> = { v8: openV8, wasmtime: openWasmtime };
