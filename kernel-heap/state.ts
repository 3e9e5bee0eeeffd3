/**
 * Floor 2: the two base addresses that are kept in globals. Everything else is in the state record (layout.ts).
 *
 * Before heap_init both are 0. In a module that owns its memory malloc then reads zeros from the beginning of it, finds
 * no free block and takes the slow path, where the missing heap is noticed: the fast path pays nothing for it.
 */

let state: i32 = 0;
let frameMap: i32 = 0;

/** Address of the state record, which is also the main heap; 0 = no heap yet. */
export const stateAddress = (): i32 => state;

/** Address at which the map's word for frame 0 would stand; the map itself begins at the table's base frame. */
export const frameMapAddress = (): i32 => frameMap;

/** Sets the address of the state record. */
export const stateSet = (address: i32): void => {
  state = address;
};

/** Sets the address of frame 0's word of the map. */
export const frameMapSet = (address: i32): void => {
  frameMap = address;
};

/** Back to the beginning: no heap. */
export const stateForget = (): void => {
  state = 0;
  frameMap = 0;
};
