/**
 * What each program of the lesson runs on: a heap of the debug profile. When the program ends, or the heap has stopped it,
 * what was found is printed on the standard error, and the exit code is 1 if that is anything.
 */

import { debugModule, describeBug, describeLeaks, recorder, type Allocator, type DebugExports } from '../harness/index.ts';

export interface LessonHeap extends Allocator {
  memory: WebAssembly.Memory;
}

const exports = debugModule();
const { allocator, heap: blocks } = recorder(exports as DebugExports & LessonHeap);

export const heap: LessonHeap = allocator;

const tell = (text: string): void => {
  process.stderr.write(text);
  if (text !== '') process.exitCode = 1;
};

process.once('uncaughtException', (error) => {
  if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  tell(blocks!.bugs().map(describeBug).join(''));
  process.removeAllListeners('beforeExit');
});

process.once('beforeExit', () => {
  exports.heap_settle!();
  tell(describeLeaks(blocks!.groups()));
});
