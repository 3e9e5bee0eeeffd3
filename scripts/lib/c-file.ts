/** tallow.c: the core as one freestanding C file. */

import fs from 'node:fs';
import { C_FUNCTIONS, C_INSTANCE, cPrototype, POSIX_MEMALIGN, type CFunction } from './c-names.ts';
import { cached } from './cache.ts';
import { constantOf } from './declarations.ts';
import { buildCore, type BuiltModule, type ModuleOptions } from './module.ts';
import { DESCRIBE_FILES } from './wasi-library.ts';
import { prologueFor, wasmToC } from './wasm-to-c.ts';

/** What the core calls when it has written a report. Debug profile only. */
const BUG_TELL = 'bugTell';

/** The core as C needs it: no Wasm memory that could grow, initialised by its user, stopping in tallow_panic. */
export const buildCoreForC = (options: Omit<ModuleOptions, 'entry'> = {}): Promise<BuiltModule> => {
  const hooks = options.profile === 'debug' ? ['panic', BUG_TELL] : ['panic'];
  return buildCore({
    heapStart: 0,
    memory: { module: 'host', name: 'memory' },
    constants: { memorySize: 0, memoryGrow: -1 },
    imported: Object.fromEntries(hooks.map((name) => [name, { module: 'host', name }])),
    inline: [], // the C compiler does that (FAST below)
    ...options,
  });
};

const INCLUDE = '#include "tallow.h"\n';

const HEAD = `/*
 * Tallow: a memory allocator for places without a runtime. tallow.h tells how to use this file.
 * Generated from the TypeScript in kernel-heap/; change that, not this.
 */
${INCLUDE}
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

const describeTexts = (): string[] => DESCRIBE_FILES.map((file) => fs.readFileSync(file, 'utf8'));

/** The debug profile's file undoes the macros of tallow-debug.h, which a build may include before everything. */
const UNDEFINITIONS = [...C_FUNCTIONS.flatMap(({ name, standard }) => [name, standard ?? []].flat()), 'posix_memalign']
  .map((name) => `#undef ${name}\n`).join('');

/** The text with the prefix of the core's names before those of its own, among which those of the user must not be. */
const withPrefix = (text: string): string => {
  const own = [...text.matchAll(/^static \w+ (\w+)\(/gm)].map(([, name]) => name!);
  return text.replaceAll(new RegExp(`\\b(?:${[...own, 'put'].join('|')})(?=[(,);])`, 'g'), 'core_$&');
};

/** What the debug profile does with a report; stands behind the public functions, which it calls. */
const reports = (): string => {
  const texts = describeTexts().map((text) => withPrefix(text.replaceAll(/^#include .*\n/gm, '').trim()));
  return `
/* Reports in plain words. */
#ifdef TALLOW_PUT

${texts.join('\n\n')}

void tallow_report_bug(const struct tallow_report *report) {
  tallow_describe(report, TALLOW_PUT);
}

size_t tallow_report_leaks(void) {
  return tallow_describe_leaks(1, TALLOW_PUT);
}

void tallow_report_recording(const struct tallow_recording *recording) {
  tallow_describe_recording(recording, TALLOW_PUT);
}

void tallow_report_dhat(const char *command) {
  tallow_describe_dhat(command, TALLOW_PUT);
}

static void core_${BUG_TELL}_host(void) {
  tallow_report_bug(tallow_bug(tallow_bugs() - 1));
}

#else

static void core_${BUG_TELL}_host(void) {
}

#endif
`;
};

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
  } else if (INSTANCE.frameMap) {
    ${target}(INSTANCE.stateRecord + ${room});
    *out = *(struct tallow_stats *)MEMORY(INSTANCE.stateRecord + ${room});
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
    .concat(parameters.filter(([kind]) => ['recording', 'range', 'external', 'batch'].includes(kind))
      .map(([, name]) => `  if (!reaches(${name})) stop(TALLOW_PANIC_INVALID_HEAP, ${name});\n`));
  const operands = parameters.map(([kind, name]) => {
    if (kind === 'place' || kind === 'count') return `(u32)${name}`;
    if (kind !== 'size') return `address_of(${name})`;
    return result === 'void' ? `size_of(${name})` : `(u32)${name}`;
  });
  const call = `${target}(${operands.join(', ')})`;
  const guard = wild.join('') + (refused.length > 0 ? `  if (${refused.join(' || ')}) return 0;\n` : '');
  if (result === 'void') return `${guard}  ${call};\n`;
  const isPointer = !['size', 'count', 'code'].includes(result);
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
  const tells = core.imports.some(({ name }) => name === BUG_TELL);
  const seam = tells ? `${SEAM}\nstatic void core_${BUG_TELL}_host(void);\n` : SEAM;
  const text = [seam, translation.text, '\n', functions.join('\n'), tells ? reports() : ''].join('');
  return [
    tells ? HEAD.replace(INCLUDE, `$&\n${UNDEFINITIONS}`) : HEAD, prologueFor(text), text,
    STANDARD_NAMES_HEAD, standard.join('\n'), '\n', POSIX_MEMALIGN_BODY,
  ].join('');
};

/** The same, made anew only when something has changed. */
export const cachedCFile = async (core: BuiltModule): Promise<string> =>
  (await cached('c', [core.wasm, ...describeTexts()], () => cFile(core))).value;
