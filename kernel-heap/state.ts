/**
 * Floor 2: the two base addresses that are kept in globals. Everything else is in the state record (layout.ts).
 *
 * Before there is a heap malloc reads zeros where its record is going to be, in a module that owns its memory, finds no
 * free block and takes the slow path, where the missing heap is noticed: the fast path pays nothing for it. The record's
 * place is known from the beginning there, so that for an optimiser that sees nobody begin a heap elsewhere it is a constant:
 * malloc has two loads less on V8, and C's functions 31 bytes.
 */

import { HEAP_START } from './profile.ts';

let stateRecord: i32 = HEAP_START;
let frameMap: i32 = 0;

/**
 * Address of the state record, which is also the main heap. As long as there is none, where a module that owns its memory
 * begins it; 0 elsewhere.
 */
export const stateAddress = (): i32 => stateRecord;

/** Address at which the map's word for frame 0 would stand; the map itself begins at the table's base frame. */
export const frameMapAddress = (): i32 => frameMap;

/** Whether there is a heap. The map stands in frames from its base frame on, so that frame 0's word is never at address 0. */
export const heapExists = (): boolean => frameMap != 0;

/** Sets the address of the state record. */
export const stateSet = (address: i32): void => {
  stateRecord = address;
};

/** Sets the address of frame 0's word of the map. */
export const frameMapSet = (address: i32): void => {
  frameMap = address;
};

/** Back to the beginning: no heap. */
export const stateForget = (): void => {
  stateRecord = HEAP_START;
  frameMap = 0;
};
