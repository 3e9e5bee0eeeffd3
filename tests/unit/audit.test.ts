/**
 * The pointer audit: the cases of OCaml's naked-pointer checker, generalised, each with its good twin: which slot, what
 * it holds, whose it is and where it leads.
 */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  AUDIT_EXTERNAL_SIZE, AUDIT_FOREIGN, AUDIT_INTERIOR, AUDIT_METADATA, AUDIT_MISALIGNED, AUDIT_OUTSIDE, AUDIT_STALE,
  AUDIT_UNMARKED, KIND_ANY, KIND_DATA, KIND_EXTERNAL, KIND_POINTERS, KIND_TAGGED, RANGE_BYTES_OFFSET, RANGE_HEAP_OFFSET,
  RANGE_KIND_OFFSET, RANGE_START_OFFSET,
} from '../../kernel-heap/audit-layout.ts';
import { EXTERNAL_BYTES_OFFSET, EXTERNAL_HEADER_SIZE, EXTERNAL_MARK_OFFSET } from '../../kernel-heap/external-layout.ts';
import {
  RECORD_FREED_PLACE_OFFSET, RECORD_NUMBER_OFFSET, RECORD_PLACE_OFFSET, REPORT_ADDRESS_OFFSET, REPORT_CODE_OFFSET,
  REPORT_COUNT_OFFSET, REPORT_FOUND_OFFSET, REPORT_RECORD_OFFSET, REPORT_TARGET_OFFSET, SETTING_AUDIT_EVERY, SETTING_GO_ON,
} from '../../kernel-heap/debug-layout.ts';
import { PANIC_STRAY_POINTER } from '../../kernel-heap/panic.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiator, type Core } from './core.ts';

const instantiate = await instantiator('debug');

const HEAP = 0x10000;
const HEAP_BYTES = 0x80000;
/** A range of the test's own, behind the heap. */
const OUTER = 0x100000;
const RANGES = 0x2000;

const heapOf = (goOn = 1): Core => {
  const core = instantiate({ initial: 32 });
  assert.ok(core.heap_init(HEAP, HEAP_BYTES) > 0);
  core.heap_debug(SETTING_GO_ON, goOn);
  return core;
};

/** Registers a range; `index` numbers those of a test. */
const range = (core: Core, index: number, start: number, bytes: number, kind: number, heap = 0): number => {
  const at = RANGES + index * 32;
  core.store(at + RANGE_START_OFFSET, start);
  core.store(at + RANGE_BYTES_OFFSET, bytes);
  core.store(at + RANGE_KIND_OFFSET, kind);
  core.store(at + RANGE_HEAP_OFFSET, heap);
  assert.is(core.heap_range_add(at), 1);
  return at;
};

/** A block of `words` words, all 0, that are declared to be of `kind`. */
const blockOf = (core: Core, words: number, kind = KIND_POINTERS): number => {
  const block = core.calloc(words, 4);
  assert.is(core.heap_kind(block, kind), 1);
  return block;
};

interface Finding { slot: number; value: number; verdict: number; owner: number; target: number }

const findings = (core: Core): Finding[] => Array.from({ length: core.heap_bugs() }, (_, index) => {
  const report = core.heap_bug(index);
  assert.is(core.load(report + REPORT_CODE_OFFSET), PANIC_STRAY_POINTER);
  return {
    slot: core.load(report + REPORT_ADDRESS_OFFSET),
    value: core.load(report + REPORT_FOUND_OFFSET),
    verdict: core.load(report + REPORT_COUNT_OFFSET),
    owner: core.load(report + REPORT_RECORD_OFFSET + RECORD_NUMBER_OFFSET),
    target: core.load(report + REPORT_TARGET_OFFSET + RECORD_NUMBER_OFFSET),
  };
});

/** What the slot of a block of pointers is told to be when it holds what `make` gives; undefined if nothing is told. */
const verdictOf = (make: (core: Core) => number, kind = KIND_POINTERS, heap: (core: Core) => number = () => 0): Finding | undefined => {
  const core = heapOf();
  const owner = heap(core);
  const block = owner === 0 ? blockOf(core, 4, kind) : core.heap_malloc(owner, 16);
  if (owner !== 0) {
    core.fill(block, 0, 16);
    assert.is(core.heap_kind(block, kind), 1);
  }
  const value = make(core);
  core.store(block + 8, value);
  const count = core.heap_audit();
  const found = findings(core);
  assert.is(count, found.length);
  assert.ok(found.length <= 1);
  if (found.length === 0) return undefined;
  assert.is(found[0]!.slot, block + 8);
  assert.is(found[0]!.value, value | 0);
  assert.is(found[0]!.owner, 1);
  return found[0];
};

const verdicts = suite('audit: verdicts');
const bad = (name: string, verdict: number, make: (core: Core) => number, kind = KIND_POINTERS): void => {
  verdicts(`${name} is reported`, () => assert.is(verdictOf(make, kind)?.verdict, verdict));
};
const good = (name: string, make: (core: Core) => number, kind = KIND_POINTERS): void => {
  verdicts(`${name} is silent`, () => assert.is(verdictOf(make, kind), undefined));
};

const external = (core: Core): number => {
  range(core, 0, OUTER, 0x1000, KIND_EXTERNAL);
  core.heap_external_mark(OUTER + 64, 100, 1);
  return OUTER + 64;
};

good('np1: a pointer to a well-formed external block', external);
bad('np2: an external header with an absurd size', AUDIT_EXTERNAL_SIZE, (core) => {
  const ptr = external(core);
  core.store(ptr - EXTERNAL_HEADER_SIZE + EXTERNAL_BYTES_OFFSET, 0x1000);
  return ptr;
});
bad('np3: an external header that was never marked', AUDIT_UNMARKED, (core) => external(core) + 128);
bad('np3: an external header of a value that was freed', AUDIT_UNMARKED, (core) => {
  const ptr = external(core);
  core.heap_external_mark(ptr, 100, 0);
  return ptr;
});
bad('np3: an external header copied from elsewhere', AUDIT_UNMARKED, (core) => {
  const ptr = external(core);
  core.store(ptr + 128 - EXTERNAL_HEADER_SIZE + EXTERNAL_MARK_OFFSET, core.load(ptr - EXTERNAL_HEADER_SIZE + EXTERNAL_MARK_OFFSET));
  return ptr + 128;
});
bad('a pointer to the first bytes of an external range, where no header can be', AUDIT_UNMARKED, (core) => external(core) - 64);
good('np4: the raw value 0', () => 0);
bad('np4: the raw value 42', AUDIT_OUTSIDE, () => 42);
good('an immediate value among tagged words', () => 43, KIND_TAGGED);
bad('an even number among tagged words', AUDIT_OUTSIDE, () => 42, KIND_TAGGED);
bad('an odd number among pointers', AUDIT_OUTSIDE, () => 43);
good('a pointer to a block', (core) => core.malloc(100));
good('a pointer to an aligned block', (core) => core.aligned_alloc(4096, 100));
good('a pointer to a large block', (core) => core.malloc(50000));
bad('stale: a pointer to a freed block', AUDIT_STALE, (core) => {
  const block = core.malloc(100);
  core.free(block);
  return block;
});
bad('stale: a pointer to a freed block that has left the quarantine', AUDIT_STALE, (core) => {
  const block = core.malloc(100);
  core.free(block);
  core.heap_trim();
  return block;
});
bad('stale: a pointer to memory that no block ever had', AUDIT_STALE, () => HEAP + HEAP_BYTES - 4096);
bad('interior', AUDIT_INTERIOR, (core) => core.malloc(100) + 8);
bad('interior of a large block, frames behind its start', AUDIT_INTERIOR, (core) => core.malloc(50000) + 0x8010);
bad('interior of an aligned block', AUDIT_INTERIOR, (core) => core.aligned_alloc(256, 1000) + 512);
bad('misaligned', AUDIT_MISALIGNED, (core) => core.malloc(100) + 6);
bad('misaligned, in an external range', AUDIT_MISALIGNED, (core) => external(core) + 1);
good('a pointer to a block in a region below the first', (core) => {
  assert.ok(core.heap_add_region(0x4000, 0x8000) > 0);
  let block = 0;
  do block = core.malloc(5000); while (block !== 0 && block > HEAP);
  return block;
});
bad('metadata: the state record', AUDIT_METADATA, (core) => core.stateAddress() + 64);
bad('metadata: a record of the debug profile', AUDIT_METADATA, (core) => {
  core.malloc(8);
  return core.heap_live(0);
});
bad('metadata: a heap record', AUDIT_METADATA, (core) => core.heap_new());
bad('outside: beyond the memory of the heap', AUDIT_OUTSIDE, () => OUTER);
bad('outside: beyond all memory', AUDIT_OUTSIDE, () => 0xfffffff0);
bad('reused region: a released external range that the heap has grown over', AUDIT_STALE, (core) => {
  const ptr = external(core);
  assert.is(core.heap_range_remove(RANGES), 1);
  assert.ok(core.heap_add_region(OUTER, 0x1000) > 0);
  return ptr;
});
bad('reused region: the same when a block lies there', AUDIT_INTERIOR, (core) => {
  range(core, 0, OUTER, 0x40000, KIND_EXTERNAL);
  core.heap_external_mark(OUTER + 0x20040, 100, 1);
  assert.is(core.heap_range_remove(RANGES), 1);
  assert.ok(core.heap_add_region(OUTER, 0x40000) > 0);
  let block = 0;
  do {
    block = core.malloc(20000);
    assert.is.not(block, 0);
  } while (!(block < OUTER + 0x20040 && OUTER + 0x20040 < block + 20000));
  return OUTER + 0x20040;
});
good('immediates that look like addresses, in a block declared pointer-free', (core) => {
  const block = core.malloc(100);
  core.free(block);
  return block;
}, KIND_DATA);
good('an interior pointer among words of any kind', (core) => core.malloc(100) + 8, KIND_ANY);
good('a number among words of any kind', () => 42, KIND_ANY);
bad('stale: among words of any kind, the start of a freed block', AUDIT_STALE, (core) => {
  const block = core.malloc(100);
  core.free(block);
  return block;
}, KIND_ANY);
verdicts('foreign heap: a pointer from one task\'s heap into another\'s is reported', () => {
  const finding = verdictOf((core) => core.heap_malloc(core.heap_new(), 100), KIND_POINTERS, (core) => core.heap_new());
  assert.is(finding?.verdict, AUDIT_FOREIGN);
  assert.is(finding?.target, 2);
});
verdicts('a pointer within a task\'s heap, and one from there to the main heap, are silent', () => {
  let own = 0;
  const heap = (core: Core): number => {
    own = core.heap_new();
    return own;
  };
  assert.is(verdictOf((core) => core.heap_malloc(own, 100), KIND_POINTERS, heap), undefined);
  assert.is(verdictOf((core) => core.malloc(100), KIND_POINTERS, heap), undefined);
  assert.is(verdictOf((core) => core.heap_malloc(core.heap_new(), 100)), undefined, 'from the main heap into a task\'s');
});
verdicts.run();

const audits = suite('audit: reports');
audits('a stale pointer is told with its owner\'s place, and where the block was allocated and freed', () => {
  const core = heapOf();
  core.heap_at(11, 12, 0, 0);
  const block = blockOf(core, 1);
  core.heap_at(21, 0, 0, 0);
  const freed = core.malloc(10);
  core.heap_at(31, 0, 0, 0);
  core.free(freed);
  core.store(block, freed);
  assert.is(core.heap_audit(), 1);
  const report = core.heap_bug(0);
  assert.is(core.load(report + REPORT_RECORD_OFFSET + RECORD_PLACE_OFFSET), 11);
  assert.is(core.load(report + REPORT_RECORD_OFFSET + RECORD_PLACE_OFFSET + 4), 12);
  assert.is(core.load(report + REPORT_TARGET_OFFSET + RECORD_PLACE_OFFSET), 21);
  assert.is(core.load(report + REPORT_TARGET_OFFSET + RECORD_FREED_PLACE_OFFSET), 31);
});
audits('a slot is reported once, counted each time, and reported anew when it holds something else', () => {
  const core = heapOf();
  const block = blockOf(core, 2);
  core.store(block, 42);
  assert.is(core.heap_audit(), 1);
  assert.is(core.heap_audit(), 1);
  assert.is(core.heap_bugs(), 1);
  core.store(block, 46);
  assert.is(core.heap_audit(), 1);
  assert.is(core.heap_bugs(), 2);
  core.store(block, 0);
  assert.is(core.heap_audit(), 0);
});
audits('the first finding stops the machine unless bugs are counted', () => {
  const core = heapOf(0);
  const block = blockOf(core, 2);
  assert.is(core.heap_audit(), 0);
  core.store(block, 42);
  assert.throws(() => core.heap_audit(), (error: Error) => error instanceof Error && /unreachable/.test(error.message));
  assert.is(core.heap_bugs(), 1);
});
audits('it is done every so many operations when that is asked for', () => {
  const core = heapOf();
  const block = blockOf(core, 2);
  core.store(block, 42);
  core.free(core.malloc(1));
  assert.is(core.heap_bugs(), 0);
  assert.is(core.heap_debug(SETTING_AUDIT_EVERY, 4), 1);
  for (let count = 0; count < 4; count++) core.malloc(1);
  assert.is(core.heap_bugs(), 1);
});
audits('registered roots are looked at, those within live blocks only as words of the block', () => {
  const core = heapOf();
  core.store(OUTER + 4, 42);
  range(core, 0, OUTER, 16, KIND_POINTERS);
  const block = blockOf(core, 4);
  core.store(block + 4, 50);
  range(core, 1, block, 16, KIND_POINTERS);
  assert.is(core.heap_audit(), 2);
  assert.equal(findings(core).map(({ slot, value, owner }) => ({ slot, value, owner })), [
    { slot: block + 4, value: 50, owner: 1 }, { slot: OUTER + 4, value: 42, owner: 0 },
  ]);
  assert.is(core.heap_range_remove(RANGES), 1);
  assert.is(core.heap_range_remove(RANGES), 0);
  assert.is(core.heap_audit(), 1);
});
audits('a root of a task\'s heap may not lead into another\'s', () => {
  const core = heapOf();
  const [mine, other] = [core.heap_new(), core.heap_new()];
  core.store(OUTER, core.heap_malloc(mine, 8));
  core.store(OUTER + 4, core.heap_malloc(other, 8));
  range(core, 0, OUTER, 8, KIND_POINTERS, mine);
  assert.is(core.heap_audit(), 1);
  assert.is(findings(core)[0]!.verdict, AUDIT_FOREIGN);
});
audits('a block keeps its kind when it is moved', () => {
  const core = heapOf();
  const block = core.realloc(blockOf(core, 2), 4000);
  core.fill(block, 0, 4000);
  core.store(block + 400, 42);
  assert.is(core.heap_audit(), 1);
});
audits('without a heap, or a block, there is nothing to say', () => {
  const core = instantiate({ initial: 1 });
  assert.is(core.heap_audit(), 0);
  assert.is(core.heap_kind(4096, KIND_POINTERS), 0);
  assert.is(core.heap_range_add(4096), 0);
  assert.is(core.heap_range_remove(4096), 0);
  assert.is(heapOf().heap_kind(0x12340, KIND_POINTERS), 0);
});
audits('a web of random blocks with right pointers only is silent', () => {
  const random = new Random(testSeed());
  const core = heapOf();
  const live: { block: number; words: number }[] = [];
  for (let step = 0; step < 600; step++) {
    const words = 1 + random.below(40);
    const block = blockOf(core, words, random.below(2) === 0 ? KIND_POINTERS : KIND_TAGGED);
    live.push({ block, words });
    const from = live[random.below(live.length)]!;
    core.store(from.block + 4 * random.below(from.words), live[random.below(live.length)]!.block);
  }
  assert.is(core.heap_audit(), 0);
  const victim = live[random.below(live.length)]!;
  core.store(live[0]!.block, victim.block);
  if (victim !== live[0]) {
    core.free(victim.block);
    assert.ok(core.heap_audit() > 0);
  }
});
audits.run();

const attached = suite('audit: a copy of the memory');
attached('is audited from outside, with the blocks and places that the heap knew', () => {
  const core = heapOf();
  core.heap_at(7, 0, 0, 0);
  const block = blockOf(core, 2);
  core.store(block + 4, 42);
  const outside = instantiate({ initial: 32 });
  new Uint8Array(outside.memory.buffer).set(new Uint8Array(core.memory.buffer));
  assert.is(outside.heap_attach(0x12340), 0);
  assert.is(outside.heap_audit(), 0);
  assert.is(outside.heap_attach(core.stateAddress()), 1);
  assert.is(outside.heap_audit(), 1);
  assert.is(findings(outside)[0]!.slot, block + 4);
  assert.is(outside.load(outside.heap_live(0) + RECORD_PLACE_OFFSET), 7);
  assert.is(outside.heap_check(), 0);
  assert.is(core.heap_bugs(), 0, 'nothing was written to the original');
});
attached.run();

