/**
 * Where a call of the heap comes from: the return addresses of the innermost functions. The debug profile keeps them with
 * every block; symbols.ts knows what they are called.
 *
 * A frame as the C compiler lays it out. The frame pointer is its address on x86, the address behind it on riscv64:
 *
 *    frame
 *   +--------------------------+----------------+
 *   | caller's frame pointer   | return address |
 *   +--------------------------+----------------+
 */
import { heap_at } from '../../kernel-heap/index.ts';
import { lessThan, load } from '../../kernel-heap/memory.ts';
import { DEBUG } from '../../kernel-heap/profile.ts';
import { MACHINE_RISCV64, machineNumber } from './machine.ts';
import { schedulerRunning } from './scheduler.ts';
import { threadStackEnd } from './thread.ts';

/** Bytes in a register: 4 or 8. */
declare const pointerSize: () => i32;

/** The end of the stack that the kernel boots on, the first thread's. */
declare const bootStackEnd: () => i32;

let frame: i32 = 0;
let stackEnd: i32 = 0;

/** Makes the frame that `pointer` stands for the current one, unless it is not where the one above `lowest` must be. */
const frameSet = (pointer: i32, lowest: i32): void => {
  const size: i32 = pointerSize();
  frame = machineNumber() === MACHINE_RISCV64 ? pointer - size - size : pointer;
  const isWithin: boolean = !lessThan(frame, lowest) && lessThan(frame, stackEnd - size);
  if (!isWithin || (frame & (size - 1)) !== 0) frame = 0;
};

/** The current frame's return address, 0 if there is no frame; the caller's frame becomes the current one. */
const framePop = (): i32 => {
  if (frame === 0) return 0;
  const address: i32 = load(frame + pointerSize());
  frameSet(load(frame), frame + pointerSize());
  return address;
};

/**
 * Tells the heap where its next call comes from; `pointer` is the frame pointer of the function that makes it. A frame that
 * is not on the running thread's stack ends the walk.
 */
export const callStackTell = (pointer: i32): void => {
  if (!DEBUG) return;
  const thread: i32 = schedulerRunning();
  stackEnd = thread === 0 ? bootStackEnd() : threadStackEnd(thread);
  if (stackEnd === 0) stackEnd = bootStackEnd();
  frameSet(pointer, 1);
  const first: i32 = framePop();
  const second: i32 = framePop();
  const third: i32 = framePop();
  heap_at(first, second, third, framePop());
};
