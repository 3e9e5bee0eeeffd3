/**
 * Components in tests: what a component exports is called by name, on Node by way of jco, with everything written down
 * so that Wasmtime can be asked the same (callComponent in scripts/lib/wasi-engines/wasmtime.ts). Names are those of
 * WIT, values as JSON has them: a list<u8> is a list of numbers, a record an object, a result {"ok": value} or
 * {"err": value}, any other variant {case: value}, and the n-th resource that the component gave {"resource": n}.
 */

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { WASIShim } from '@bytecodealliance/preview2-shim/instantiation';
import { withFolder } from '../../scripts/lib/folder.ts';
import { MEMORY_SECTION, leb, Reader, sectionBytes, sectionsOf } from '../../scripts/lib/wasm-binary.ts';
import { transpileComponent } from '../../scripts/lib/transpile.ts';
import type { ComponentCall } from '../../scripts/lib/wasi-engines/wasmtime.ts';

export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };

export interface Recording {
  calls: ComponentCall[];
  /** What each call gave; null for a resource given back. */
  results: Value[];
}

type Exports = Record<string, unknown>;

/** An instance of the component in this process. `imports` are what it wants from the host besides WASI, by interface. */
export const instantiate = async (component: Uint8Array, imports: object = {}): Promise<Exports> => {
  const files = await transpileComponent(component);
  return withFolder(async (folder) => {
    const program = path.join(folder, 'program.mjs');
    fs.writeFileSync(program, files['program.js']!);
    const { instantiate: start } = await import(pathToFileURL(program).href) as {
      instantiate: (compile: (name: string) => WebAssembly.Module, imports: object) => Promise<Exports>;
    };
    const wasi = new WASIShim().getImportObject();
    return await start((name) => new WebAssembly.Module(files[name]! as BufferSource), { ...wasi, ...imports });
  });
};

/** The module with a memory of so many wasm pages at most. */
export const withMemoryMax = (core: Uint8Array, wasmPages: number): Uint8Array => Buffer.concat([
  core.subarray(0, 8),
  ...sectionsOf(core).map(({ id, start, end, contents }) => {
    if (id !== MEMORY_SECTION) return core.subarray(start, end);
    const reader = new Reader(contents, 2);
    return sectionBytes(id, [1, 1, ...leb(reader.number()), ...leb(wasmPages)]);
  }),
]);

const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

type JsFunction = (...args: unknown[]) => unknown;

/** A value of jco's as WIT has it; a class instance is a resource. */
const fromJs = (value: unknown, resourceOf: (object: object) => Value): Value => {
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map((item) => fromJs(item, resourceOf));
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return value as Value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return resourceOf(value);
  const { tag, val, ...rest } = value as Record<string, unknown>;
  if (typeof tag === 'string') return { [tag]: fromJs(val, resourceOf) };
  return Object.fromEntries(Object.entries(rest).map(([name, item]) => [kebab(name), fromJs(item, resourceOf)]));
};

/** What jco throws when a function's result is an error. */
const isResultError = (error: unknown): error is { payload: unknown } =>
  error instanceof Error && error.constructor.name === 'ComponentError';

/** An instance on Node whose calls are written down. */
export class Recorder {
  readonly recording: Recording = { calls: [], results: [] };
  readonly #interfaces: Exports;
  readonly #plain: Set<string>;
  readonly #resources: object[] = [];

  /**
   * @param interfaces an instance's exports, by the full name of their interface; of functions outside by null
   * @param plain functions whose type is no result
   */
  constructor(interfaces: Exports, plain: string[]) {
    this.#interfaces = interfaces;
    this.#plain = new Set(plain);
  }

  #record(call: ComponentCall, result: Value): void {
    this.recording.calls.push(call);
    this.recording.results.push(result);
  }

  #resourceOf(object: object): Value {
    const known = this.#resources.indexOf(object);
    return { resource: known >= 0 ? known : this.#resources.push(object) - 1 };
  }

  #toJs(value: Value): unknown {
    if (Array.isArray(value)) return Uint8Array.from(value as number[]);
    if (value !== null && typeof value === 'object' && 'resource' in value) return this.#resources[value.resource as number];
    return value;
  }

  #invoke(from: Exports, name: string, args: unknown[]): unknown {
    const [, kind, rest] = /^\[(\w+)\](.*)$/.exec(name) ?? [];
    if (kind === 'constructor') {
      const type = from[camel(`-${rest}`)] as new (...args: unknown[]) => object;
      return new type(...args);
    }
    if (kind === 'method') {
      const [self, ...others] = args;
      return (self as Record<string, JsFunction>)[camel(rest!.split('.')[1]!)]!(...others);
    }
    return (from[camel(name)] as JsFunction)(...args);
  }

  /** Calls an export. A trap is an error. */
  call(from: string | null, name: string, ...args: Value[]): Value {
    const exports = from === null ? this.#interfaces : this.#interfaces[from] as Exports;
    let result: Value;
    try {
      const value = fromJs(this.#invoke(exports, name, args.map((arg) => this.#toJs(arg))), (o) => this.#resourceOf(o));
      result = this.#plain.has(name) ? value : { ok: value };
    } catch (error) {
      if (!isResultError(error)) throw error;
      result = { err: fromJs(error.payload, (o) => this.#resourceOf(o)) };
    }
    this.#record({ interface: from ?? undefined, function: name, args }, result);
    return result;
  }

  /** Gives a resource back. */
  drop(resource: Value): void {
    const { resource: index } = resource as { resource: number };
    const dispose = Symbol.dispose ?? Symbol.for('dispose');
    (this.#resources[index] as Record<symbol, () => void>)[dispose]!();
    this.#record({ drop: index }, null);
  }
}
