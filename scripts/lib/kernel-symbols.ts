/**
 * The table of symbols that a kernel of the debug profile has of itself, so that its reports name functions. It lies
 * behind the code: the image is linked once with an empty table, and again with what that says, which moves no code.
 */

import path from 'node:path';
import { run } from './tools.ts';

export interface CodeSymbol {
  /** Where the function begins, hexadecimal. */
  address: string;
  /** The symbol that the linker has. */
  name: string;
}

/** The tool of LLVM that reads them. */
export const SYMBOL_READER = 'llvm-nm';

/** The functions in an ELF file, by address. */
export const codeSymbols = (elf: string): CodeSymbol[] => {
  const lines = run(SYMBOL_READER, ['--numeric-sort', '--defined-only', elf]).split('\n');
  return lines.flatMap((line) => {
    const match = /^([\da-f]+) [tT] ([A-Za-z_]\w*)$/.exec(line);
    return match ? [{ address: match[1]!, name: match[2]! }] : [];
  });
};

/**
 * The table as C: the low 32 bits of each address and where its name begins; a name is two texts, the function and the
 * file of the TypeScript that has it, '' where it is of C or assembly.
 *
 * @param prefix what the symbols of functions of the TypeScript begin with
 * @param files the file of each of those functions, by name
 */
export const symbolTable = (symbols: CodeSymbol[], prefix: string, files: Map<string, string>): string => {
  const addresses: string[] = [];
  let names = '';
  for (const { address, name } of symbols) {
    const own = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    const file = files.get(own);
    addresses.push(`0x${address.slice(-8)}, ${names.length}`);
    names += file === undefined ? `${name}\0\0` : `${own}\0${path.basename(file)}\0`;
  }
  return `#include <stdint.h>
const uint32_t symbol_count = ${symbols.length};
const uint32_t symbol_table[] = { ${[...addresses, '0, 0'].join(', ')} };
const uint8_t symbol_names[] = { ${[...Buffer.from(names), 0].join(', ')} };
`;
};
