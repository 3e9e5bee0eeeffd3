/**
 * What is told of an exception before the machine goes off:
 *
 *   registers of the interrupted code
 *     rax 0x0000000000000001 rbx 0x…
 *   thread 3, of kind 5 with argument 0x00000000, its stack from 0x00204000 to 0x00208000
 *   the address lies in the guard page of thread 3
 *   0x00203ff8: 4088 bytes into the live large block 0x00203000 of 20480 bytes
 */
import { load, load8 } from '../../kernel-heap/memory.ts';
import { consolePrint, consolePrintCount, consolePrintDigits, consolePrintHex, consolePutByte } from './console.ts';
import { EXIT_EXCEPTION, EXIT_STACK_OVERFLOW } from './exit-code.ts';
import { inspectPrint } from './heap-inspect.ts';
import { schedulerRunning, THREAD_ARGUMENT_OFFSET, THREAD_KIND_OFFSET, THREAD_NUMBER_OFFSET } from './scheduler.ts';
import { THREAD_STACK_SIZE, threadGuardedAt, threadStackStart } from './thread.ts';

/** Bytes in a register: 4 or 8. */
declare const pointerSize: () => i32;

/** The upper half of a pointer to what has an address. */
declare const pointerBase: () => i32;

/** The address of the registers' names, separated by spaces, with a 0 behind. */
declare const registerNames: () => i32;

const SPACE_CODE: i32 = 32;
const REGISTERS_A_LINE: i32 = 4;

const printWord = (high: i32, low: i32): void => {
  consolePrint('0x');
  if (pointerSize() === 8) consolePrintDigits(high);
  consolePrintDigits(low);
};

/** Prints the word at `text` and returns the address behind it. */
const printName = (text: i32): i32 => {
  let at: i32 = text;
  while (load8(at) !== 0 && load8(at) !== SPACE_CODE) {
    consolePutByte(load8(at));
    at++;
  }
  return at;
};

const printRegisters = (registers: i32): void => {
  consolePrint('registers of the interrupted code\n');
  let name: i32 = registerNames();
  let register: i32 = registers;
  let column: i32 = 0;
  while (load8(name) !== 0) {
    consolePrint(column === 0 ? '  ' : ' ');
    name = printName(name);
    if (load8(name) === SPACE_CODE) name++;
    consolePrint(' ');
    printWord(load(register + 4), load(register));
    register += pointerSize();
    column++;
    if (column === REGISTERS_A_LINE || load8(name) === 0) {
      consolePrint('\n');
      column = 0;
    }
  }
};

const printThread = (): void => {
  const thread: i32 = schedulerRunning();
  if (thread === 0) return;
  consolePrintCount('thread ', load(thread + THREAD_NUMBER_OFFSET), ', of kind ');
  consolePrintCount('', load(thread + THREAD_KIND_OFFSET), ' with argument ');
  consolePrintHex(load(thread + THREAD_ARGUMENT_OFFSET));
  if (load(thread + THREAD_NUMBER_OFFSET) !== 0) {
    consolePrint(', its stack from ');
    consolePrintHex(threadStackStart(thread));
    consolePrint(' to ');
    consolePrintHex(threadStackStart(thread) + THREAD_STACK_SIZE);
  }
  consolePrint('\n');
};

/**
 * Prints the registers in the words from `registers` on (0: none are known), the running thread and what is at the
 * address of the fault. Returns the exit code that the exception deserves.
 */
export const exceptionReport = (addressHigh: i32, address: i32, registers: i32): i32 => {
  if (registers !== 0) printRegisters(registers);
  printThread();
  if (addressHigh === 0 && address === 0) return EXIT_EXCEPTION; // an exception that is about no address
  if (addressHigh !== pointerBase()) {
    consolePrint('the address is no pointer into memory\n');
    return EXIT_EXCEPTION;
  }
  const thread: i32 = threadGuardedAt(address);
  if (thread !== 0) {
    consolePrintCount('the address lies in the guard page of thread ', load(thread + THREAD_NUMBER_OFFSET), '\n');
  }
  inspectPrint(address);
  return thread === 0 ? EXIT_EXCEPTION : EXIT_STACK_OVERFLOW;
};
