/**
 * Deliberate mistakes, asked for by a word on the command line, to see that each ends the run in its own way:
 *
 *   free-wild-pointer   frees an address that no allocation returned
 *   write-after-free    overwrites the link in a freed block
 *   overwrite-object    overwrites a live object
 *   triple-fault        raises an exception while none has an entry
 *   trap                executes Wasm's unreachable, an invalid instruction on a processor
 *   hang                never ends
 */
import { free, malloc } from '../../kernel-heap/index.ts';
import { load, store, trap } from '../../kernel-heap/memory.ts';
import { commandLineHas } from './boot-info.ts';
import { heapReportCheck } from './heap-report.ts';
import { literalAddress } from './literal.ts';
import { objectBlock } from './object.ts';

/** Raises an exception after taking away the entries of all exceptions. */
declare const tripleFault: () => void;

const freeWildPointer = (): void => {
  free(literalAddress('in the kernel, not in the heap'));
};

const writeAfterFree = (): void => {
  const block: i32 = malloc(64);
  free(block);
  store(block, 0x600df00d);
  heapReportCheck();
};

const overwriteObject = (): void => {
  store(objectBlock(0), ~load(objectBlock(0)));
};

const hang = (): void => {
  while (true) {}
};

/** Makes the mistake that the command line asks for, if any. */
export const makeMistake = (): void => {
  if (commandLineHas('free-wild-pointer')) freeWildPointer();
  if (commandLineHas('write-after-free')) writeAfterFree();
  if (commandLineHas('overwrite-object')) overwriteObject();
  if (commandLineHas('triple-fault')) tripleFault();
  if (commandLineHas('trap')) trap();
  if (commandLineHas('hang')) hang();
};
