/**
 * What an allocator's calls cost in a kernel, in instructions: tests/bench/kernel/cost.c, booted on i386 with each heap.
 * QEMU counts, so the figures are the same on every machine and in every run.
 */

import fs from 'node:fs';
import path from 'node:path';
import { EXIT_SUCCESS } from '../../../qemu/kernel/exit-code.ts';
import { buildCoreForC, cFile } from '../c-file.ts';
import { withFolder } from '../folder.ts';
import { header } from '../header.ts';
import { bootKernel } from '../kernel-boot.ts';
import { ROOT } from '../paths.ts';
import { run } from '../tools.ts';
import { table } from './report.ts';

const SOURCES = path.join(ROOT, 'tests/bench/kernel');

/** What every multiboot kernel has: its boot code, linker script and memory functions. */
const MACHINE = path.join(ROOT, 'qemu/examples/drop-in');

const FLAGS = [
  '--target=i386-none-elf', '-march=i686', '-mgeneral-regs-only', '-std=c11', '-O2', '-Wall', '-Wextra', '-Werror',
  '-ffreestanding', '-fno-stack-protector', '-fno-strict-aliasing', '-fno-delete-null-pointer-checks',
];

/** The time-stamp counter advances by one with each instruction, and not by waiting. */
const COUNTING = ['-icount', 'shift=0,sleep=off'];

/** The heap of cost.c is 480 MiB. */
const MEMORY_MIB = 512;

const TIME_LIMIT = 300;

/** The heaps that are compared: their files below tests/bench/kernel. */
export const KERNEL_HEAPS = {
  tallow: 'tallow-heap.c',
  'linked list': 'linked-list.c',
  'scanning buddy': 'scanning-buddy.c',
} as const;

export type KernelHeap = keyof typeof KERNEL_HEAPS;

export const KERNEL_HEAP_NAMES = Object.keys(KERNEL_HEAPS) as KernelHeap[];

/** How many blocks are freed in random order, each count in a measurement of its own. */
export const FREES: readonly number[] = [1000, 5000, 25_000];

export interface KernelCost {
  heap: KernelHeap;
  /** What 1,000 instructions are counted as. */
  thousand: number;
  /** Instructions of one call: the median and the dearest of all. */
  calls: { kind: string; operation: string; typical: number; worst: number }[];
  /** Instructions of `count` frees together, to the thousand. */
  frees: { count: number; instructions: number }[];
}

/** Compiles cost.c with a heap, and lets `use` have the path of the kernel as long as it takes. */
const withKernel = async <T>(heap: KernelHeap, frees: readonly number[], use: (file: string) => Promise<T>): Promise<T> => {
  return withFolder(async (folder) => {
    const sources = [
      ...['boot.S', 'memory.c'].map((name) => path.join(MACHINE, name)),
      ...['cost.c', KERNEL_HEAPS[heap]].map((name) => path.join(SOURCES, name)),
    ];
    if (heap === 'tallow') {
      fs.writeFileSync(path.join(folder, 'tallow.c'), cFile(await buildCoreForC()));
      fs.writeFileSync(path.join(folder, 'tallow.h'), header());
      sources.push(path.join(folder, 'tallow.c'));
    }
    const objects = sources.map((source) => {
      const object = path.join(folder, `${path.basename(source)}.o`);
      run('clang', [...FLAGS, `-DFREES=${frees.join(',')}`, `-I${MACHINE}`, `-I${folder}`, '-c', source, '-o', object]);
      return object;
    });
    const kernel = path.join(folder, 'kernel.elf');
    run('ld.lld', ['-T', path.join(MACHINE, 'link.ld'), ...objects, '-o', kernel]);
    return await use(kernel);
  });
};

/**
 * Counts the instructions of a heap's calls. Takes half a second for tallow and, with all of FREES, up to ten seconds
 * for the others. Throws when the kernel does not build, or does not come to its end.
 */
export const measureKernelCost = (heap: KernelHeap, frees: readonly number[] = FREES): Promise<KernelCost> =>
  withKernel(heap, frees, async (file) => {
    const { exitCode, output } = await bootKernel('i386', file, { memoryMiB: MEMORY_MIB, flags: COUNTING, timeLimit: TIME_LIMIT });
    if (exitCode !== EXIT_SUCCESS) throw new Error(`the kernel that measures ${heap} ended with code ${exitCode}:\n${output}`);
    return {
      heap,
      thousand: Number(/^nops (\d+)$/m.exec(output)?.[1]),
      calls: [...output.matchAll(/^calls (\S+) (\w+) (\d+) (\d+)$/gm)]
        .map(([, kind, operation, typical, worst]) => ({ kind: kind!, operation: operation!, typical: Number(typical), worst: Number(worst) })),
      frees: [...output.matchAll(/^frees (\d+) (\d+)$/gm)]
        .map(([, count, thousands]) => ({ count: Number(count), instructions: Number(thousands) * 1000 })),
    };
  });

const grouped = (value: number): string => value.toLocaleString('en');

const CAVEATS = `\
Instructions as QEMU counts them on i386 (-icount shift=0); code by clang -O2. Each call of 50,000 is counted on its
own; small: 8 to 512 bytes, page-crossing: 4,097 to 8,192 (2,048 blocks live on average); large: 64 to 256 KiB (512
blocks live). The frees are of blocks of 16 KiB, in random order. Instructions are no time: what waits for memory counts
the same as what does not.`;

/** Two tables, a column for each heap, and what to keep in mind. */
export const kernelCostReport = (costs: readonly KernelCost[]): string => {
  const heads = costs.map(({ heap }) => heap);
  const calls = costs[0]!.calls.map(({ kind, operation }, index) =>
    [`${operation}, ${kind}`, ...costs.map((cost) => `${grouped(cost.calls[index]!.typical)} / ${grouped(cost.calls[index]!.worst)}`)]);
  const frees = costs[0]!.frees.map(({ count }, index) =>
    [`${grouped(count)} frees`, ...costs.map((cost) => grouped(Math.round(cost.frees[index]!.instructions / count)))]);
  return [
    table([['instructions in a kernel, typical / worst', ...heads], ...calls]),
    table([['instructions of a free, of so many in random order', ...heads], ...frees]),
    CAVEATS,
  ].join('\n\n');
};
