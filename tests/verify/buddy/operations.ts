/** The operations of the buddy, each done on the core and judged by the model. */

import { FRAME_COUNT_MAX } from '../../../kernel-heap/layout.ts';
import type { Arena } from './arena.ts';
import { holds, runOf } from './model.ts';

/** Thrown when the core does what the model does not allow. */
export class Violation extends Error {}

/** The texts are made only here: there are millions of operations. */
const fail = (what: string, a: number, b: number, wrong: string): never => {
  throw new Violation(`${what} ${a} ${b} ${wrong}`);
};

/** Demands that exactly the frames of `after` are free, and that the counters tell it. */
const settle = (arena: Arena, before: number, after: number, what: string, a: number, b: number): void => {
  if (!arena.is(after)) fail(what, a, b, `leaves ${arena.wrong(after)!}`);
  if (!arena.isPeak(before, after)) fail(what, a, b, 'leaves a wrong peak of used frames');
};

/** A run of `count` frames that was handed out: in the free frames, aligned. */
const demandRun = (arena: Arena, free: number, frame: number, count: number, order: number, what: string): number => {
  const first = frame - arena.windowFrame;
  if (first < 0 || first + count > 32) fail(what, count, order, `gives frame ${first}, out of bounds`);
  if ((frame & ((1 << order) - 1)) !== 0) fail(what, count, order, `gives frame ${first}, which is not aligned`);
  if (!holds(free, runOf(first, count))) fail(what, count, order, `gives frame ${first}, and not all of these frames are free`);
  return first;
};

/** The first frame of the lowest node of the smallest order that suffices; -1 if there is none. */
const lowestNode = (arena: Arena, free: number, count: number, order: number): number => {
  const least = 32 - Math.clz32(count - 1);
  const sufficient = least < order ? order : least;
  return sufficient > 5 ? -1 : arena.model.lowest(free)[sufficient]!;
};

/**
 * Takes `count` frames aligned to 2^`order` in the state in which the frames of `free` are free: exactly the lowest
 * node of the smallest sufficient order. Returns the first frame of the window, -1 if there is no such node.
 */
export const alloc = (arena: Arena, free: number, count: number, order: number): number => {
  const frame = arena.buddyAlloc(count, order, 0);
  const expected = lowestNode(arena, free, count, order);
  if (frame === 0) {
    if (expected !== -1) fail('alloc', count, order, `finds nothing, although the node at frame ${expected} is free`);
    settle(arena, free, free, 'alloc', count, order);
    return -1;
  }
  const first = demandRun(arena, free, frame, count, order, 'alloc');
  if (first !== expected) {
    fail('alloc', count, order, `gives frame ${first}, not ${expected}, the lowest of the smallest sufficient order`);
  }
  settle(arena, free, free & ~runOf(first, count), 'alloc', count, order);
  return first;
};

/** By order, the frames of the window that are aligned to it. */
const ALIGNED = [-1, 0x55555555, 0x11111111, 0x01010101, 0x00010001, 0x00000001];

/** The first frame of the lowest aligned run of `count` free frames, -1 if there is none. */
const lowestRun = (free: number, count: number, order: number): number => {
  let starts = free & ALIGNED[order]!;
  for (let behind = 1; behind < count && starts !== 0; behind++) starts &= free >>> behind;
  return 31 - Math.clz32(starts & -starts);
};

/** Demands that the frames from `first` on are those at the beginning of their run, but for the alignment. */
const demandBeginning = (free: number, first: number, count: number, order: number, what: string): void => {
  let start = first;
  while (start > 0 && holds(free, runOf(start - 1, 1))) start--;
  if (first - start >= 2 ** order) fail(what, count, order, `gives frame ${first}, although the run begins with ${start}`);
};

/**
 * Takes `count` frames from the beginning of a run of several nodes, where no single node suffices. Returns the first frame of the window,
 * -1 only if no aligned run of free frames holds them.
 */
export const compose = (arena: Arena, free: number, count: number, order: number): number => {
  const frame = arena.spanAllocPresentSlow(count, order);
  if (frame === 0) {
    settle(arena, free, free, 'compose', count, order);
    const first = lowestRun(free, count, order);
    if (first !== -1) fail('compose', count, order, `finds nothing, although the frames from ${first} on are free`);
    return -1;
  }
  const first = demandRun(arena, free, frame, count, order, 'compose');
  demandBeginning(free, first, count, order, 'compose');
  settle(arena, free, free & ~runOf(first, count), 'compose', count, order);
  return first;
};

/**
 * Takes `count` frames as a memory that does not grow does, and a new frame table: from the beginning of a run of one node
 * or several, found around the first node of an order. It is found where there is a node that suffices.
 */
export const pack = (arena: Arena, free: number, count: number, order: number): void => {
  const frame = arena.buddyAlloc(count, order, 1);
  if (frame === 0) {
    const expected = lowestNode(arena, free, count, order);
    if (expected !== -1) fail('pack', count, order, `finds nothing, although the node at frame ${expected} is free`);
    settle(arena, free, free, 'pack', count, order);
    return;
  }
  const first = demandRun(arena, free, frame, count, order, 'pack');
  demandBeginning(free, first, count, order, 'pack');
  settle(arena, free, free & ~runOf(first, count), 'pack', count, order);
};

/** Gives `count` used frames from `first` on back. */
export const release = (arena: Arena, free: number, first: number, count: number): void => {
  arena.buddyFree(arena.windowFrame + first, count);
  settle(arena, free, free | runOf(first, count), 'free', first, count);
};

/** Takes `count` free frames from `first` on, as a block that grows in place does. */
export const take = (arena: Arena, free: number, first: number, count: number): void => {
  arena.addUsed(count);
  arena.buddyFlip(arena.windowNode + first + count, arena.windowNode + first);
  settle(arena, free, free & ~runOf(first, count), 'take', first, count);
};

/**
 * The ends of the runs of free frames, as the core finds them: of the run that begins at a frame, as behind a block that
 * grows, and of the run that ends before a frame. Returns how many questions were asked.
 */
export const demandRuns = (arena: Arena, free: number): number => {
  let asked = 0;
  for (let first = 0; first < 32; first++) {
    const isFree = holds(free, runOf(first, 1));
    const follows = first > 0 && holds(free, runOf(first - 1, 1));
    const frame = arena.windowFrame + first;
    if (!isFree || !follows) {
      let end = first;
      while (end < 32 && holds(free, runOf(end, 1))) end++;
      const foundEnd = arena.buddyRunEdge(frame, 1, arena.windowFrame + 32) - arena.windowFrame;
      if (foundEnd !== end) fail('the run from', first, end, `ends at ${foundEnd}`);
      let start = first;
      while (start > 0 && holds(free, runOf(start - 1, 1))) start--;
      const foundStart = arena.buddyRunEdge(frame, -1, FRAME_COUNT_MAX) - arena.windowFrame;
      if (foundStart !== start) fail('the run before', first, start, `begins at ${foundStart}`);
      asked += 2;
    }
  }
  settle(arena, free, free, 'looking for runs', 0, 0);
  return asked;
};
