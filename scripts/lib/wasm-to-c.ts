/**
 * Wasm to freestanding C: wasm2c makes the function bodies, everything around them is ours.
 *
 * wasm2c's output needs a runtime, an instance pointer and a memory object. Here memory is the machine's own, at a
 * constant base; globals are static variables; and what remains are plain static functions. Only integer code is
 * understood; anything the prologue lacks is an error.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { foldExpressions } from './c-expressions.ts';
import { withFolder } from './folder.ts';

export interface CTranslation {
  /** Static variables, prototypes and functions. Stands behind C_PROLOGUE and the declarations of the imports. */
  text: string;
  /** The names of the module's global variables. */
  globals: string[];
  /** The C function behind each export. */
  exports: Map<string, string>;
}

export interface CTranslationOptions {
  /** What the names of all functions and variables begin with. */
  prefix: string;
  /** The C function that an import stands for; it takes and returns u32. */
  importName?: (module: string, name: string) => string;
  /** An expression of the structure that has the globals as its fields, all 0; without it they are static variables. */
  instance?: string;
  /** Functions that are always part of their callers, and others never, besides those that are named so. */
  fast?: string[];
  slow?: string[];
}

/** What the generated functions use. MEMORY_BASE must be defined before it, as an integer expression. */
export const C_PROLOGUE = `typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;

#define INLINE static inline __attribute__((unused))

/* Slow paths stay out of the fast ones. */
#define COLD __attribute__((noinline, cold))
#define FAST __attribute__((always_inline)) inline

#define MEMORY(address) ((u8 *)((uintptr_t)(MEMORY_BASE) + (uintptr_t)(address)))

/*
 * memcpy of a fixed size is one instruction and, unlike a cast, allowed to alias anything. Wasm adds offset to address
 * without wrapping, hence the sum in u64; a 32-bit machine drops its upper half.
 */
#define DEFINE_LOAD(name, type, result) \\
  INLINE result name(u32 address, u32 offset) { \\
    type value; \\
    __builtin_memcpy(&value, MEMORY((u64)address + offset), sizeof value); \\
    return value; \\
  }
#define DEFINE_STORE(name, type, operand) \\
  INLINE void name(u32 address, u32 offset, operand word) { \\
    type value = (type)word; \\
    __builtin_memcpy(MEMORY((u64)address + offset), &value, sizeof value); \\
  }
DEFINE_LOAD(i32_load, u32, u32)
DEFINE_LOAD(i32_load16_u, u16, u32)
DEFINE_LOAD(i32_load8_u, u8, u32)
DEFINE_LOAD(i64_load, u64, u64)
DEFINE_STORE(i32_store, u32, u32)
DEFINE_STORE(i32_store16, u16, u32)
DEFINE_STORE(i32_store8, u8, u32)
DEFINE_STORE(i64_store, u64, u64)

INLINE void memory_fill(u32 address, u32 value, u32 size) {
  __builtin_memset(MEMORY(address), (int)value, size);
}
INLINE void memory_copy(u32 target, u32 source, u32 size) {
  __builtin_memmove(MEMORY(target), MEMORY(source), size);
}

INLINE u32 I32_CLZ(u32 x) { return x ? (u32)__builtin_clz(x) : 32u; }
INLINE u32 I32_CTZ(u32 x) { return x ? (u32)__builtin_ctz(x) : 32u; }
INLINE u32 I32_POPCNT(u32 x) { return (u32)__builtin_popcount(x); }
INLINE u32 I32_ROTL(u32 x, u32 y) { return x << (y & 31) | x >> (-y & 31); }
INLINE u32 I32_ROTR(u32 x, u32 y) { return x >> (y & 31) | x << (-y & 31); }

/* Wasm stops where C leaves it to the machine what happens. */
INLINE u32 DIV_U(u32 x, u32 y) {
  if (y == 0) __builtin_trap();
  return x / y;
}
INLINE u32 REM_U(u32 x, u32 y) {
  if (y == 0) __builtin_trap();
  return x % y;
}
INLINE u32 I32_DIV_S(u32 x, u32 y) {
  if (y == 0 || (x == 0x80000000u && y == 0xffffffffu)) __builtin_trap();
  return (u32)((s32)x / (s32)y);
}
INLINE u32 I32_REM_S(u32 x, u32 y) {
  if (y == 0) __builtin_trap();
  return y == 0xffffffffu ? 0 : (u32)((s32)x % (s32)y);
}
#define UNREACHABLE __builtin_trap()
`;

/** One definition of C_PROLOGUE, with the empty lines and the comment before it. */
const DEFINITION = /\n*(?:\/\*(?:[^*]|\*(?!\/))*\*\/\n)?(?:#define (\w+)(?:.*\\\n)*.*\n|typedef \w+ (\w+);\n|DEFINE_\w+\((\w+),.*\n|INLINE \w+ (\w+)\(.*(?:\}\n|\n(?: .*\n)*\}\n))/g;

/** C_PROLOGUE without what `text`, which stands behind it, does not use. */
export const prologueFor = (text: string): string => {
  const kept: string[] = [];
  for (const [definition, ...names] of [...C_PROLOGUE.matchAll(DEFINITION)].reverse()) {
    const name = new RegExp(`\\b${names.find((found) => found !== undefined)}\\b`);
    if (name.test(text) || kept.some((other) => name.test(other))) kept.push(definition);
  }
  return kept.reverse().join('');
};

/** Names that a generated body may use as if they were functions, besides its own and the imports. */
const PROVIDED = new Set([...C_PROLOGUE.matchAll(/#define (\w+)\(|DEFINE_\w+\((\w+)|INLINE \w+ (\w+)\(/g)]
  .map((match) => match[1] ?? match[2] ?? match[3]!)
  .concat('if', 'while', 'switch', 'for', 'return'));

const runWasm2c = (wasm: Uint8Array): { source: string; header: string } => {
  return withFolder((folder) => {
    const input = path.join(folder, 'module.wasm');
    const output = path.join(folder, 'module.c');
    fs.writeFileSync(input, wasm);
    const program = path.join(path.dirname(createRequire(import.meta.url).resolve('wabt')), 'bin/wasm2c');
    const args = [program, input, '--module-name', 'm', '--output', output];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`wasm2c failed:\n${stderr}`);
    return { source: fs.readFileSync(output, 'utf8'), header: fs.readFileSync(output.replace(/c$/, 'h'), 'utf8') };
  });
};

/** The part of `text` between the first match of `from` and the next of `to`, both excluded. */
const between = (text: string, from: RegExp, to: RegExp): string => {
  const start = from.exec(text);
  if (!start) throw new Error(`wasm2c's output has nothing like ${from}; is it another version of wabt?`);
  const rest = text.slice(start.index + start[0].length);
  const end = to.exec(rest);
  if (!end) throw new Error(`wasm2c's output has nothing like ${to}; is it another version of wabt?`);
  return rest.slice(0, end.index);
};

/** An export: its name, and the function that its wrapper calls. */
const EXPORT = /\/\* export: '(\w+)' \*\/\n\w+ \w+\([^{]*\{[^}]*?(w2c_m_\w+)\(instance/g;

/** wasm2c numbers functions whose names exports have too; `kernel_kmain_0` without the number, where that is free. */
const renumbered = (names: Set<string>): ((text: string) => string) => (text) =>
  text.replaceAll(/\b(\w+)_0\b/g, (name, plain: string) => (names.has(name) && !names.has(plain) ? plain : name));

/** Functions say which of their parameters they leave alone: an export may have some for the sake of other profiles. */
const withUnusedParameters = (text: string): string =>
  text.replaceAll(/^(static \w+ \w+\(([^)]*)\) \{\n)([^]*?)^\}\n/gm, (_, head: string, list: string, rest: string) => {
    const unused = [...list.matchAll(/u32 (\w+)/g)].map(([, name]) => name!)
      .filter((name) => !new RegExp(`\\b${name}\\b`).test(rest));
    return `${head}${unused.map((name) => `  (void)${name};\n`).join('')}${rest}}\n`;
  });

/** Translates an integer-only module that imports its memory. Throws if it uses what C_PROLOGUE does not have. */
export const wasmToC = (wasm: Uint8Array, options: CTranslationOptions): CTranslation => {
  const { prefix, instance, fast = [], slow = [] } = options;
  const global = instance === undefined ? prefix : `${instance}.`;
  const { source, header } = runWasm2c(wasm);

  const imports = new Map<string, string>();
  for (const [, module, name, symbol] of header.matchAll(/\/\* import: '(\w+)' '(\w+)' \*\/\n(?:u32|void) (\w+)\(/g)) {
    if (!options.importName) throw new Error(`the module imports ${module}.${name}`);
    imports.set(symbol!, options.importName(module!, name!));
  }
  const memory = /\/\* import: '\w+' '\w+' \*\/\n\s*wasm_rt_memory_t \*(\w+);/.exec(header)?.[1];
  if (!memory) throw new Error('the module does not import its memory');
  const exports = new Map<string, string>();
  for (const [, name, symbol] of source.matchAll(EXPORT)) exports.set(name!, symbol!);

  // Absent when there are no globals.
  const initialisers = /^static void init_globals\([^{]*\{[^}]*\}/m.exec(source)?.[0] ?? '';
  const globals = [...initialisers.matchAll(/instance->w2c_(\w+) = (\w+);/g)].map(([, name, value]) => ({ name: name!, value: value! }));
  const initialised = globals.find(({ value }) => value !== '0u');
  if (instance !== undefined && initialised) throw new Error(`the global variable ${initialised.name} does not begin with 0`);
  const variables = instance === undefined ? globals.map(({ name, value }) => `static u32 ${prefix}${name} = ${value};\n`) : [];
  const prototypes = between(source, /(?=^static (?:u32|void) w2c_m_)/m, /^\n/m);
  const bodies = source.slice(source.lastIndexOf('  return NULL;\n}\n') + '  return NULL;\n}\n'.length);

  const clean = (text: string): string => text
    .replaceAll(`instance->${memory}, `, '')
    .replaceAll(/_default32\(/g, '(')
    .replaceAll(/instance->w2c_\w+_instance(?:, )?/g, '')
    .replaceAll(/instance->w2c_(\w+)/g, `${global}$1`)
    .replaceAll(/\bw2c_m\* instance(, )?/g, (_, comma?: string) => (comma ? '' : 'void'))
    .replaceAll(/\bw2c_m\*(, )?/g, (_, comma?: string) => (comma ? '' : 'void'))
    .replaceAll(/\(instance(?:, )?/g, '(')
    .replaceAll(/\bw2c_m_(\w+)/g, `${prefix}$1`)
    .replaceAll(/\bw2c_\w+\b/g, (symbol) => imports.get(symbol) ?? symbol)
    .replaceAll(/^ *FUNC_(?:PROLOGUE|EPILOGUE);\n/gm, '')
    .replaceAll(/\bvar_/g, '')
    .replaceAll(/\n{3,}/g, '\n\n');
  const declare = (text: string): string => text.replaceAll(/^static \w+ (\w+)\(/gm, (prototype, symbol: string) => {
    const name = symbol.slice(prefix.length);
    if (/_slow|Slow/.test(name) || slow.includes(name)) return `COLD ${prototype}`;
    return fast.includes(name) ? `FAST ${prototype}` : prototype;
  });

  const functions = clean(bodies).replaceAll(/^(u32|void) (\w+\([^)]*\) \{)/gm, 'static $1 $2').trim();
  const isGlobal = new RegExp(`^(?:${globals.map(({ name }) => (global + name).replace('.', '\\.')).join('|') || '(?!)'})$`);
  const translation = `${variables.join('')}\n${declare(clean(prototypes))}\n${foldExpressions(functions, isGlobal)}\n`;
  const rename = renumbered(new Set([...translation.matchAll(/static \w+ (\w+)\(/g)].map((match) => match[1]!)));
  const text = withUnusedParameters(rename(translation));
  const own = new Set([...text.matchAll(/static \w+ (\w+)\(/g)].map((match) => match[1]!));
  const foreign = [...text.matchAll(/\b([A-Za-z_]\w*)\(/g)].map((match) => match[1]!)
    .find((name) => !own.has(name) && !PROVIDED.has(name) && ![...imports.values()].includes(name));
  if (foreign) throw new Error(`the C prologue has no ${foreign}, which the module needs`);
  const leftover = /\b(?:w2c_\w+|instance|wasm_rt\w*|f32|f64)\b/.exec(text);
  if (leftover) throw new Error(`wasm2c's output still has ${leftover[0]} in it; is it another version of wabt?`);
  return {
    text,
    globals: globals.map(({ name }) => name),
    exports: new Map([...exports].map(([name, symbol]) => [name, rename(symbol.replace(/^w2c_m_/, prefix))])),
  };
};
