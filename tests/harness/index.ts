/** The harness for tests in Node: what `tallow/harness` exports. */

export { debugModule, DebugHeap, heapInCopy, type Block, type Bug, type DebugExports, type LeakGroup } from './debug-heap.ts';
export { describeBug, describeLeaks } from './describe.ts';
export { dhatOf, dhatProblem, type DhatPoint, type DhatProfile } from './dhat.ts';
export { recorder, type AllocError, type AllocInfo, type Allocator, type LeftBlock, type Recorder } from './recorder.ts';
