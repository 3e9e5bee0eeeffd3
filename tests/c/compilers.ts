/** The compilers and machines that tallow.c is compiled with and for. */

import { spawnSync } from 'node:child_process';

export interface Compiler {
  compiler: string;
  /** What selects the machine. */
  flags: string[];
}

const clang = (target: string, ...flags: string[]): Compiler => ({ compiler: 'clang', flags: [`--target=${target}`, ...flags] });

export const COMPILERS: Compiler[] = [
  { compiler: 'gcc', flags: ['-m64'] },
  { compiler: 'gcc', flags: ['-m32', '-fno-pie'] },
  clang('x86_64-none-elf'),
  clang('i386-none-elf'),
  clang('riscv64-none-elf'),
  clang('riscv32-none-elf', '-march=rv32imac'),
  clang('aarch64-none-elf'),
];

/** Why the compiler cannot be used here; undefined if it can. */
export const refusal = ({ compiler, flags }: Compiler): string | undefined => {
  const source = '#include <stddef.h>\n#include <stdint.h>\nsize_t size = SIZE_MAX;\n';
  const { status, error, stderr } = spawnSync(compiler, [...flags, '-ffreestanding', '-x', 'c', '-c', '-', '-o', '/dev/null'], { input: source, encoding: 'utf8' });
  if (error) return `${compiler} is not installed`;
  return status === 0 ? undefined : `${compiler} ${flags.join(' ')} does not compile here: ${stderr.trim().split('\n')[0]}`;
};
