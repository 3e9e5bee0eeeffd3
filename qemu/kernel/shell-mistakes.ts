/**
 * The command demo where the heap notices mistakes: each is made once, and what follows is the heap's. The hardened profile
 * stops the machine with a code; the debug profile tells what happened, and stops or goes on (shell-bugs.ts).
 */
import {
  calloc, free, free_sized, heap_audit, heap_destroy, heap_kind, heap_malloc, heap_new, heap_trim, malloc,
} from '../../kernel-heap/index.ts';
import { KIND_POINTERS } from '../../kernel-heap/audit-layout.ts';
import { fill, store, store8 } from '../../kernel-heap/memory.ts';
import { consolePrint } from './console.ts';
import { literalAddress } from './literal.ts';
import { shellLeaks } from './shell-bugs.ts';

const MISTAKE_SIZE: i32 = 40;
const MISTAKE_BYTE: i32 = 0x2a;

/** A block to make a mistake with; 0, with a message, if there is no memory. */
const mistakeBlock = (): i32 => {
  const block: i32 = malloc(MISTAKE_SIZE);
  if (block === 0) consolePrint('no memory for the demonstration; free something\n');
  return block;
};

/** Two blocks of three from one place are forgotten. */
export const mistakeLeak = (): void => {
  const heap: i32 = heap_new();
  if (heap === 0) return;
  consolePrint('a task takes three blocks from its heap, frees one and forgets two\n');
  for (let count: i32 = 0; count < 3; count++) {
    const block: i32 = heap_malloc(heap, MISTAKE_SIZE);
    if (count === 0) free(block);
  }
  shellLeaks();
  heap_destroy(heap);
  consolePrint("the task's heap is destroyed, and the blocks with it\n");
};

/** A block is freed twice. */
export const mistakeDoubleFree = (): void => {
  const block: i32 = mistakeBlock();
  if (block === 0) return;
  consolePrint('a block is freed twice\n');
  free(block);
  free(block);
};

/** What is freed was never allocated. */
export const mistakeInvalidFree = (): void => {
  consolePrint('a string of the kernel is freed\n');
  free(literalAddress('in the kernel, not in the heap'));
};

/** What is freed is within a block. */
export const mistakeUnalignedFree = (): void => {
  const block: i32 = mistakeBlock();
  if (block === 0) return;
  consolePrint('the address of the third word of a block is freed\n');
  free(block + 8);
  free(block);
};

/** A block is freed as one of another size. */
export const mistakeSizeMismatch = (): void => {
  const block: i32 = mistakeBlock();
  if (block === 0) return;
  consolePrint('a block of 40 bytes is freed as one of 400\n');
  free_sized(block, MISTAKE_SIZE * 10);
};

/** A block is written beyond its end. */
export const mistakeOverflow = (): void => {
  const block: i32 = mistakeBlock();
  if (block === 0) return;
  consolePrint('42 bytes are written into a block of 40\n');
  fill(block, MISTAKE_BYTE, MISTAKE_SIZE + 2);
  free(block);
};

/** A byte before a block is written to. */
export const mistakeUnderflow = (): void => {
  const block: i32 = mistakeBlock();
  if (block === 0) return;
  consolePrint('the byte before a block is written to\n');
  store8(block - 1, MISTAKE_BYTE);
  free(block);
};

/** A freed block is written to, which is noticed when the heap is to give its memory away. */
export const mistakeWriteAfterFree = (): void => {
  const block: i32 = mistakeBlock();
  if (block === 0) return;
  consolePrint('a block is freed, then written to\n');
  free(block);
  store8(block + 4, MISTAKE_BYTE);
  heap_trim();
};

/** A block that is declared to hold pointers leads to one that was freed, which the audit notices. */
export const mistakeStrayPointer = (): void => {
  const holder: i32 = calloc(2, 4);
  const block: i32 = mistakeBlock();
  if (holder !== 0 && block !== 0) {
    consolePrint('a block is freed that another one still leads to\n');
    heap_kind(holder, KIND_POINTERS);
    store(holder + 4, block);
    free(block);
    heap_audit();
  }
  free(holder);
};
