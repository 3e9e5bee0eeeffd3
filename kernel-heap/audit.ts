/**
 * Floor 11: the pointer audit: every word of live blocks and registered ranges that may be a pointer is classified, and
 * those that are none they may be are reported: pointers to freed blocks, into blocks, to another task's heap, to what
 * the heap keeps, out of all memory, to external values that are not there (after OCaml's naked-pointer checker).
 *
 * Reads only, but for its reports. Cost: O(words). Debug profile only.
 */

import { lessThan, load, remainder, store } from './memory.ts';
import { alignDown, alignUp } from './bits.ts';
import { BIN_COUNT, BLOCK_ALIGNMENT, FRAME_SHIFT, STATE_END_FRAME_OFFSET } from './layout.ts';
import {
  AUDIT_EXTERNAL_SIZE, AUDIT_FOREIGN, AUDIT_GOOD, AUDIT_INTERIOR, AUDIT_METADATA, AUDIT_MISALIGNED, AUDIT_OUTSIDE, AUDIT_STALE,
  AUDIT_UNMARKED, KIND_ANY, KIND_EXTERNAL, KIND_SHARED, KIND_TAGGED, RANGE_BYTES_OFFSET, RANGE_HEAP_OFFSET,
  RANGE_KIND_OFFSET, RANGE_NEXT_OFFSET, RANGE_START_OFFSET,
} from './audit-layout.ts';
import {
  EXTERNAL_BYTES_OFFSET, EXTERNAL_HEADER_SIZE, EXTERNAL_MARK, EXTERNAL_MARK_OFFSET,
} from './external-layout.ts';
import {
  DEBUG_RANGES_OFFSET, RECORD_BLOCK_OFFSET, RECORD_BYTES_OFFSET, RECORD_FREED_OFFSET, RECORD_HEAP_OFFSET, RECORD_KIND_OFFSET,
  RECORD_NEXT_OFFSET, RECORD_PTR_OFFSET, RED_ZONE_SIZE,
} from './debug-layout.ts';
import { heapExists, stateAddress } from './state.ts';
import { noPage } from './frame-table.ts';
import { liveTest } from './live-map.ts';
import { pageBin, pageBlockSize, pageCarved, pageIsLarge, pageStart } from './page.ts';
import { regionHolds } from './region.ts';
import { tableHolds } from './table.ts';
import { spanOf } from './misuse.ts';
import { strayFound } from './debug-report.ts';
import { liveList, recordByTag } from './debug-records.ts';

/** Registers `range` (audit-layout.ts), which stays where it is for as long as it is registered. */
export const rangeAdd = (range: i32): void => {
  const first: i32 = stateAddress() + DEBUG_RANGES_OFFSET;
  store(range + RANGE_NEXT_OFFSET, load(first));
  store(first, range);
};

/** Ends that. Returns whether it was registered. O(ranges). */
export const rangeRemove = (range: i32): boolean => {
  let link: i32 = stateAddress() + DEBUG_RANGES_OFFSET;
  while (load(link) != 0) {
    if (load(link) == range) {
      store(link, load(range + RANGE_NEXT_OFFSET));
      return true;
    }
    link = load(link) + RANGE_NEXT_OFFSET;
  }
  return false;
};

/** The range of external values that holds `address`; 0 if none does. */
const externalRangeOf = (address: i32): i32 => {
  let range: i32 = load(stateAddress() + DEBUG_RANGES_OFFSET);
  while (range != 0) {
    const inside: boolean = lessThan(address - load(range + RANGE_START_OFFSET), load(range + RANGE_BYTES_OFFSET));
    if (inside && load(range + RANGE_KIND_OFFSET) == KIND_EXTERNAL) return range;
    range = load(range + RANGE_NEXT_OFFSET);
  }
  return 0;
};

/** The verdict on a pointer to `address`, in the external range `range`. */
const externalVerdict = (range: i32, address: i32): i32 => {
  const offset: i32 = address - load(range + RANGE_START_OFFSET);
  const bytes: i32 = load(range + RANGE_BYTES_OFFSET);
  if ((address & 3) != 0) return AUDIT_MISALIGNED;
  if (lessThan(offset, EXTERNAL_HEADER_SIZE)) return AUDIT_UNMARKED;
  const header: i32 = address - EXTERNAL_HEADER_SIZE;
  if (load(header + EXTERNAL_MARK_OFFSET) != ((EXTERNAL_MARK ^ address) | 0)) return AUDIT_UNMARKED;
  if (lessThan(bytes - offset, load(header + EXTERNAL_BYTES_OFFSET))) return AUDIT_EXTERNAL_SIZE;
  return AUDIT_GOOD;
};

/** Whether `address` is in the state record, the first frame table or the first descriptors, which no region has. */
const isInState = (address: i32): boolean => {
  const state: i32 = stateAddress();
  return lessThan(address - state, (load(state + STATE_END_FRAME_OFFSET) << FRAME_SHIFT) - state);
};

/** Whether `address` is the heap's. */
const isInHeap = (address: i32): boolean => regionHolds(address >>> FRAME_SHIFT) || isInState(address);

/** The start of the heap's block that holds `address`, in the span of `page`, a page of blocks or a large block. */
const blockOf = (page: i32, address: i32): i32 => {
  if (pageIsLarge(page)) return pageStart(page);
  return address - remainder(address - pageStart(page), pageBlockSize(page));
};

/** Whether the span of `page` is one of blocks, and `block` one of them that is not free. */
const isLiveBlock = (page: i32, block: i32): boolean => {
  if (pageIsLarge(page)) return true;
  return lessThan(block - pageStart(page), Math.imul(pageCarved(page), pageBlockSize(page))) && liveTest(block);
};

/** Whether the span of `page` is what the heap keeps for itself. */
const isMetadata = (page: i32): boolean => BIN_COUNT <= pageBin(page) && !pageIsLarge(page);

/** The record of the guarded block that `block` is, live or in quarantine; 0 if it is the heap's own. */
const recordIn = (block: i32, bytes: i32): i32 => {
  for (let before: i32 = RED_ZONE_SIZE; lessThan(before, bytes); before <<= 1) {
    const record: i32 = recordByTag(block + before);
    if (record != 0 && load(record + RECORD_BLOCK_OFFSET) == (block | 0)) return record;
  }
  return 0;
};

/** The record of the block that holds `address`, live or in quarantine; 0 if none does. */
const recordHolding = (address: i32): i32 => {
  if (!isInHeap(address) || isInState(address)) return 0;
  const page: i32 = spanOf(address);
  if (page == noPage() || isMetadata(page)) return 0;
  const block: i32 = blockOf(page, address);
  if (!isLiveBlock(page, block)) return 0;
  return recordIn(block, pageBlockSize(page));
};

/** Whether words of `heap` may lead to the live block of `target`: to blocks of it, of the main heap, and shared ones. */
const isHome = (heap: i32, target: i32): boolean => {
  const owner: i32 = load(target + RECORD_HEAP_OFFSET);
  if (heap == 0 || heap == stateAddress()) return true; // the main heap's, and everybody's, may lead to all
  return owner == heap || owner == stateAddress() || load(target + RECORD_KIND_OFFSET) == KIND_SHARED;
};

/** The verdict on a pointer of `heap` to `address`, which is the heap's. */
const heapVerdict = (heap: i32, address: i32): i32 => {
  if (isInState(address) || tableHolds(stateAddress(), address >>> FRAME_SHIFT)) return AUDIT_METADATA;
  const page: i32 = spanOf(address);
  if (page == noPage()) return AUDIT_STALE;
  if (isMetadata(page)) return AUDIT_METADATA;
  const block: i32 = blockOf(page, address);
  if (!isLiveBlock(page, block)) return AUDIT_STALE;
  const target: i32 = recordIn(block, pageBlockSize(page));
  if (target == 0) return AUDIT_METADATA;
  if (load(target + RECORD_FREED_OFFSET) != 0) return AUDIT_STALE;
  if ((address & 3) != 0) return AUDIT_MISALIGNED;
  if (!isHome(heap, target)) return AUDIT_FOREIGN;
  if (load(target + RECORD_PTR_OFFSET) != address) return AUDIT_INTERIOR;
  return AUDIT_GOOD;
};

/** The verdict on a word that may be anything: it is wrong if it leads to the start of a block in quarantine. */
const anyVerdict = (value: i32): i32 => {
  if ((value & (BLOCK_ALIGNMENT - 1)) != 0) return AUDIT_GOOD;
  const target: i32 = recordHolding(value);
  if (target == 0 || load(target + RECORD_FREED_OFFSET) == 0) return AUDIT_GOOD;
  if (load(target + RECORD_PTR_OFFSET) != value) return AUDIT_GOOD;
  return AUDIT_STALE;
};

/** The AUDIT_ verdict on the word `value` of `heap`, of the kind `kind`. */
const verdictOn = (value: i32, kind: i32, heap: i32): i32 => {
  if (value == 0) return AUDIT_GOOD;
  if (kind == KIND_TAGGED && (value & 1) == 1) return AUDIT_GOOD;
  if (kind == KIND_ANY) return anyVerdict(value);
  const range: i32 = externalRangeOf(value);
  if (range != 0) return externalVerdict(range, value);
  if (isInHeap(value)) return heapVerdict(heap, value);
  return AUDIT_OUTSIDE;
};

/** Whether words of `kind` are looked at. */
const isScanned = (kind: i32): boolean => kind <= KIND_TAGGED;

/** Looks at the words in [start, start + bytes), of the block of `record`, 0 for a range. Returns how many are wrong. */
const wordsAudit = (record: i32, start: i32, bytes: i32, kind: i32, heap: i32): i32 => {
  let findings: i32 = 0;
  let slot: i32 = alignUp(start, 4) | 0;
  const end: i32 = alignDown(start + bytes, 4) | 0;
  while (lessThan(slot, end)) {
    const value: i32 = load(slot);
    const verdict: i32 = verdictOn(value, kind, heap);
    if (verdict != AUDIT_GOOD) {
      findings++;
      strayFound(slot, record, verdict, value, recordHolding(value));
    }
    slot = (slot + 4) | 0;
  }
  return findings;
};

/** wordsAudit for a registered range, without what lies in live blocks: their words are looked at as theirs. */
const rangeAudit = (range: i32): i32 => {
  const kind: i32 = load(range + RANGE_KIND_OFFSET);
  if (!isScanned(kind)) return 0;
  let findings: i32 = 0;
  let slot: i32 = alignUp(load(range + RANGE_START_OFFSET), 4) | 0;
  const end: i32 = alignDown(load(range + RANGE_START_OFFSET) + load(range + RANGE_BYTES_OFFSET), 4) | 0;
  while (lessThan(slot, end)) {
    const record: i32 = recordHolding(slot);
    if (record == 0 || load(record + RECORD_FREED_OFFSET) != 0) {
      findings += wordsAudit(0, slot, 4, kind, load(range + RANGE_HEAP_OFFSET));
    }
    slot = (slot + 4) | 0;
  }
  return findings;
};

/**
 * Audits all live blocks and all registered ranges. Each word that is wrong is reported, once for as long as it is among
 * the last reports; the first stops the machine unless bugs are counted only. Returns how many there are.
 */
export const auditAll = (): i32 => {
  if (!heapExists()) return 0;
  let findings: i32 = 0;
  let record: i32 = load(liveList());
  while (record != 0) {
    const kind: i32 = load(record + RECORD_KIND_OFFSET);
    if (isScanned(kind)) {
      const start: i32 = load(record + RECORD_PTR_OFFSET);
      findings += wordsAudit(record, start, load(record + RECORD_BYTES_OFFSET), kind, load(record + RECORD_HEAP_OFFSET));
    }
    record = load(record + RECORD_NEXT_OFFSET);
  }
  let range: i32 = load(stateAddress() + DEBUG_RANGES_OFFSET);
  while (range != 0) {
    findings += rangeAudit(range);
    range = load(range + RANGE_NEXT_OFFSET);
  }
  return findings;
};
