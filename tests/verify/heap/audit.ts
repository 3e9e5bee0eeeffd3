/**
 * A reader of the heap's structures that believes nothing: it walks frames, pages, lists, queues and the table of retired
 * pages, tells what is wrong, and which blocks are live. It shares no code with the core, only the names of the layout's
 * constants.
 *
 * What no structure holds is dead: free frames, free and uncarved blocks but for the links of the former, slack at the
 * end of pages, unused words of descriptors. The reader overwrites it with a pattern. So dead bytes do not tell states
 * apart, and a core that reads them does not get away with it.
 */

import { countOf } from '../buddy/model.ts';
import { CLASS_SIZES, type World } from './world.ts';

const GRANULE_SHIFT = 4;

/** The seal of a free block in the hardened profile, beside its link: link ^ own address ^ this. */
const LINK_SEAL = 0x5ea15ea1;

/** What is expected in live blocks, and written over dead memory: a word that depends on its index alone. */
export const patternOf = (index: number): number => Math.imul(index + 1, 0x9e3779b1) ^ 0x5bd1e995;

export class Auditor {
  readonly #world: World;
  readonly #words: Int32Array;
  readonly #pattern: Int32Array;
  /** Address of the region's first byte. */
  readonly #origin: number;
  /** By granule of 16 bytes of the region: the usable size of the live block that begins there, or 0. */
  readonly live: Int32Array;
  /** The free frames, bit i for frame i of the window. */
  free = 0;
  /** Whether some page of the bin has a block to give, by bin. */
  readonly hasBlock: Uint8Array;
  /** Pages that are empty and kept, idle nodes among them. */
  emptyPages = 0;
  /** Empty pages of descriptors: one is kept as long as no other has any left. */
  emptyDescriptorPages = 0;
  /** Lazy blocks, which may have room behind them. */
  lazyBlocks = 0;
  /** Frames at the end of pages that no block was carved from. */
  uncarvedFrames = 0;

  // Pages found, by number.
  #count = 0;
  readonly #descriptor = new Int32Array(64);
  readonly #frame = new Int32Array(64);
  readonly #frames = new Int32Array(64);
  readonly #bin = new Int32Array(64);
  readonly #freeBlocks = new Int32Array(64);
  readonly #queued = new Uint8Array(64);
  /** By slot of 32 bytes from the first page of descriptors on: number of the page that it describes, or -1. */
  readonly #pageOfSlot: Int8Array;
  readonly #binFrames: Int32Array;

  // Constants of the layout, in words or bytes as they are used.
  readonly #c: Record<string, number>;
  readonly #queues: number;
  readonly #direct: number;
  readonly #retired: number;
  readonly #noPage: number;
  readonly #lowest: number;
  readonly #end: number;
  readonly #peak: number;
  readonly #used: number;
  readonly #idle: number;
  readonly #idleCount: number;

  constructor(world: World) {
    const { constants: c, state, plan } = world;
    this.#world = world;
    this.#words = world.words;
    this.#c = c;
    this.#pattern = Int32Array.from({ length: world.endWord }, (_, index) => patternOf(index));
    this.#origin = world.firstFrame * world.frameSize;
    this.live = new Int32Array(plan.frames * world.frameSize >> GRANULE_SHIFT);
    this.hasBlock = new Uint8Array(c.QUEUE_COUNT!);
    this.#lowest = world.descriptorFrame * world.frameSize;
    this.#end = world.endFrame * world.frameSize;
    this.#pageOfSlot = new Int8Array((this.#end - this.#lowest) >> c.DESCRIPTOR_SHIFT!);
    this.#binFrames = new Int32Array(c.QUEUE_COUNT! + 1);
    this.#queues = (state + c.QUEUE_HEAD_OFFSET!) >> 2;
    this.#direct = (state + c.HEAP_DIRECT_OFFSET!) >> 2;
    this.#retired = (state + c.STATE_RETIRED_OFFSET!) >> 2;
    this.#idle = (state + c.STATE_IDLE_OFFSET!) >> 2;
    this.#idleCount = (state + c.STATE_IDLE_COUNT_OFFSET!) >> 2;
    this.#noPage = state + c.STATE_EMPTY_PAGE_OFFSET!;
    this.#peak = (state + c.STATE_USED_FRAMES_PEAK_OFFSET!) >> 2;
    this.#used = (state + c.STATE_USED_FRAMES_OFFSET!) >> 2;
  }

  /** Whether `count` bytes from `address` on have the pattern that belongs there. */
  holdsPattern(address: number, count: number): boolean {
    for (let index = address >> 2; index < (address + count) >> 2; index++) {
      if (this.#words[index] !== this.#pattern[index]) return false;
    }
    return true;
  }

  /** Whether the contents of `from` have come to `to`. */
  holdsPatternOf(from: number, to: number, count: number): boolean {
    for (let index = 0; index < count >> 2; index++) {
      if (this.#words[(to >> 2) + index] !== this.#pattern[(from >> 2) + index]) return false;
    }
    return true;
  }

  writePattern(address: number, count: number): void {
    for (let index = address >> 2; index < (address + count) >> 2; index++) this.#words[index] = this.#pattern[index]!;
  }

  /** The map says of all frames but those of the world that they are none of the heap's, in words that no operation may change. */
  auditOutside(): string | undefined {
    const { map, descriptorFrame, endFrame } = this.#world;
    const outside = this.#world.state + this.#c.STATE_OUTSIDE_PAGE_OFFSET!;
    const base = this.#world.stateWord('STATE_BASE_FRAME_OFFSET');
    const capacity = this.#world.stateWord('STATE_CAPACITY_OFFSET');
    for (let frame = base; frame < base + capacity * 7 / 8; frame++) {
      if (frame >= descriptorFrame && frame < endFrame) continue;
      if (this.#words[map + frame] !== outside) return `the map does not tell that frame ${frame} is outside`;
    }
    for (const page of [this.#noPage, outside]) {
      for (let word = 0; word < this.#c.DESCRIPTOR_SIZE! >> 2; word++) {
        if (this.#words[(page >> 2) + word] !== 0) return 'a descriptor that stands for no page is not all zero';
      }
    }
    return undefined;
  }

  /** Reads everything, and makes it canonical. What is wrong; undefined if nothing is. */
  audit(): string | undefined {
    this.live.fill(0);
    this.hasBlock.fill(0);
    this.#pageOfSlot.fill(-1);
    this.#binFrames.fill(0);
    this.free = 0;
    this.emptyPages = 0;
    this.emptyDescriptorPages = 0;
    this.lazyBlocks = 0;
    this.uncarvedFrames = 0;
    this.#count = 0;
    return this.#auditFrames() ?? this.#auditPages() ?? this.#auditQueues() ?? this.#auditRetired() ?? this.#auditIdle() ?? this.#auditBuddy()
      ?? this.#auditDescriptors() ?? (this.#world.hardened ? this.#auditLiveMap() : undefined);
  }

  /** Whether a span of `bin` is a page of blocks or of descriptors; otherwise it is one block, or none. */
  #hasBlocks(bin: number): boolean {
    return bin < this.#c.BIN_COUNT! || bin === this.#c.BIN_DESCRIPTOR;
  }

  /** The bin of the queue that pages of `bin` are in. */
  #queueOf(bin: number): number {
    return bin === this.#c.BIN_IDLE ? this.#c.BIN_LAZY! : bin;
  }

  /** Each frame is free, or belongs to the one page or block whose descriptor the map names. */
  #auditFrames(): string | undefined {
    const { map, descriptorFrame, endFrame, frameSize, windowFrame, state } = this.#world;
    const c = this.#c;
    const words = this.#words;
    for (let frame = descriptorFrame; frame < endFrame;) {
      const descriptor = words[map + frame]!;
      if (descriptor === this.#noPage) {
        if (frame === descriptorFrame) return 'the first page of descriptors is gone';
        this.free |= 1 << (frame - windowFrame);
        this.writePattern(frame * frameSize, frameSize);
        frame++;
        continue;
      }
      if (descriptor % c.DESCRIPTOR_SIZE! !== 0 || descriptor < this.#lowest || descriptor >= this.#end) {
        return `the map leads from frame ${frame} to 0x${descriptor.toString(16)}, which is no descriptor`;
      }
      const start = words[(descriptor + c.PAGE_START_OFFSET!) >> 2]!;
      const bin = start & c.PAGE_BIN_MASK!;
      const frames = words[(descriptor + c.PAGE_FRAMES_OFFSET!) >> 2]!;
      if ((start & -frameSize) !== frame * frameSize) return `the descriptor of frame ${frame} describes another one`;
      if (frames < 1 || frame + frames > endFrame) return `the page at frame ${frame} has ${frames} frames`;
      if (bin > c.BIN_IDLE!) return `the page at frame ${frame} has bin ${bin}`;
      if ((bin === c.BIN_LAZY || bin === c.BIN_IDLE) && (Math.log2(frames) % 1 !== 0 || frame % frames !== 0 || frames > 2 ** c.LAZY_ORDER_MAX!)) {
        return `the ${frames} frames from frame ${frame} on are no node that may be lazy`;
      }
      const size = words[(descriptor + c.PAGE_BLOCK_SIZE_OFFSET!) >> 2]!;
      const needed = size / frameSize;
      if (bin < c.BIN_COUNT! && size !== CLASS_SIZES[bin]) return `the page at frame ${frame} has blocks of ${size} bytes`;
      if (bin === c.BIN_DESCRIPTOR && size !== c.DESCRIPTOR_SIZE) return `the page at frame ${frame} has descriptors of ${size} bytes`;
      if (bin === c.BIN_LAZY && (needed > frames || needed <= frames / 2)) return `the block at frame ${frame} has a node of ${frames} frames for ${needed}`;
      if (bin === c.BIN_LARGE && needed !== frames) return `the block at frame ${frame} has ${frames} frames, and may use ${needed}`;
      if (words[(descriptor + c.PAGE_QUEUE_OFFSET!) >> 2] !== state + this.#queueOf(bin) * c.QUEUE_SIZE!) return `the page at frame ${frame} belongs to another queue`;
      const inside = this.#hasBlocks(bin) ? descriptor : this.#noPage;
      for (let behind = 1; behind < frames; behind++) {
        if (words[map + frame + behind] !== inside) return `the map of frame ${frame + behind} is not that of its page`;
      }
      const slot = (descriptor - this.#lowest) >> c.DESCRIPTOR_SHIFT!;
      this.#pageOfSlot[slot] = this.#count;
      this.#descriptor[this.#count] = descriptor;
      this.#frame[this.#count] = frame;
      this.#frames[this.#count] = frames;
      this.#bin[this.#count] = bin;
      this.#binFrames[this.#queueOf(bin)]! += frames;
      this.#queued[this.#count] = 0;
      this.#count++;
      frame += frames;
    }
    return undefined;
  }

  /** Each page's blocks are live, free and on its list once, or not carved yet. */
  #auditPages(): string | undefined {
    const { frameSize } = this.#world;
    const c = this.#c;
    const words = this.#words;
    for (let page = 0; page < this.#count; page++) {
      const descriptor = this.#descriptor[page]!;
      const bin = this.#bin[page]!;
      const start = this.#frame[page]! * frameSize;
      const bytes = this.#frames[page]! * frameSize;
      const list = words[(descriptor + c.PAGE_FREE_OFFSET!) >> 2]!;
      if (!this.#hasBlocks(bin)) {
        if (list !== 0) return `the large block at frame ${this.#frame[page]!} has a list of free blocks`;
        // Room behind a lazy block is dead, and so is an idle node.
        const used = bin === c.BIN_IDLE ? 0 : words[(descriptor + c.PAGE_BLOCK_SIZE_OFFSET!) >> 2]!;
        if (used !== 0) this.live[(start - this.#origin) >> GRANULE_SHIFT] = used;
        else this.emptyPages++;
        if (bin === c.BIN_LAZY) this.lazyBlocks++;
        this.writePattern(start + used, bytes - used);
        continue;
      }
      const isDescriptors = bin === c.BIN_DESCRIPTOR;
      const size = isDescriptors ? c.DESCRIPTOR_SIZE! : CLASS_SIZES[bin]!;
      const capacity = Math.floor(bytes / size);
      const first = isDescriptors ? (descriptor - start) / size + 1 : 0;
      const guard = isDescriptors && this.#frame[page] !== this.#world.descriptorFrame ? c.GUARD_FRAMES! * frameSize : 0;
      for (let index = start >> 2; index < (start + guard) >> 2; index++) {
        if (words[index] !== c.GUARD_WORD) return `the guard of the descriptors at frame ${this.#frame[page]!} was written to`;
      }
      const counts = words[(descriptor + c.PAGE_USED_OFFSET!) >> 2]!;
      const used = counts & (c.PAGE_RETIRED! - 1);
      const carved = counts >>> 16;
      if (carved < first || carved > capacity) return `the page at frame ${this.#frame[page]!} has carved ${carved} of ${capacity} blocks`;
      // The blocks behind the guard have the bits.
      const guarded = guard / size;
      let free = 0;
      let length = 0;
      for (let block = list; block !== 0; block = words[block >> 2]!) {
        const offset = block - start;
        const index = offset / size;
        if (offset < 0 || offset % size !== 0 || index < first || index >= carved) {
          return `the list of the page at frame ${this.#frame[page]!} has 0x${(block >>> 0).toString(16)}, which is no block of it`;
        }
        if ((free >>> (index - guarded) & 1) !== 0) return `the list of the page at frame ${this.#frame[page]!} runs in a circle`;
        free |= 1 << (index - guarded);
        length++;
        if (this.#world.hardened && words[(block >> 2) + 1] !== (words[block >> 2]! ^ block ^ LINK_SEAL)) {
          return `the free block at 0x${block.toString(16)} has a wrong seal`;
        }
        const links = this.#world.hardened ? 8 : 4;
        this.writePattern(block + links, size - links);
      }
      if (length + used !== carved - first) {
        return `the page at frame ${this.#frame[page]!} counts ${used} used blocks, ${length} are free, ${carved - first} carved`;
      }
      this.writePattern(start + carved * size, bytes - carved * size);
      this.#freeBlocks[page] = free;
      if (length > 0 || carved < capacity) this.hasBlock[bin] = 1;
      if (!isDescriptors) {
        this.uncarvedFrames += this.#frames[page]! - Math.ceil(carved * size / frameSize);
        for (let index = 0; index < carved; index++) {
          if ((free >>> index & 1) === 0) this.live[(start + index * size - this.#origin) >> GRANULE_SHIFT] = size;
        }
        if (used === 0) {
          this.emptyPages++;
          if ((counts & c.PAGE_RETIRED!) === 0) return `the page at frame ${this.#frame[page]!} is empty and not retired: lost`;
        }
      }
      const full = (words[(descriptor + c.PAGE_START_OFFSET!) >> 2]! & c.PAGE_FULL!) !== 0;
      if (full && (length > 0 || carved < capacity)) return `the page at frame ${this.#frame[page]!} counts as full and is not`;
    }
    return undefined;
  }

  /**
   * Each page is in the one queue where it belongs, linked both ways, the full ones before the others; the head, counts
   * and the direct table agree. A queue is read from its last page on, as nothing names the first.
   */
  #auditQueues(): string | undefined {
    const c = this.#c;
    const words = this.#words;
    let queued = 0;
    for (let bin = 0; bin < c.QUEUE_COUNT!; bin++) {
      const queue = this.#queues + bin * 3;
      let behind = 0;
      let head = 0;
      let headPage = -1;
      let fullSeen = false;
      for (let descriptor = words[queue + 1]!; descriptor !== 0; descriptor = words[(descriptor + c.PAGE_PREV_OFFSET!) >> 2]!) {
        const slot = (descriptor - this.#lowest) >> c.DESCRIPTOR_SHIFT!;
        const page = descriptor % c.DESCRIPTOR_SIZE! === 0 ? this.#pageOfSlot[slot] ?? -1 : -1;
        if (page === -1) return `queue ${bin} has 0x${(descriptor >>> 0).toString(16)}, which describes no page`;
        if (this.#queued[page] !== 0) return `the page at frame ${this.#frame[page]!} is twice in queues`;
        this.#queued[page] = 1;
        queued++;
        const full = (words[(descriptor + c.PAGE_START_OFFSET!) >> 2]! & c.PAGE_FULL!) !== 0;
        if (this.#queueOf(this.#bin[page]!) !== bin) return `the page at frame ${this.#frame[page]!} is in queue ${bin}`;
        if (words[(descriptor + c.PAGE_NEXT_OFFSET!) >> 2] !== behind) return `queue ${bin} is not the same both ways`;
        if (!full) {
          if (fullSeen) return `the page at frame ${this.#frame[page]!} stands before full ones of queue ${bin}`;
          if (this.#hasBlocks(bin) && headPage !== -1 && this.#freeBlocks[headPage] === 0) {
            return `the page at frame ${this.#frame[headPage]!} is not the first of queue ${bin}, and has no free block`;
          }
          head = descriptor;
          headPage = page;
        }
        fullSeen ||= full;
        behind = descriptor;
      }
      if (words[queue] !== head) return `the first page of queue ${bin} that is not full is another one`;
      // Of large blocks nobody counts the frames.
      if (!this.#hasBlocks(bin)) words[queue + 2] = 0;
      else if (words[queue + 2] !== this.#binFrames[bin]) return `queue ${bin} counts ${words[queue + 2]!} frames, not ${this.#binFrames[bin]!}`;
    }
    if (queued !== this.#count) return 'a page is in no queue';
    for (let index = 0; index < c.DIRECT_COUNT!; index++) {
      // A size of 0 has no page here, whatever its bin has.
      const bin = CLASS_SIZES.findIndex((size) => size >= index << GRANULE_SHIFT);
      const head = index === 0 ? 0 : words[this.#queues + bin * 3]!;
      if (words[this.#direct + index] !== (head === 0 ? this.#noPage : head)) return `word ${index} of the direct table is wrong`;
    }
    return undefined;
  }

  /** The table of retired pages holds exactly those that are marked, each in the slot that its address tells. */
  #auditRetired(): string | undefined {
    const c = this.#c;
    const words = this.#words;
    let retired = 0;
    for (let at = 0; at < c.RETIRED_COUNT!; at++) {
      const descriptor = words[this.#retired + at]!;
      if (descriptor === 0) continue;
      if (descriptor / c.DESCRIPTOR_SIZE! % c.RETIRED_COUNT! !== at) return `slot ${at} of the retired pages has one of another slot`;
      const page = this.#pageOfSlot[(descriptor - this.#lowest) >> c.DESCRIPTOR_SHIFT!] ?? -1;
      if (page === -1) return 'what is no page counts as retired';
      if ((words[(descriptor + c.PAGE_USED_OFFSET!) >> 2]! & c.PAGE_RETIRED!) === 0) return 'a retired page is not marked';
      retired++;
    }
    for (let page = 0; page < this.#count; page++) {
      if (this.#hasBlocks(this.#bin[page]!) && (words[(this.#descriptor[page]! + c.PAGE_USED_OFFSET!) >> 2]! & c.PAGE_RETIRED!) !== 0) retired--;
    }
    return retired === 0 ? undefined : 'a page is marked as retired and is not';
  }

  /** The lists of idle nodes hold each of them once, by their orders, and they are counted. */
  #auditIdle(): string | undefined {
    const c = this.#c;
    const words = this.#words;
    let listed = 0;
    for (let order = 0; order <= c.LAZY_ORDER_MAX!; order++) {
      let descriptor = words[this.#idle + order]!;
      for (; descriptor !== 0; descriptor = words[(descriptor + c.PAGE_BLOCK_SIZE_OFFSET!) >> 2]!) {
        const page = descriptor % c.DESCRIPTOR_SIZE! === 0 ? this.#pageOfSlot[(descriptor - this.#lowest) >> c.DESCRIPTOR_SHIFT!] ?? -1 : -1;
        if (page === -1 || this.#bin[page] !== c.BIN_IDLE || this.#frames[page] !== 2 ** order) return `the list of order ${order} has what is no idle node of it`;
        if (listed++ > this.#count) return `the list of idle nodes of order ${order} runs in a circle`;
      }
    }
    let idle = 0;
    for (let page = 0; page < this.#count; page++) if (this.#bin[page] === c.BIN_IDLE) idle++;
    if (listed !== idle) return `${listed} idle nodes are listed, of ${idle}`;
    const counted = words[this.#idleCount]!;
    return counted === idle && idle <= c.IDLE_COUNT_MAX! ? undefined : `${counted} idle nodes are counted, of ${idle}`;
  }

  /** The bitmap is the canonical one of the frames that are free, and the counters tell it. */
  #auditBuddy(): string | undefined {
    const { buddy, plan } = this.#world;
    const words = this.#words;
    const image = buddy.image(this.free);
    for (let at = 0; at < image.length; at++) {
      if (words[buddy.addresses[at]! >> 2] !== image[at]) {
        return 'the bitmap is not that of the frames that no page has: not merged, not split, or a frame lost';
      }
    }
    const used = plan.frames - countOf(this.free);
    if (words[this.#used] !== used) return `${words[this.#used]!} frames are counted as used, which are ${used}`;
    const peak = words[this.#peak]!;
    if (peak < used || peak > plan.frames) return `the peak of used frames is ${peak}, with ${used} used`;
    words[this.#peak] = used;
    return undefined;
  }

  /** The used slots of pages of descriptors are the descriptors of the pages that were found, and no others. */
  #auditDescriptors(): string | undefined {
    const { frameSize, map } = this.#world;
    const c = this.#c;
    const words = this.#words;
    let described = 1; // the second slot of the first page counts as used for ever
    for (let page = 0; page < this.#count; page++) {
      const descriptor = this.#descriptor[page]!;
      const home = this.#pageOfSlot[(words[map + Math.floor(descriptor / frameSize)]! - this.#lowest) >> c.DESCRIPTOR_SHIFT!] ?? -1;
      if (home === -1 || this.#bin[home] !== c.BIN_DESCRIPTOR) return `the descriptor of frame ${this.#frame[page]!} lies in no page of descriptors`;
      const homeStart = this.#frame[home]! * frameSize;
      const slot = (descriptor - homeStart) >> c.DESCRIPTOR_SHIFT!;
      const own = (this.#descriptor[home]! - homeStart) >> c.DESCRIPTOR_SHIFT!;
      const carved = words[(this.#descriptor[home]! + c.PAGE_USED_OFFSET!) >> 2]! >>> 16;
      if (this.#bin[page] === c.BIN_DESCRIPTOR) {
        if (home !== page) return `the page of descriptors at frame ${this.#frame[page]!} is described elsewhere`;
      } else {
        if (slot <= own || slot >= carved || (this.#freeBlocks[home]! >>> (slot & (frameSize / c.DESCRIPTOR_SIZE! - 1)) & 1) !== 0) {
          return `the descriptor of frame ${this.#frame[page]!} is not in use`;
        }
        described++;
      }
    }
    let used = 0;
    for (let page = 0; page < this.#count; page++) {
      if (this.#bin[page] !== c.BIN_DESCRIPTOR) continue;
      const counts = words[(this.#descriptor[page]! + c.PAGE_USED_OFFSET!) >> 2]!;
      const count = counts & (c.PAGE_RETIRED! - 1);
      used += count;
      if (count !== 0) continue;
      this.emptyDescriptorPages++;
      if ((counts & c.PAGE_RETIRED!) === 0) return `the page of descriptors at frame ${this.#frame[page]!} is empty and not retired: lost`;
    }
    return used === described ? undefined : `${used} descriptors are in use, for ${described} pages`;
  }

  /** The live map has the bits of the live blocks and no others. */
  #auditLiveMap(): string | undefined {
    const { liveMap } = this.#world;
    for (let word = 0; word < this.live.length / 32; word++) {
      let expected = 0;
      for (let bit = 0; bit < 32; bit++) if (this.live[32 * word + bit] !== 0) expected |= 1 << bit;
      if (this.#words[liveMap + word] !== expected) return `word ${word} of the live map is wrong`;
    }
    return undefined;
  }
}
