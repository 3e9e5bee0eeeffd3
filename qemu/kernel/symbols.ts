/**
 * The names of the kernel's functions, by their addresses. The build links the table into kernels of the debug profile
 * (scripts/lib/kernel-symbols.ts); it is in the order of the addresses.
 *
 *   symbolTable     address    its name's place in symbolNames
 *   symbolNames     the function, 0, the file of the TypeScript that has it, 0
 */
import { lessThan, load, load8 } from '../../kernel-heap/memory.ts';
import { DEBUG } from '../../kernel-heap/profile.ts';
import { consolePrint, consolePrintHex, consolePrintHexShort, consolePrintText } from './console.ts';
import { textSize } from './text.ts';

/** The number of functions that have a name. */
declare const symbolCount: () => i32;

/** The address of the table. */
declare const symbolTable: () => i32;

/** The address of the names. */
declare const symbolNames: () => i32;

const SYMBOL_SHIFT: i32 = 3;

const symbolAddress = (index: i32): i32 => load(symbolTable() + (index << SYMBOL_SHIFT));

/** The index of the last function that begins below `address`, -1 if there is none. O(log functions). */
const symbolFind = (address: i32): i32 => {
  let first: i32 = 0;
  let end: i32 = symbolCount();
  while (first < end) {
    const middle: i32 = (first + end) >>> 1;
    if (lessThan(symbolAddress(middle), address)) first = middle + 1;
    else end = middle;
  }
  return first - 1;
};

/**
 * Prints a return address: `demoDoubleFree+0x2c (shell-demo.ts)`. It may be the address behind the function's last
 * instruction, a call that does not return. An address that is in no function is printed as a number.
 */
export const placePrint = (address: i32): void => {
  if (!DEBUG) return;
  const index: i32 = symbolFind(address);
  if (index < 0) {
    consolePrintHex(address);
    return;
  }
  const name: i32 = symbolNames() + load(symbolTable() + (index << SYMBOL_SHIFT) + 4);
  const file: i32 = name + textSize(name);
  consolePrintText(name, textSize(name) - 1);
  consolePrint('+');
  consolePrintHexShort(address - symbolAddress(index));
  if (load8(file) === 0) return;
  consolePrint(' (');
  consolePrintText(file, textSize(file) - 1);
  consolePrint(')');
};
