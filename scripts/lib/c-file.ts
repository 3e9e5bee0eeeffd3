/** tallow.c: the core as one freestanding C file. */

import { C_FUNCTIONS, C_INSTANCE, cPrototype, POSIX_MEMALIGN, type CFunction } from './c-names.ts';
import { constantOf } from './declarations.ts';
import { buildCore, type BuiltModule, type ModuleOptions } from './module.ts';
import { prologueFor, wasmToC } from './wasm-to-c.ts';

/** The core as C needs it: no Wasm memory that could grow, initialised by its user, stopping in tallow_panic. */
export const buildCoreForC = (options: Omit<ModuleOptions, 'entry'> = {}): Promise<BuiltModule> => buildCore({
  heapStart: 0,
  memory: { module: 'host', name: 'memory' },
  constants: { memorySize: 0, memoryGrow: -1 },
  imported: { panic: { module: 'host', name: 'panic' } },
  inline: [], // the C compiler does that (FAST below)
  ...options,
});

const HEAD = `/*
 * Tallow: a memory allocator for places without a runtime. tallow.h tells how to use this file.
 * Generated from the TypeScript in kernel-heap/; change that, not this.
 */
#include "tallow.h"

#ifndef TALLOW_BASE
#define TALLOW_BASE 0
#endif
#define MEMORY_BASE TALLOW_BASE

/* The heap's variables, all of them. */
#ifdef TALLOW_INSTANCE
#define INSTANCE (*TALLOW_INSTANCE())
#else
static struct tallow_instance only_instance;
#define INSTANCE only_instance
#endif

`;

const SEAM = `
/* Pointers to the core's addresses and back. Address 0 is no block, so NULL stays NULL whatever the base. */
INLINE void *pointer_of(u32 address) {
  return address ? (void *)MEMORY(address) : (void *)0;
}

INLINE u32 address_of(const void *pointer) {
  return pointer ? (u32)((uintptr_t)pointer - (uintptr_t)(TALLOW_BASE)) : 0;
}

/* Whether the core's 32-bit addresses and sizes can express a size or reach a pointer. */
INLINE int fits(size_t size) {
  return size <= UINT32_MAX;
}

INLINE u32 size_of(size_t size) {
  return fits(size) ? (u32)size : UINT32_MAX;
}

INLINE int reaches(const void *pointer) {
  return !pointer || (uintptr_t)pointer - (uintptr_t)(TALLOW_BASE) <= UINT32_MAX;
}

__attribute__((noreturn)) COLD static void stop(unsigned code, void *address) {
  TALLOW_PANIC(code, address);
  __builtin_trap(); /* it has returned, which it must not */
}

__attribute__((noreturn)) COLD static void core_panic_host(u32 code, u32 address) {
  stop(code, pointer_of(address));
}
`;

const STANDARD_NAMES_HEAD = `
#ifdef TALLOW_STANDARD_NAMES

`;

const POSIX_MEMALIGN_BODY = `${POSIX_MEMALIGN} {
  enum { invalid = 22, no_memory = 12 }; /* EINVAL and ENOMEM wherever there is Unix; a kernel has no errno.h to ask */
  if (alignment < sizeof(void *) || (alignment & (alignment - 1))) return invalid;
  void *block = tallow_aligned_alloc(alignment, size);
  if (!block) return no_memory;
  *out = block;
  return 0;
}

#endif
`;

/**
 * The core writes to its own addresses only. A struct beyond their reach is filled by way of the room that the state
 * record keeps for it, so that the figures do not count a block of their own.
 */
const statsBody = (target: string): string => {
  const room = constantOf('STATE_STATS_OFFSET');
  return `  if (reaches(out)) {
    ${target}(address_of(out));
  } else if (INSTANCE.state) {
    ${target}(INSTANCE.state + ${room});
    *out = *(struct tallow_stats *)MEMORY(INSTANCE.state + ${room});
  } else {
    *out = (struct tallow_stats){ .version = ${constantOf('STATS_VERSION')}, .size = sizeof *out };
  }
`;
};

const body = ({ result, parameters }: CFunction, target: string): string => {
  if (parameters.some(([kind]) => kind === 'stats')) return statsBody(target);
  // A size that no block has is one to a function without a result, too.
  const refused = result === 'void' ? [] : parameters.flatMap(([kind, name]) =>
    (kind === 'size' ? [`!fits(${name})`] : kind === 'region' ? [`!reaches(${name})`] : []));
  const wild = parameters.filter(([kind]) => kind === 'pointer' || kind === 'heap')
    .map(([, name]) => `  if (!reaches(${name})) stop(TALLOW_PANIC_INVALID_FREE, ${name});\n`)
    .concat(parameters.filter(([kind]) => kind === 'recording')
      .map(([, name]) => `  if (!reaches(${name})) stop(TALLOW_PANIC_INVALID_HEAP, ${name});\n`));
  const operands = parameters.map(([kind, name]) => {
    if (kind === 'place' || kind === 'count') return `(u32)${name}`;
    if (kind !== 'size') return `address_of(${name})`;
    return result === 'void' ? `size_of(${name})` : `(u32)${name}`;
  });
  const call = `${target}(${operands.join(', ')})`;
  const guard = wild.join('') + (refused.length > 0 ? `  if (${refused.join(' || ')}) return 0;\n` : '');
  if (result === 'void') return `${guard}  ${call};\n`;
  const isPointer = ['pointer', 'heap', 'record', 'report', 'recording'].includes(result);
  return `${guard}  return ${isPointer ? `pointer_of(${call})` : call};\n`;
};

/** The paths that nearly all calls take, and one that few do: tests/bench/kernel-cost.test.ts counts what it is worth. */
const FAST = ['heapAlloc', 'heapFree'];
const SLOW = ['retiredPush'];

/** The text of tallow.c, made of the module that buildCoreForC gives. */
export const cFile = (core: BuiltModule): string => {
  const translation = wasmToC(core.wasm, {
    prefix: 'core_',
    importName: (_module, name) => `core_${name}_host`,
    instance: 'INSTANCE',
    fast: FAST,
    slow: SLOW,
  });
  const unknown = translation.globals.find((name) => !C_INSTANCE.includes(name));
  if (unknown) throw new Error(`struct tallow_instance has no field ${unknown}; C_INSTANCE in c-names.ts lists them`);
  const functions = C_FUNCTIONS.map((f) => {
    const target = translation.exports.get(f.core);
    if (!target) throw new Error(`the core does not export ${f.core}, which ${f.name} stands for`);
    return `${cPrototype(f)} {\n${body(f, target)}}\n`;
  });
  const standard = C_FUNCTIONS.filter((f) => f.standard).map((f) => {
    const call = `${f.name}(${f.parameters.map(([, name]) => name).join(', ')})`;
    return `${cPrototype(f, f.standard)} {\n  ${f.result === 'void' ? '' : 'return '}${call};\n}\n`;
  });
  const text = [SEAM, translation.text, '\n', functions.join('\n')].join('');
  return [
    HEAD, prologueFor(text), text,
    STANDARD_NAMES_HEAD, standard.join('\n'), '\n', POSIX_MEMALIGN_BODY,
  ].join('');
};
