/** All that the files of the core export to each other, in one module for the tests. */

export * from '../../kernel-heap/memory.ts';
export * from '../../kernel-heap/bits.ts';
export * from '../../kernel-heap/words.ts';
export * from '../../kernel-heap/state.ts';
export * from '../../kernel-heap/bitmap.ts';
export * from '../../kernel-heap/size-class.ts';
export * from '../../kernel-heap/guard.ts';
export * from '../../kernel-heap/recorder.ts';
export * from '../../kernel-heap/panic.ts';
export * from '../../kernel-heap/live-map.ts';
export * from '../../kernel-heap/misuse.ts';
export * from '../../kernel-heap/frame-table.ts';
export * from '../../kernel-heap/buddy.ts';
export * from '../../kernel-heap/page.ts';
export * from '../../kernel-heap/page-queue.ts';
export * from '../../kernel-heap/table.ts';
export * from '../../kernel-heap/region.ts';
export * from '../../kernel-heap/retire.ts';
export * from '../../kernel-heap/span.ts';
export * from '../../kernel-heap/walk.ts';
export * from '../../kernel-heap/large.ts';
export * from '../../kernel-heap/check.ts';
export * from '../../kernel-heap/debug-report.ts';
export * from '../../kernel-heap/audit.ts';
export * from '../../kernel-heap/external.ts';
export * from '../../kernel-heap/index.ts';
