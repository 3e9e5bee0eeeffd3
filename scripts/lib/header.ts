/** tallow.h, generated from the core's sources. */

import { C_FUNCTIONS, C_INSTANCE, C_PANIC, cPrototype, POSIX_MEMALIGN } from './c-names.ts';
import { constantsOf, docOf, type Constant } from './declarations.ts';

const comment = (text: string): string => {
  const lines = text.split('\n');
  if (lines.length === 1) return `/** ${text} */\n`;
  return `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`;
};

const enumeration = (name: string, constants: Constant[]): string => {
  const entries = constants.map((constant) =>
    `  ${comment(constant.comment).trim().split('\n').join('\n  ')}\n  TALLOW_${constant.name} = ${constant.value},\n`);
  return `enum ${name} {\n${entries.join('')}};\n`;
};

/** `struct tallow_<name>` of the constants <NAME>_…_OFFSET; what lies between one offset and the next is the field. */
const structure = (name: string): string => {
  const prefix = `${name.toUpperCase()}_`;
  const constants = constantsOf(prefix);
  const size = constants.find((constant) => constant.name === `${prefix}SIZE`)!.value;
  const fields = constants.filter((constant) => constant.name.endsWith('_OFFSET')).sort((a, b) => a.value - b.value);
  const lines = fields.map((constant, index) => {
    const words = ((fields[index + 1]?.value ?? size) - constant.value) / 4;
    const field = constant.name.slice(prefix.length).replace(/_OFFSET$/, '').toLowerCase();
    const isRecord = field === 'record' || field === 'target';
    const type = isRecord ? 'struct tallow_record ' : 'uint32_t ';
    const declaration = `${type}${field}${words === 1 || isRecord ? '' : `[${words}]`};`;
    return constant.comment ? `  ${declaration.padEnd(30)} /* ${constant.comment} */\n` : `  ${declaration}\n`;
  });
  return `struct tallow_${name} {\n${lines.join('')}};\n`;
};

/** The text of tallow.h. */
export const header = (): string => `/*
 * Tallow: a memory allocator for places without a runtime. Generated from the TypeScript in kernel-heap/.
 *
 * Freestanding, for tallow.c: compile with -ffreestanding -fno-strict-aliasing -fno-delete-null-pointer-checks
 * (x86 kernels also -mgeneral-regs-only, x86_64 ones -mno-red-zone), call tallow_init before anything else, and
 * supply tallow_panic. memset, memcpy and memmove are all that it calls besides. The whole program, tallow.c as well
 * as what includes tallow.h, is compiled with the same of these macros:
 *
 *   TALLOW_BASE             the address that the heap counts from; 0 by default. Its memory lies within 4 GiB above.
 *   TALLOW_PANIC            the name of your function that stops the machine; tallow_panic by default
 *   TALLOW_INSTANCE         the name of your function that says which heap is meant, for one heap on each processor:
 *                           struct tallow_instance *name(void). Without it there is one heap.
 *   TALLOW_STANDARD_NAMES   to get malloc, free, calloc, realloc, aligned_alloc, memalign, posix_memalign and
 *                           malloc_usable_size as well
 *   TALLOW_PUT              the name of your function that prints: void name(const char *text, size_t length). The debug
 *                           profile tells by it what it finds, in plain words.
 *   TALLOW_PLACE            the name of your function that prints what one word of a place means (tallow_at):
 *                           void name(uint32_t place). Without it places are texts, as tallow-debug.h tells them.
 *
 * There are no locks: no two calls for the same heap may overlap, in interrupts neither.
 *
 * On WASI, for libtallow.a: the library replaces malloc and its relatives, and initialises itself.
 */
#ifndef TALLOW_H
#define TALLOW_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Why tallow_panic is called. */
${enumeration('tallow_panic_code', constantsOf('PANIC_'))}
/** What tallow_check finds; 0 is nothing. */
${enumeration('tallow_check_code', constantsOf('CHECK_'))}
/** The figures that tallow_stats writes. */
${structure('stats')}
/** A block as the debug profile knows it. Addresses are the heap's own: add TALLOW_BASE. */
${structure('record')}
/** What the debug profile reports of a bug: the block's record as it was, all 0 if no block is concerned. */
${structure('report')}
/** What the words of a block or a range are to the pointer audit. */
${enumeration('tallow_kind', constantsOf('KIND_'))}
/** What it finds of a word. */
${enumeration('tallow_audit', constantsOf('AUDIT_'))}
/** Words that it looks at besides the blocks, or memory with external values. */
${structure('range')}
/** Allocations and frees as tallow_record_begin has them recorded. */
${structure('recording')}
/** What is wrong with them, flags. */
${enumeration('tallow_recorded', constantsOf('RECORDED_'))}
/** What tallow_debug sets. */
${enumeration('tallow_setting', constantsOf('SETTING_').filter(({ comment }) => comment !== ''))}
/** A heap of one's own. */
struct tallow_heap;

/** A region of external values, and a batch of them. */
struct tallow_external;
struct tallow_batch;

/**
 * All that a heap keeps outside of the memory that it was given. With TALLOW_INSTANCE you keep one for each heap, all
 * zero in the beginning; a block is freed and resized by the heap that it came from.
 */
struct tallow_instance {
${C_INSTANCE.map((name) => `  uint32_t ${name};\n`).join('')}};

${C_FUNCTIONS.map((f) => `${comment(docOf(f.core))}${cPrototype(f)};\n`).join('\n')}
#ifdef TALLOW_STANDARD_NAMES
${C_FUNCTIONS.filter((f) => f.standard).map((f) => `${cPrototype(f, f.standard)};\n`).join('')}${POSIX_MEMALIGN};
#endif

/**
 * Supplied by you: corruption or misuse was found. \`code\` is one of enum tallow_panic_code, \`address\` what it is
 * about. Must not return.
 */
#ifndef TALLOW_PANIC
#define TALLOW_PANIC tallow_panic
#endif
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
${C_PANIC};

#ifdef TALLOW_PUT
/** Supplied by you: prints \`length\` characters. */
void TALLOW_PUT(const char *text, size_t length);

/** Tells a bug: what happened to which block, where it was allocated and freed. Debug profile only. */
void tallow_report_bug(const struct tallow_report *report);

/**
 * Tells all live blocks, put together by where they were allocated, with the places where others from there were freed.
 * Returns how many there are. O(live blocks squared), allocates nothing. Debug profile only.
 */
size_t tallow_report_leaks(void);

/** Tells a recording that has ended, and the blocks that are left over in it. Debug profile only. */
void tallow_report_recording(const struct tallow_recording *recording);

/**
 * Prints all live blocks by their places as a profile in JSON for the viewer of DHAT (valgrind's dh_view.html), which
 * shows \`command\` as its program. Debug profile only.
 */
void tallow_report_dhat(const char *command);
#endif

#ifdef TALLOW_PLACE
/** Supplied by you: prints what one word of a place means. */
void TALLOW_PLACE(uint32_t place);
#endif

#ifdef TALLOW_INSTANCE
/** Supplied by you: the heap that the caller means, the same one until its call of the allocator is over. */
struct tallow_instance *TALLOW_INSTANCE(void);
#endif

#ifdef __cplusplus
}
#endif

#endif
`;
