/** A suite of cases and dist/c/tallow.c as a native program; native.c is its main function. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildCoreForC, cFile } from '../../scripts/lib/c-file.ts';
import { C_FUNCTIONS, type CFunction, type CKind } from '../../scripts/lib/c-names.ts';
import { withFolder } from '../../scripts/lib/folder.ts';
import { header } from '../../scripts/lib/header.ts';
import type { BuiltModule } from '../../scripts/lib/module.ts';
import { run } from '../../scripts/lib/tools.ts';
import { C_PROLOGUE, wasmToC } from '../../scripts/lib/wasm-to-c.ts';
import { casesForC, type CaseOptions } from './modules.ts';
import { contractRuns, panicText, type CaseRun, type Placement, type Target, type Verdict } from './run.ts';

/** Where the core's address 0 is: space that neither programs nor the sanitizers' bookkeeping use. */
const TALLOW_BASE = '0x200000000000';

/** Milliseconds for all cases together. */
const TIME_MAX = 600_000;

const FLAGS = ['-std=gnu11', '-fno-strict-aliasing', '-fno-delete-null-pointer-checks', `-DTALLOW_BASE=${TALLOW_BASE}`];

/** What the cases and C alike have as a number. */
const NUMBERS: CKind[] = ['size', 'count', 'code', 'place'];

/** Flags that make the compiler watch every sum, shift and access. */
export const SANITIZERS = ['-O1', '-g', '-fsanitize=undefined,address', '-fno-sanitize-recover=all'];

/** From the addresses of the cases to the pointers of the C interface. */
export const adapter = ({ core, name, result, parameters }: CFunction): string => {
  const list = parameters.map(([, parameter]) => `u32 ${parameter}`).join(', ') || 'void';
  const operands = parameters.map(([kind, parameter]) => (NUMBERS.includes(kind) ? parameter : `pointer_of(${parameter})`));
  const call = `${name}(${operands.join(', ')})`;
  if (result === 'void') return `INLINE void core_${core}(${list}) { ${call}; }\n`;
  const value = NUMBERS.includes(result) ? `(u32)${call}` : `address_of(${call})`;
  return `INLINE u32 core_${core}(${list}) { return ${value}; }\n`;
};

export interface CasesInC extends CaseOptions {
  /** What is to be run; all of the contract by default. */
  runs?: CaseRun[];
  /** As for inProcess: the cases' function that judges a stop. */
  onStop?: string;
  /** How the core's functions are called; by their tallow_ names by default. */
  functions?: CFunction[];
}

/** The text of cases.c: the cases as C functions, and the table of their names. */
export const casesC = async (
  { runs = contractRuns(), onStop, functions = C_FUNCTIONS, ...options }: CasesInC,
): Promise<string> => {
  const { wasm } = await casesForC(options);
  const { text, exports } = wasmToC(wasm, { prefix: 'case_', importName: (_module, name) => `core_${name}` });
  const names = new Set(runs.map(({ name }) => name));
  const entries = [...names].map((name) => `  { "${name}", ${exports.get(name)} },\n`);
  const judge = onStop === undefined ? '' : `#define ON_STOP ${exports.get(onStop)}\n`;
  return `#define MEMORY_BASE TALLOW_BASE
${judge}${C_PROLOGUE}
INLINE void *pointer_of(u32 address) { return address ? (void *)MEMORY(address) : NULL; }
INLINE u32 address_of(const void *pointer) { return pointer ? (u32)((uintptr_t)pointer - (uintptr_t)TALLOW_BASE) : 0; }
${functions.map(adapter).join('')}
${text}
static const struct { const char *name; u32 (*run)(u32, u32); } cases[] = {
${entries.join('')}};
`;
};

const verdictOf = (line: string): Verdict => {
  const [kind, first, second] = line.split(' ');
  if (kind === 'check') return { check: Number(first) };
  if (kind === 'panic') return { stopped: panicText(Number(first), parseInt(second!, 16)) };
  const signal = Object.entries(os.constants.signals).find(([, number]) => number === Number(first))?.[0];
  return { stopped: kind === 'signal' ? signal ?? `signal ${first}` : `exit code ${first}` };
};

export interface NativeProgram {
  compiler: string;
  flags: string[];
  /** Further flags for tallow.c alone. */
  library?: string[];
  /** The core that tallow.c is made of; the release one by default. */
  core?: BuiltModule;
  /** The C file with the main function, and what it includes besides tallow.h. */
  main: string;
  includes?: Record<string, string>;
}

/** Compiles tallow.c and the main program, and lets `use` have the path of the result as long as it takes. */
export const compileNative = async <T>(
  { compiler, flags, library = [], core, main, includes = {} }: NativeProgram, use: (program: string) => T,
): Promise<T> => {
  const texts = { 'tallow.c': cFile(core ?? await buildCoreForC()), 'tallow.h': header(), ...includes };
  return withFolder((folder) => {
    for (const [file, text] of Object.entries(texts)) fs.writeFileSync(path.join(folder, file), text);
    run(compiler, [...FLAGS, ...flags, ...library, '-I.', '-c', 'tallow.c', '-o', 'tallow.o'], { cwd: folder });
    run(compiler, [...FLAGS, ...flags, '-I.', main, 'tallow.o', '-o', 'program'], { cwd: folder });
    return use(path.join(folder, 'program'));
  });
};

export interface NativeTarget extends CasesInC {
  compiler: string;
  flags: string[];
}

/** Compiles with `compiler` and its `flags`, makes all runs, and remembers what they said. */
export const nativeTarget = async (name: string, { compiler, flags, ...cases }: NativeTarget): Promise<Target> => {
  const main = path.join(import.meta.dirname, 'native.c');
  const { runs = contractRuns(), profile, overrides } = cases;
  const core = await buildCoreForC({ profile, overrides });
  const input = runs.map(({ name: caseName, placement: { start, size, garbage } }) =>
    `${caseName} ${start.toString(16)} ${size.toString(16)} ${garbage?.toString(16) ?? 'none'}\n`).join('');
  return compileNative({ compiler, flags, core, main, includes: { 'cases.c': await casesC(cases) } }, (program) => {
    const result = spawnSync(program, { input, encoding: 'utf8', timeout: TIME_MAX });
    const { status, signal, stdout, stderr, error } = result;
    const lines = stdout.trim().split('\n');
    if (error || status !== 0 || lines.length !== runs.length) {
      const end = error?.message ?? signal ?? `status ${status}`;
      throw new Error(`${name}: ended with ${end} after ${lines.length} of ${runs.length} runs\n${stderr}`);
    }
    if (stderr !== '') console.error(stderr.trimEnd());
    const key = (caseName: string, placement: Placement): string => `${caseName} in ${placement.name}`;
    const verdicts = new Map(runs.map((item, index) => [key(item.name, item.placement), verdictOf(lines[index]!)]));
    return { name, run: (caseName, placement) => verdicts.get(key(caseName, placement))! };
  });
};
