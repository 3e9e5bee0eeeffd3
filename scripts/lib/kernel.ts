/**
 * Builds the kernel: TypeScript to Wasm to C, and with the boot code, the C of the host and tallow.c to an ELF file.
 * The kernel is compiled apart from the core and calls it through its C interface, as any kernel would.
 */

import fs from 'node:fs';
import path from 'node:path';
import { buildCoreForC, cFile } from './c-file.ts';
import { C_FUNCTIONS, type CFunction } from './c-names.ts';
import { cached } from './cache.ts';
import { withFolder } from './folder.ts';
import { header } from './header.ts';
import { contractEntry } from './kernel-contract.ts';
import { MACHINES, type Machine } from './kernel-machine.ts';
import { buildModule, CORE_EXTERNAL, CORE_MODULE, type BuiltModule } from './module.ts';
import type { DataSegment } from './optimize.ts';
import { DIST, ROOT } from './paths.ts';
import { run, versionOf } from './tools.ts';
import { C_PROLOGUE, wasmToC } from './wasm-to-c.ts';

const QEMU = path.join(ROOT, 'qemu');

const COMPILER = 'clang';
const LINKER = 'ld.lld';

const FLAGS = [
  '-std=gnu11', '-O2',
  '-ffreestanding', '-fno-pic', '-fno-stack-protector', '-fno-asynchronous-unwind-tables',
  '-fno-strict-aliasing', '-fno-delete-null-pointer-checks',
];

/** Bytes behind a literal that reading it in whole words may touch. */
const LITERAL_PADDING = 4;

/** The C function behind what the kernel imports: the host's in host.c, or an adapter to the allocator's. */
const importName = (module: string, name: string): string => `${module === CORE_MODULE ? 'core' : module}_${name}`;

/** An adapter from addresses to the pointers of the allocator's C interface. */
const adapter = ({ core, name, result, parameters }: CFunction): string => {
  const list = parameters.map(([, parameter]) => `u32 ${parameter}`).join(', ') || 'void';
  const operands = parameters.map(([kind, parameter]) => (kind === 'size' ? parameter : `to_pointer(${parameter})`)).join(', ');
  const call = `${name}(${operands})`;
  if (result === 'void') return `static inline void core_${core}(${list}) { ${call}; }\n`;
  const value = result === 'pointer' || result === 'heap' ? `to_address(${call})` : `(u32)${call}`;
  return `static inline u32 core_${core}(${list}) { return ${value}; }\n`;
};

/** The string literals as one array, which begins at the compiler's address 0. */
const literals = (data: DataSegment[]): string => {
  const size = Math.max(0, ...data.map(({ offset, bytes }) => offset + bytes.length)) + LITERAL_PADDING;
  const image = new Uint8Array(size);
  for (const { offset, bytes } of data) image.set(bytes, offset);
  return `const uint8_t literal_bytes[] = { ${image.join(', ')} };\n`;
};

/** The file that host.c includes. */
const kernelC = (kernel: BuiltModule): string => {
  const used = new Set(kernel.imports.filter(({ module }) => module === CORE_MODULE).map(({ name }) => name));
  const { text, exports } = wasmToC(kernel.wasm, { prefix: 'kernel_', importName });
  const names = [...exports].filter(([name, symbol]) => symbol !== `kernel_${name}`);
  return [
    '/* Generated from the TypeScript in qemu/kernel/. */\n#define MEMORY_BASE TALLOW_BASE\n',
    C_PROLOGUE,
    ...C_FUNCTIONS.filter(({ core }) => used.has(core)).map(adapter),
    literals(kernel.data),
    ...names.map(([name, symbol]) => `#define kernel_${name} ${symbol}\n`),
    text,
  ].join('\n');
};

/** What is compiled besides tallow.c, below qemu/. */
const sourcesOf = (machine: Machine): string[] => [...MACHINES[machine].sources, 'host.c'];

/** What the sources include, below qemu/. */
const HEADERS = ['host.h', 'boot/x86.h', 'boot/riscv64.h'];

/** Compiles and links in a folder of its own. */
const link = (machine: Machine, generated: Record<string, string>): Uint8Array => {
  const { target, flags, base, linkerScript } = MACHINES[machine];
  return withFolder((folder) => {
    for (const [name, text] of Object.entries(generated)) fs.writeFileSync(path.join(folder, name), text);
    const sources = [...sourcesOf(machine).map((name) => path.join(QEMU, name)), path.join(folder, 'tallow.c')];
    const objects = sources.map((source) => {
      const object = path.join(folder, `${path.basename(source)}.o`);
      run(COMPILER, [`--target=${target}`, ...FLAGS, ...flags, `-DTALLOW_BASE=${base}`, `-I${folder}`, '-c', source, '-o', object]);
      return object;
    });
    const elf = path.join(folder, 'kernel.elf');
    run(LINKER, ['-static', '-nostdlib', '--fatal-warnings', '-T', path.join(QEMU, linkerScript), ...objects, '-o', elf]);
    return fs.readFileSync(elf);
  });
};

export interface KernelOptions {
  /** The kernel that runs the contract cases instead of the ordinary one. */
  contract?: boolean;
}

export interface BuiltKernel {
  /** The ELF file; any multiboot loader takes it. */
  file: string;
  /** Whether it was there already. */
  unchanged: boolean;
}

/**
 * Builds dist/kernel/kernel-<machine>.elf or kernel-<machine>-contract.elf, or finds that it is up to date.
 * Takes a few seconds when something changed. Throws an error with the reasons when a step fails.
 */
export const buildKernel = async (machine: Machine, options: KernelOptions = {}): Promise<BuiltKernel> => {
  const { contract = false } = options;
  const file = path.join(DIST, 'kernel', `kernel-${machine}${contract ? '-contract' : ''}.elf`);
  const entry = contract ? contractEntry() : { entry: path.join(QEMU, 'kernel/kmain.ts') };
  const [core, kernel] = await Promise.all([
    buildCoreForC(),
    buildModule({ ...entry, externals: CORE_EXTERNAL, memory: { module: 'host', name: 'memory' } }),
  ]);
  const generated = {
    'tallow.c': (await cached('c', [core.wasm], () => cFile(core))).value,
    'tallow.h': header(),
    'kernel.c': (await cached('kernel-c', [kernel.wasm, JSON.stringify(kernel.data)], () => kernelC(kernel))).value,
  };
  const sources = [...sourcesOf(machine), ...HEADERS, MACHINES[machine].linkerScript].map((name) => fs.readFileSync(path.join(QEMU, name)));
  const inputs = [machine, ...Object.values(generated), ...sources, versionOf(COMPILER), versionOf(LINKER)];
  const { value } = await cached('kernel', inputs, () => link(machine, generated));
  const unchanged = fs.existsSync(file) && Buffer.compare(fs.readFileSync(file), value) === 0;
  if (!unchanged) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const partial = `${file}.${process.pid}`;
    fs.writeFileSync(partial, value);
    fs.renameSync(partial, file);
  }
  return { file, unchanged };
};
