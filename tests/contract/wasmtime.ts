/** Modules without imports on Wasmtime with Cranelift. */

import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Call } from './run.ts';

/**
 * What is used of the npm package. It ends the process on a module with imports, on a function without a result and on
 * a call with too few operands, hence host.ts; and it takes a module from a file only.
 */
interface Wasmtime {
  Config: new () => object;
  Engine: new (config: object) => object;
  Module: { fromFile(engine: object, file: string): object };
  Store: new (engine: object) => object;
  Instance: new (store: object, module: object) => {
    getFunc(store: object, name: string): { call(store: object, operands: number[]): number } | null;
  };
}

/** The functions of a module without imports. */
export const instantiateOnWasmtime = (wasm: Uint8Array): Call => {
  const { Config, Engine, Module, Store, Instance } = createRequire(import.meta.url)('wasmtime') as Wasmtime;
  const engine = new Engine(new Config());
  const store = new Store(engine);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-wasmtime-'));
  const file = path.join(folder, 'merged.wasm');
  fs.writeFileSync(file, wasm);
  const instance = new Instance(store, Module.fromFile(engine, file));
  fs.rmSync(folder, { recursive: true });
  return (name, ...operands) => {
    const found = instance.getFunc(store, name);
    if (found === null) throw new Error(`the module exports no function ${name}`);
    return found.call(store, operands);
  };
};
