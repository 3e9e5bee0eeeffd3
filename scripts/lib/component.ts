/** Core modules to components: commands as they are, libraries with a world in WIT. */

import fs from 'node:fs';
import path from 'node:path';
import { cached } from './cache.ts';
import { wantsCallEnds, withCallEnds, withoutCallEnds } from './call-ends.ts';
import type { ComponentRequest } from './component-thread.ts';
import { DIST, ROOT } from './paths.ts';
import { runThread } from './thread.ts';
import { exportsOf, importedFunctionsOf, withoutCommandWrapper } from './wasm-exports.ts';

export interface ComponentOptions {
  /** The text of the WIT and the world that the component has; a command (an export `_start`) needs none. */
  wit?: { source: string; world?: string };
}

/** The WIT of the heap service, with that of what debug builds export. */
export const HEAP_WIT = path.join(ROOT, 'wasi/component/heap.wit');

export interface BuiltComponent {
  component: Uint8Array;
  /** Where the adapter to WASI has its memory from, two blocks of 64 KiB; undefined if the core needs none. */
  adapterMemory: 'cabi_realloc' | 'memory.grow' | undefined;
  /** Whether it came from the cache. */
  unchanged: boolean;
}

/** Making a component takes less than a second. */
const COMPONENT_TIME_MAX = 60_000;

const MAGIC = Buffer.from('\0asm');

/** The layer that the eight bytes at the beginning tell: 0 for core modules, 1 for components. */
const layerOf = (wasm: Uint8Array): number | undefined =>
  (wasm.length >= 8 && Buffer.compare(wasm.subarray(0, 4), MAGIC) === 0 ? wasm[6] : undefined);

/** Whether it is a component rather than a core module. */
export const isComponent = (wasm: Uint8Array): boolean => layerOf(wasm) === 1;

/** The tools' reasons in one line, without what they say of every failure, and the next step where one is known. */
const explain = (message: string): string => {
  const reasons = message.split('\n').map((line) => line.trim().replace(/^\$?(\d+: )?/, ''))
    .filter((line) => line !== '' && !/^(Caused by:|failed to encode a component|failed to decode world|module was not valid)/.test(line));
  const text = [...new Set(reasons)].join(': ') || message;
  if (/realloc/.test(text)) return `${text} (link the program with -Wl,--export=cabi_realloc)`;
  return text;
};

/**
 * Makes a component of a core module.
 *
 * A module with `_start` becomes a command (`wasi:cli/run`); any other one needs `options.wit`, whose world it exports
 * under the canonical names. If the core exports `cabi_realloc`, the adapter to WASI takes its memory from there, and
 * otherwise from memory.grow. A library on libtallow-debug.a is told where its calls end (call-ends.ts), and exports
 * `tallow:heap/calls` besides.
 *
 * Throws an error that says what is missing. Takes half a second; nothing when the same was made before.
 */
export const buildComponent = async (
  core: Uint8Array,
  options: ComponentOptions = {},
): Promise<BuiltComponent> => {
  if (isComponent(core)) throw new Error('this is a component already');
  if (layerOf(core) !== 0) throw new Error('this is no Wasm module');
  const isCommand = exportsOf(core).some(({ name }) => name === '_start');
  if (!isCommand && !options.wit) {
    throw new Error('the module exports no _start, so it is no command; a library needs a world: --wit and --world');
  }
  const needsWasi = importedFunctionsOf(core).some(({ module }) => module === 'wasi_snapshot_preview1');
  const request: ComponentRequest = {
    core: withoutCommandWrapper(core, 'cabi_realloc'),
    wit: options.wit ? [options.wit] : [],
    adapter: isCommand ? 'command' : needsWasi ? 'reactor' : undefined,
  };
  if (wantsCallEnds(core) && options.wit) {
    request.core = withCallEnds(request.core);
    request.wit.push({ source: fs.readFileSync(HEAP_WIT, 'utf8'), world: 'debug' });
  } else if (wantsCallEnds(core)) {
    request.core = withoutCallEnds(request.core);
  }
  const inputs = [request.core, JSON.stringify([request.wit, request.adapter])];
  const { value, unchanged } = await cached('component', inputs, async () => {
    try {
      return await runThread<Uint8Array>('component-thread.ts', request, { timeMax: COMPONENT_TIME_MAX });
    } catch (error) {
      throw new Error(explain((error as Error).message), { cause: error });
    }
  });
  const allocates = exportsOf(core).some(({ name }) => name === 'cabi_realloc');
  const adapterMemory = request.adapter && (allocates ? 'cabi_realloc' : 'memory.grow');
  return { component: value, adapterMemory, unchanged };
};

/** buildComponent for the command in `file`, into dist/component/<its name>.component.wasm. Gives that path. */
export const buildCommandComponent = async (file: string): Promise<string> => {
  const output = path.join(DIST, 'component', `${path.parse(file).name}.component.wasm`);
  const { component } = await buildComponent(fs.readFileSync(file));
  fs.mkdirSync(path.dirname(output), { recursive: true });
  fs.writeFileSync(output, component);
  return output;
};
