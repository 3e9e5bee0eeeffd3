/**
 * Builds the kernel: TypeScript to Wasm to C, and with the boot code, the C of the host and tallow.c to an ELF file.
 * The kernel is compiled apart from the core and calls it through its C interface, as any kernel would.
 */

import fs from 'node:fs';
import path from 'node:path';
import { bundle } from './bundle.ts';
import { buildCoreForC, cachedCFile } from './c-file.ts';
import { C_FUNCTIONS, type CFunction, type CKind } from './c-names.ts';
import { cached } from './cache.ts';
import { withFolder } from './folder.ts';
import { header } from './header.ts';
import { casesEntry, type KernelCases } from './kernel-cases.ts';
import { MACHINES, type Machine } from './kernel-machine.ts';
import { codeSymbols, SYMBOL_READER, symbolTable, type CodeSymbol } from './kernel-symbols.ts';
import { buildModule, CORE_EXTERNAL, CORE_MODULE, type BuiltModule } from './module.ts';
import type { DataSegment } from './optimize.ts';
import { DIST, ROOT } from './paths.ts';
import type { Profile } from './profiles.ts';
import { writeProduct } from './products.ts';
import { run, versionOf } from './tools.ts';
import { C_PROLOGUE, wasmToC } from './wasm-to-c.ts';

const QEMU = path.join(ROOT, 'qemu');

/** What the C functions of the TypeScript begin with. */
const PREFIX = 'kernel_';

const COMPILER = 'clang';
const LINKER = 'ld.lld';

const FLAGS = [
  '-std=gnu11', '-O2',
  '-ffreestanding', '-fno-pic', '-fno-stack-protector', '-fno-asynchronous-unwind-tables',
  '-fno-strict-aliasing', '-fno-delete-null-pointer-checks',
];

/**
 * The debug profile's stacks: every function has a frame, and is one unless it is as small as a load. What only locks the
 * heap (qemu/kernel/heap-lock.ts) belongs to it: whoever calls that has called the heap.
 */
const STACK_FLAGS = ['-fno-omit-frame-pointer', '-fno-unroll-loops', '-fno-optimize-sibling-calls', '-finline-hint-functions'];
const STACK_INLINING = { always: 4, flexible: 4, oneCaller: 4 };
const HEAP_LOCK = path.join(QEMU, 'kernel/heap-lock.ts');

/** How tallow.c and host.c of the debug profile print: functions of host.c. */
const DEBUG_MACROS = ['-DTALLOW_PUT=host_put', '-DTALLOW_PLACE=host_place'];

/** Bytes behind a literal that reading it in whole words may touch. */
const LITERAL_PADDING = 4;

/** The C function behind what the kernel imports: the host's in host.c, or an adapter to the allocator's. */
const importName = (module: string, name: string): string => `${module === CORE_MODULE ? 'core' : module}_${name}`;

/** What C passes as a pointer. */
const isPointer = (kind: CKind): boolean => !['size', 'count', 'code', 'place'].includes(kind);

/** Whether the debug profile is to know where a call of the function comes from: those that look at blocks. */
const isPlaced = ({ result, parameters }: CFunction): boolean =>
  [result, ...parameters.map(([kind]) => kind)].some((kind) => kind === 'pointer' || kind === 'heap' || kind === 'code');

/** An adapter from addresses to the pointers of the allocator's C interface; `tell` is what it does before. */
const adapter = ({ core, name, result, parameters }: CFunction, tell: string): string => {
  const list = parameters.map(([, parameter]) => `u32 ${parameter}`).join(', ') || 'void';
  const operands = parameters.map(([kind, parameter]) => (isPointer(kind) ? `to_pointer(${parameter})` : parameter)).join(', ');
  const call = `${name}(${operands})`;
  const head = tell === '' ? 'static inline' : 'static __attribute__((noinline))';
  if (result === 'void') return `${head} void core_${core}(${list}) { ${tell}${call}; }\n`;
  return `${head} u32 core_${core}(${list}) { ${tell}return ${isPointer(result) ? `to_address(${call})` : `(u32)${call}`}; }\n`;
};

/** The string literals as one array, which begins at the compiler's address 0. */
const literals = (data: DataSegment[]): string => {
  const size = Math.max(0, ...data.map(({ offset, bytes }) => offset + bytes.length)) + LITERAL_PADDING;
  const image = new Uint8Array(size);
  for (const { offset, bytes } of data) image.set(bytes, offset);
  return `const uint8_t literal_bytes[] = { ${image.join(', ')} };\n`;
};

/** The exported function that is told the frame of a call of the heap (qemu/kernel/call-stack.ts). */
const CALL_STACK = 'callStackTell';

/** The file that host.c includes. In the debug profile `locks`, functions by name, are part of their callers. */
const kernelC = (kernel: BuiltModule, profile: Profile, locks: string[]): string => {
  const used = new Set(kernel.imports.filter(({ module }) => module === CORE_MODULE).map(({ name }) => name));
  const debug = profile === 'debug';
  const { text, exports } = wasmToC(kernel.wasm, { prefix: PREFIX, importName, fast: debug ? locks : [] });
  const names = [...exports].filter(([name, symbol]) => symbol !== PREFIX + name);
  const tell = exports.get(CALL_STACK);
  if (tell === undefined) throw new Error(`the kernel does not export ${CALL_STACK}`);
  const tellOf = (f: CFunction): string => (debug && isPlaced(f) ? `${tell}(to_address(__builtin_frame_address(0))); ` : '');
  return [
    '/* Generated from the TypeScript in qemu/kernel/. */\n#define MEMORY_BASE TALLOW_BASE\n',
    C_PROLOGUE,
    `static void ${tell}(u32);\n`,
    ...C_FUNCTIONS.filter(({ core }) => used.has(core)).map((f) => adapter(f, tellOf(f))),
    literals(kernel.data),
    ...names.map(([name, symbol]) => `#define ${PREFIX}${name} ${symbol}\n`),
    text,
  ].join('\n');
};

/** What is compiled besides tallow.c, below qemu/. */
const sourcesOf = (machine: Machine): string[] => [...MACHINES[machine].sources, 'host.c'];

/** What the sources include, below qemu/. */
const HEADERS = ['host.h', 'boot/x86.h', 'boot/riscv64.h'];

const sameCode = (a: CodeSymbol[], b: CodeSymbol[]): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * Compiles and links in a folder of its own.
 *
 * @param files the file of each function of the TypeScript, by name
 */
const link = (machine: Machine, profile: Profile, generated: Record<string, string>, files: Map<string, string>): Uint8Array => {
  const { target, flags, base, linkerScript } = MACHINES[machine];
  return withFolder((folder) => {
    for (const [name, text] of Object.entries(generated)) fs.writeFileSync(path.join(folder, name), text);
    const compile = (source: string, more: string[] = []): string => {
      const object = path.join(folder, `${path.basename(source)}.o`);
      const macros = [`-DTALLOW_BASE=${base}`, ...profile === 'debug' ? DEBUG_MACROS : []];
      run(COMPILER, [`--target=${target}`, ...FLAGS, ...flags, ...more, ...macros, `-I${folder}`, '-c', source, '-o', object]);
      return object;
    };
    const elf = path.join(folder, 'kernel.elf');
    const combine = (objects: string[]): Uint8Array => {
      run(LINKER, ['-static', '-nostdlib', '--fatal-warnings', '-T', path.join(QEMU, linkerScript), ...objects, '-o', elf]);
      return fs.readFileSync(elf);
    };
    const stackFlags = profile === 'debug' ? STACK_FLAGS : [];
    const objects = [
      ...sourcesOf(machine).map((name) => compile(path.join(QEMU, name), stackFlags)), compile(path.join(folder, 'tallow.c')),
    ];
    if (profile !== 'debug') return combine(objects);
    const combineWith = (symbols: CodeSymbol[]): { image: Uint8Array; found: CodeSymbol[] } => {
      const source = path.join(folder, 'symbols.c');
      fs.writeFileSync(source, symbolTable(symbols, PREFIX, files));
      const image = combine([...objects, compile(source)]);
      return { image, found: codeSymbols(elf) };
    };
    const symbols = combineWith([]).found;
    const { image, found } = combineWith(symbols);
    if (!sameCode(symbols, found)) throw new Error(`${linkerScript}: the table of symbols has moved the code that it is of`);
    return image;
  });
};

export interface KernelOptions {
  /** The kernel that runs these cases instead of the ordinary one. */
  cases?: KernelCases;
  /** The profile of the heap, which the kernel goes by; release by default. */
  profile?: Profile;
}

export interface BuiltKernel {
  /** The ELF file; any multiboot loader takes it. */
  file: string;
  /** Whether it was there already. */
  unchanged: boolean;
}

/**
 * Builds dist/kernel/kernel-<machine>.elf, or finds that it is up to date; cases and other profiles than release are
 * part of its name. Takes a few seconds when something changed. Throws an error with the reasons when a step fails.
 */
export const buildKernel = async (machine: Machine, options: KernelOptions = {}): Promise<BuiltKernel> => {
  const { cases, profile = 'release' } = options;
  const suffix = `${cases === undefined ? '' : `-${cases}`}${profile === 'release' ? '' : `-${profile}`}`;
  const file = path.join(DIST, 'kernel', `kernel-${machine}${suffix}.elf`);
  const entry = cases ? casesEntry(cases) : { entry: path.join(QEMU, 'kernel/kmain.ts') };
  const stacks = profile === 'debug' ? { inlineSizeMax: STACK_INLINING } : {};
  const [core, kernel] = await Promise.all([
    buildCoreForC({ profile }),
    buildModule({ ...entry, profile, externals: CORE_EXTERNAL, memory: { module: 'host', name: 'memory' }, ...stacks }),
  ]);
  const { declared } = bundle({ ...entry, externals: CORE_EXTERNAL });
  const locks = [...declared].filter(([, declaring]) => declaring === HEAP_LOCK).map(([name]) => name);
  const kernelInputs = [kernel.wasm, JSON.stringify(kernel.data), profile, ...locks];
  const generated = {
    'tallow.c': await cachedCFile(core),
    'tallow.h': header(),
    'kernel.c': (await cached('kernel-c', kernelInputs, () => kernelC(kernel, profile, locks))).value,
  };
  const sources = [...sourcesOf(machine), ...HEADERS, MACHINES[machine].linkerScript].map((name) => fs.readFileSync(path.join(QEMU, name)));
  const names = profile === 'debug' ? [...declared].flat() : [];
  const tools = [COMPILER, LINKER, ...profile === 'debug' ? [SYMBOL_READER] : []].map(versionOf);
  const inputs = [machine, profile, ...Object.values(generated), ...sources, ...names, ...tools];
  const { value } = await cached('kernel', inputs, () => link(machine, profile, generated, declared));
  return { file, unchanged: !writeProduct(file, value) };
};
