/** The same program on the engine: makes the states that symbolic runs begin with, and repeats runs with numbers. */

import type { Concrete } from './operators.ts';
import { GLOBAL_PREFIX, type Program } from './program.ts';
import type { Image } from './machine.ts';

const modules = new WeakMap<Program, WebAssembly.Module>();

export class Engine {
  readonly #exports: WebAssembly.Exports;
  readonly memory: WebAssembly.Memory;

  /**
   * @param image what to begin with; the module's own beginning by default
   * @param maximum the most wasm pages that the memory may have
   */
  constructor(program: Program, image?: Pick<Image, 'memory' | 'globals'>, maximum = program.memory.maximum) {
    const module = modules.get(program) ?? new WebAssembly.Module(program.open as BufferSource);
    modules.set(program, module);
    const initial = image ? image.memory.length / 65536 : program.memory.initial;
    this.memory = new WebAssembly.Memory({ initial, maximum });
    this.#exports = new WebAssembly.Instance(module, { host: { memory: this.memory } }).exports;
    if (!image) return;
    this.bytes.set(image.memory);
    for (const [name, value] of image.globals) this.#global(name).value = value;
  }

  #global(name: string): WebAssembly.Global {
    return this.#exports[GLOBAL_PREFIX + name] as WebAssembly.Global;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  /** Calls an export; 0 if it has no result. */
  call(name: string, ...operands: Concrete[]): number {
    return (this.#exports[name] as (...operands: Concrete[]) => number | undefined)(...operands) ?? 0;
  }

  /** A copy of the state. */
  image(program: Program, maximumLimit: number): Image {
    const globals = new Map([...program.globals.keys()].map((name) => [name, this.#global(name).value as Concrete]));
    return { memory: this.bytes.slice(), globals, maximumLimit };
  }
}
