/**
 * The command demo: mistakes made on purpose, what they do, and what the heap says of them. Each is made in a heap of
 * its own, so that nobody else's blocks are near, and the damage ends with that heap.
 */
import { free, heap_destroy, heap_malloc, heap_new } from '../../kernel-heap/index.ts';
import { fill, load, store } from '../../kernel-heap/memory.ts';
import { STATS_BLOCKS_OFFSET, STATS_FREE_FRAMES_OFFSET } from '../../kernel-heap/stats-layout.ts';
import { consolePrint, consolePrintCount, consolePrintHex } from './console.ts';
import { inspectPrint, inspectStats } from './heap-inspect.ts';
import { shellCheck } from './shell-heap.ts';

const DEMO_BLOCK_SIZE: i32 = 64;
const DEMO_LEAK_COUNT: i32 = 1000;
const OVERFLOW_SIZE: i32 = 68; // a word more than the block has
const CONTENTS: i32 = 0x600dda7a;
const GARBAGE: i32 = 0x0badda7a;

let demoHeap: i32 = 0;

/** Three blocks side by side, of which the last stays live so that its page does. */
let demoFirst: i32 = 0;
let demoSecond: i32 = 0;

/** Makes the heap and the blocks; false, with a message, if there is no memory. */
const demoBegin = (): boolean => {
  demoHeap = heap_new();
  demoFirst = 0;
  demoSecond = 0;
  let third: i32 = 0;
  if (demoHeap !== 0) {
    demoFirst = heap_malloc(demoHeap, DEMO_BLOCK_SIZE);
    demoSecond = heap_malloc(demoHeap, DEMO_BLOCK_SIZE);
    third = heap_malloc(demoHeap, DEMO_BLOCK_SIZE);
  }
  if (demoFirst !== 0 && demoSecond !== 0 && third !== 0) return true;
  heap_destroy(demoHeap);
  consolePrint('no memory for the demonstration; free something\n');
  return false;
};

const tellAddress = (label: string, address: i32): void => {
  consolePrint(label);
  consolePrintHex(address);
  consolePrint('\n');
};

const tellPlace = (label: string, address: i32): void => {
  consolePrint(label);
  inspectPrint(address);
};

const demoEnd = (): void => {
  heap_destroy(demoHeap);
  consolePrint('the heap is destroyed, and the damage with it\n');
  shellCheck();
};

const printFigures = (label: string): void => {
  const stats: i32 = inspectStats();
  consolePrint(label);
  consolePrintCount('', load(stats + STATS_BLOCKS_OFFSET), ' live blocks, ');
  consolePrintCount('', load(stats + STATS_FREE_FRAMES_OFFSET), ' free frames\n');
};

/** A task forgets its blocks: they stay, until the task's heap goes. */
export const demoLeak = (): void => {
  printFigures('before            ');
  const heap: i32 = heap_new();
  if (heap === 0) {
    consolePrint('no memory for the demonstration; free something\n');
    return;
  }
  let last: i32 = 0;
  let count: i32 = 0;
  while (count < DEMO_LEAK_COUNT) {
    last = heap_malloc(heap, DEMO_BLOCK_SIZE);
    if (last === 0) break;
    count++;
  }
  consolePrintCount('a task allocates ', count, ' blocks from its heap and forgets them\n');
  printFigures('leaked            ');
  if (last !== 0) tellPlace('the last one      ', last);
  heap_destroy(heap);
  printFigures('heap destroyed    ');
  shellCheck();
};

/** The same block freed twice: the list of free blocks runs in a circle, and a block is handed out twice. */
export const demoDoubleFree = (): void => {
  if (!demoBegin()) return;
  free(demoFirst);
  tellPlace('freed once:  ', demoFirst);
  free(demoFirst);
  consolePrint('freed twice, which nothing stopped\n');
  shellCheck();
  tellAddress('malloc gives ', heap_malloc(demoHeap, DEMO_BLOCK_SIZE));
  tellAddress('and again    ', heap_malloc(demoHeap, DEMO_BLOCK_SIZE));
  consolePrint('two owners of one block; the command free asks before it frees\n');
  demoEnd();
};

/** A freed block written to: what is overwritten is the link to the next free block. */
export const demoUseAfterFree = (): void => {
  if (!demoBegin()) return;
  store(demoFirst, CONTENTS);
  free(demoFirst);
  tellPlace('freed: ', demoFirst);
  tellAddress('it held 0x600dda7a, and a read now gives ', load(demoFirst));
  shellCheck();
  store(demoFirst, GARBAGE);
  tellAddress('what it held was the link to the next free block; now it is written over with ', load(demoFirst));
  shellCheck();
  demoEnd();
};

/** A block written beyond its end: a live neighbour loses its contents, a free one the link of its list. */
export const demoOverflow = (): void => {
  if (!demoBegin()) return;
  store(demoSecond, CONTENTS);
  tellPlace('a block:       ', demoFirst);
  tellPlace('its neighbour: ', demoSecond);
  fill(demoFirst, 0x2a, OVERFLOW_SIZE);
  consolePrintCount('writing ', OVERFLOW_SIZE, ' bytes into the block\n');
  tellAddress('the neighbour held 0x600dda7a, and now ', load(demoSecond));
  shellCheck();
  consolePrint('the heap cannot know what a live block should hold. With the neighbour free:\n');
  free(demoSecond);
  fill(demoFirst, 0x2a, OVERFLOW_SIZE);
  shellCheck();
  demoEnd();
};
