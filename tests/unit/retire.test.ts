/** The table of retired pages against a list of slots: what is displaced, released, flushed and forgotten. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BIN_DESCRIPTOR, DESCRIPTOR_SIZE, FRAME_SIZE, RETIRED_COUNT, STATE_RETIRED_OFFSET,
} from '../../kernel-heap/layout.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiate, stateWord, tableOf, usedFrames, type Core } from './core.ts';

const STEPS = 4_000;

const seed = testSeed();

const begin = (): Core => {
  const core = instantiate({ initial: 320 });
  assert.ok(core.heap_init(FRAME_SIZE, 5_000 * FRAME_SIZE) > 0);
  return core;
};

const table = (core: Core): number[] =>
  Array.from({ length: RETIRED_COUNT }, (_, index) => stateWord(core, STATE_RETIRED_OFFSET + 4 * index));

/** The slot of a page: descriptors that follow one another have slots that do. */
const slotOf = (page: number): number => (page >>> 0) / DESCRIPTOR_SIZE % RETIRED_COUNT;

/** Whether the page is still what its frames belong to. */
const isThere = (core: Core, page: number): boolean => core.pageOf(core.pageStart(page)) === page;

const newPage = (core: Core, bin: number): number => {
  const page = core.pageNew(core.queueOf(core.stateAddress(), bin), bin);
  assert.is.not(page, 0, 'no memory for a page');
  return page;
};

/** The descriptors in use, of pages and of others. */
const descriptorsUsed = (core: Core): number => {
  let count = 0;
  for (let page = core.queueTail(core.queueOf(core.stateAddress(), BIN_DESCRIPTOR)); page !== 0; page = core.pagePrev(page)) count += core.pageUsed(page);
  return count;
};

/** The pages of descriptors that have any left, in the order of their queue. */
const descriptorPages = (core: Core): number[] => {
  const pages: number[] = [];
  for (let page = core.queueHead(core.queueOf(core.stateAddress(), BIN_DESCRIPTOR)); page !== 0; page = core.pageNext(page)) pages.push(page);
  return pages;
};

test('of pages of descriptors that become empty the last one is kept, until the table is flushed', () => {
  const core = begin();
  const [lowest] = descriptorPages(core);
  const before = usedFrames(core);
  const descriptors = Array.from({ length: 400 }, () => core.descriptorAlloc());
  for (const descriptor of descriptors) core.descriptorFree(descriptor);
  const pages = descriptorPages(core);
  assert.is(pages.length, 2);
  const kept = pages.find((page) => page !== lowest)!;
  assert.is(core.pageUsed(kept), 0);
  assert.is(core.pageUsed(lowest!), 1, 'one of the lowest counts as used for ever');
  assert.is(table(core)[0], kept);
  assert.is(usedFrames(core), before + core.pageFrames(kept));
  assert.is(core.heap_check(), 0);
  core.retiredFlush();
  assert.equal(descriptorPages(core), [lowest]);
  assert.is(usedFrames(core), before);
  assert.is(core.heap_check(), 0);
});

test('a page of descriptors that has run out, and has not been found to, stays the first of its queue', () => {
  const core = begin();
  const first = (): number => core.queueHead(core.queueOf(core.stateAddress(), BIN_DESCRIPTOR));
  const descriptors: number[] = [];
  const lowest = first();
  while (first() === lowest || core.pageFree(first()) !== 0) descriptors.push(core.descriptorAlloc());
  const last = first();
  core.descriptorFree(descriptors[0]!);
  assert.is(first(), last);
  assert.is(core.heap_check(), 0);
  assert.is(core.descriptorAlloc(), descriptors[0]);
  assert.is(core.heap_check(), 0);
});

test('an empty page of descriptors goes back when another one becomes empty, wherever it stands', () => {
  const core = begin();
  const heap = core.stateAddress();
  const descriptors = new Map<number, number[]>();
  /** Takes a descriptor, if that needs no further page. */
  const hasAnother = (): boolean => {
    const page = core.queueRefill(core.queueOf(heap, BIN_DESCRIPTOR));
    if (page === 0 && descriptors.size === 4) return false;
    const descriptor = core.descriptorAlloc();
    const home = core.pageOf(descriptor);
    descriptors.set(home, [...descriptors.get(home) ?? [], descriptor]);
    return true;
  };
  while (hasAnother());
  const used = usedFrames(core);
  const [lowest, a, b, c] = [...descriptors.keys()].sort((one, other) => one - other) as [number, number, number, number];
  assert.is(core.queueHead(core.queueOf(heap, BIN_DESCRIPTOR)), 0, 'all are full');
  const free = (page: number, count: number): void => {
    for (const descriptor of descriptors.get(page)!.splice(0, count)) core.descriptorFree(descriptor);
    assert.is(core.heap_check(), 0);
  };
  free(b, 1);
  free(c, 1);
  free(a, 1);
  assert.equal(descriptorPages(core), [b, c, a], 'they return in their order');
  free(c, Infinity);
  assert.equal(descriptorPages(core), [b, c, a], 'an empty one stays where it is');
  assert.is(usedFrames(core), used);
  free(a, Infinity);
  assert.equal(descriptorPages(core), [b, a], 'the one between has gone');
  assert.is(usedFrames(core), used - 1);
  free(b, Infinity);
  free(lowest, 1);
  assert.equal(descriptorPages(core), [b, lowest], 'the last has gone');
  assert.is(usedFrames(core), used - 2);
  core.retiredFlush();
  assert.equal(descriptorPages(core), [lowest]);
  assert.is(usedFrames(core), used - 3);
});

test('a page that is cut keeps its first frames; the others are free, and no longer in its bin\'s count', () => {
  const core = begin();
  const heap = core.stateAddress();
  const demand = (page: number, frames: number, inside: number): void => {
    const before = core.pageFrames(page);
    const used = usedFrames(core);
    const queued = core.queueFrames(core.pageQueue(page));
    if (core.pageIsLarge(page)) assert.ok(core.largeResize(page, frames));
    else core.pageShrink(page, frames);
    assert.is(core.pageFrames(page), frames);
    assert.is(usedFrames(core), used - before + frames);
    if (!core.pageIsLarge(page)) assert.is(core.queueFrames(core.pageQueue(page)), queued - before + frames);
    for (let frame = 1; frame < before; frame++) {
      assert.is(core.pageOf(core.pageStart(page) + frame * FRAME_SIZE), frame < frames ? inside : core.noPage(), `frame ${frame}`);
    }
    assert.is(core.pageOf(core.pageStart(page)), page);
    assert.is(core.heap_check(), 0);
  };
  let page = newPage(core, 0);
  while (core.pageFrames(page) < 4) page = newPage(core, 0);
  const large = core.pageOf(core.largeNew(heap, 7, 0));
  demand(page, 2, page);
  demand(page, 1, page);
  demand(large, 3, core.noPage());
  demand(large, 1, core.noPage());
});

test('each page has a slot; one that becomes empty displaces the page that it finds there, which is released', () => {
  const core = begin();
  const pages = Array.from({ length: 2 * RETIRED_COUNT + 10 }, () => newPage(core, 0));
  const slots = Array.from({ length: RETIRED_COUNT }, () => 0);
  for (const page of pages) {
    const used = usedFrames(core);
    const displaced = slots[slotOf(page)]!;
    const frames = displaced === 0 ? 0 : core.pageFrames(displaced);
    core.retiredPush(page);
    slots[slotOf(page)] = page;
    assert.ok(core.pageIsRetired(page));
    assert.equal(table(core), slots);
    assert.is(usedFrames(core), used - frames, 'nothing is released while there is room');
    if (displaced !== 0) assert.is(core.pageOf(core.pageStart(displaced)), core.noPage());
  }
  assert.ok(slots.every((slot) => slot !== 0));
  assert.is(core.heap_check(), 0);
});

test('a displaced page with a live block stays, without the mark', () => {
  const core = begin();
  const pages = Array.from({ length: 2 * RETIRED_COUNT }, () => newPage(core, 3));
  const [first] = pages as [number];
  const other = pages.find((page) => page !== first && slotOf(page) === slotOf(first))!;
  core.retiredPush(first);
  const block = core.pagePop(first);
  core.retiredPush(other);
  assert.ok(isThere(core, first));
  assert.not(core.pageIsRetired(first));
  assert.not(table(core).includes(first));
  assert.is(core.pagePush(first, block), 0, 'it has become empty anew');
  core.retiredPush(first);
  assert.ok(core.pageIsRetired(first));
  assert.not(isThere(core, other));
});

test('flushing releases the empty pages, and leaves the table empty', () => {
  const core = begin();
  const pages = Array.from({ length: 20 }, (_, index) => newPage(core, index));
  for (const page of pages) core.retiredPush(page);
  const kept = pages.filter((_, index) => index % 3 === 0);
  for (const page of kept) core.pagePop(page);
  const frames = pages.filter((page) => !kept.includes(page)).reduce((sum, page) => sum + core.pageFrames(page), 0);
  const used = usedFrames(core);
  core.retiredFlush();
  assert.is(usedFrames(core), used - frames);
  assert.ok(table(core).every((slot) => slot === 0));
  for (const page of kept) {
    assert.ok(isThere(core, page));
    assert.not(core.pageIsRetired(page));
  }
  core.retiredFlush();
  assert.is(usedFrames(core), used - frames, 'flushing again');
  assert.is(core.heap_check(), 0);
});

test('a forgotten page leaves the table, whatever it holds, and is not released', () => {
  const core = begin();
  const pages = Array.from({ length: 5 }, () => newPage(core, 1));
  for (const page of pages) core.retiredPush(page);
  core.pagePop(pages[2]!);
  for (const page of [pages[2]!, pages[4]!]) {
    core.retiredForget(page);
    assert.not(core.pageIsRetired(page));
    assert.not(table(core).includes(page));
    assert.ok(isThere(core, page));
  }
  assert.equal(table(core).filter((slot) => slot !== 0).toSorted(), [pages[0]!, pages[1]!, pages[3]!].toSorted());
  core.retiredForget(pages[4]!);
  const frames = core.pageFrames(pages[0]!);
  const used = usedFrames(core);
  core.retiredFlush();
  assert.is(usedFrames(core), used - 3 * frames);
});

test(`random comings and goings agree with a list of slots, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = begin();
  const slots: number[] = Array.from({ length: RETIRED_COUNT }, () => 0);
  const descriptorsBefore = descriptorsUsed(core);
  /** The blocks in use of each page that is there. */
  const blocks = new Map<number, number[]>();
  const pagesOutside = (): number[] => [...blocks.keys()].filter((page) => !slots.includes(page) && blocks.get(page)!.length === 0);

  const displace = (slot: number, page: number): void => {
    const displaced = slots[slot]!;
    slots[slot] = page;
    if (blocks.get(displaced)?.length === 0) blocks.delete(displaced);
  };
  const push = (page: number): void => {
    displace(slotOf(page), page);
    core.retiredPush(page);
    // With a page that is given back a page of descriptors may have become empty.
    const [first] = table(core) as [number];
    if (first !== slots[0] && first !== 0 && core.pageBin(first) === BIN_DESCRIPTOR) displace(0, first);
  };
  for (let step = 0; step < STEPS; step++) {
    const pages = [...blocks.keys()];
    const page = pages[random.below(Math.max(pages.length, 1))];
    const choice = random.below(100);
    if (page === undefined || (choice < 30 && pages.length < 2 * RETIRED_COUNT)) {
      blocks.set(newPage(core, random.below(24)), []);
    } else if (choice < 55) {
      // The last block is left: only the first page of a queue may have none.
      if (core.load(core.pageFree(page)) !== 0) blocks.get(page)!.push(core.pagePop(page));
    } else if (choice < 94) {
      const [empty] = pagesOutside();
      const block = blocks.get(page)!.pop();
      if (block !== undefined) {
        const emptied = core.pagePush(page, block) === 0;
        assert.is(emptied, blocks.get(page)!.length === 0 && !slots.includes(page), 'whether it is for the table');
        if (emptied) push(page);
      } else if (empty !== undefined) {
        push(empty);
      }
    } else if (choice < 99) {
      core.retiredForget(page);
      const slot = slots.indexOf(page);
      if (slot !== -1) slots[slot] = 0;
    } else {
      const gone = slots.filter((slot) => blocks.get(slot)?.length === 0);
      const frames = gone.reduce((sum, slot) => sum + core.pageFrames(slot), 0);
      const descriptorFrames = (): number => core.queueFrames(core.queueOf(core.stateAddress(), BIN_DESCRIPTOR));
      const [used, before] = [usedFrames(core), descriptorFrames()];
      core.retiredFlush();
      assert.is(used - usedFrames(core), frames + before - descriptorFrames(), `step ${step}: with those of pages of descriptors`);
      for (const slot of gone) blocks.delete(slot);
      slots.fill(0);
    }
    assert.equal(table(core), slots, `step ${step}`);
    for (const [other, used] of blocks) {
      assert.is(core.pageIsRetired(other), slots.includes(other));
      assert.is(core.pageUsed(other), used.length);
      assert.ok(isThere(core, other), `page of ${core.pageBlockSize(other)} bytes, step ${step}`);
    }
    const frames = [...blocks.keys()].reduce((sum, other) => sum + core.pageFrames(other), 0);
    // One page of descriptors lies before the frames, and the frame table among them.
    const own = core.queueFrames(core.queueOf(core.stateAddress(), BIN_DESCRIPTOR)) - 1 + core.tableSpanFrames(tableOf(core).capacity);
    assert.is(usedFrames(core), frames + own, `step ${step}`);
    assert.is(descriptorsUsed(core), descriptorsBefore + blocks.size, `descriptors in use, step ${step}`);
    if (step % 100 === 0) assert.is(core.heap_check(), 0, `step ${step}`);
  }
});

test(`pages of descriptors go back when they are empty, the last one when the table is flushed, seed ${seed}`, () => {
  const random = new Random(seed);
  const core = begin();
  const used = usedFrames(core);
  const descriptors = Array.from({ length: 5 * FRAME_SIZE / DESCRIPTOR_SIZE }, () => core.descriptorAlloc());
  assert.is(new Set(descriptors).size, descriptors.length);
  assert.ok(descriptors.every((descriptor) => descriptor !== 0 && descriptor % DESCRIPTOR_SIZE === 0));
  assert.ok(usedFrames(core) >= used + 5);
  while (descriptors.length > 0) {
    core.descriptorFree(descriptors.splice(random.below(descriptors.length), 1)[0]!);
    assert.is(usedFrames(core), used + core.queueFrames(core.queueOf(core.stateAddress(), BIN_DESCRIPTOR)) - 1);
  }
  assert.ok(usedFrames(core) <= used + 1, 'more than one empty page of descriptors is kept');
  core.retiredFlush();
  assert.is(usedFrames(core), used);
  core.retiredFlush();
  assert.is(usedFrames(core), used, 'flushing again');
  assert.is(core.heap_check(), 0);
});

test.run();
