/**
 * The shell on the serial line: a line is a command and its arguments. Whatever is typed, the answer to a mistake is
 * one line, and the prompt comes back.
 */
import { free, heap_bugs, malloc } from '../../kernel-heap/index.ts';
import { lessThan, load8 } from '../../kernel-heap/memory.ts';
import { DEBUG, HARDENED } from '../../kernel-heap/profile.ts';
import { consolePrint, consolePrintCount, consolePutByte, consoleRead } from './console.ts';
import { EXIT_BUGS_FOUND, EXIT_OUT_OF_MEMORY, EXIT_SUCCESS } from './exit-code.ts';
import { fail } from './failure.ts';
import { interruptsHold, interruptsRelease } from './interrupt-lock.ts';
import {
  LINE_EDITOR_SIZE, LINE_ENDED, LINE_GOES_ON, LINE_MAX, LINE_TOO_LONG, lineEditorBegin, lineEditorFeed, lineEditorInit,
  lineEditorLength, lineEditorText,
} from './line-editor.ts';
import { literalAddress } from './literal.ts';
import { powerOff } from './power.ts';
import {
  shellAudit, shellBugs, shellBugsGoOn, shellBugsStop, shellCheckEvery, shellLeaks, shellRecord, shellRecordEnd,
} from './shell-bugs.ts';
import { demoDoubleFree, demoLeak, demoOverflow, demoUseAfterFree } from './shell-demo.ts';
import { shellAlloc, shellCheck, shellFree, shellWhat } from './shell-heap.ts';
import { shellBench, shellStress } from './shell-load.ts';
import {
  mistakeDoubleFree, mistakeInvalidFree, mistakeLeak, mistakeOverflow, mistakeSizeMismatch, mistakeStrayPointer,
  mistakeUnalignedFree,  mistakeUnderflow, mistakeWriteAfterFree,
} from './shell-mistakes.ts';
import { shellBuddyinfo, shellMap, shellMem, shellSlabinfo } from './shell-memory.ts';
import { SHELL_TASKS_MAX, shellTasks, shellTasksStart } from './shell-tasks.ts';
import { wordIs, wordLength, wordNext, wordNumber, wordsBegin, wordText, wordValue } from './shell-words.ts';
import { threadsStart } from './thread.ts';

/** Turns interrupts on and returns after the next one. */
declare const interruptsWait: () => void;

const shellHelp = (): void => {
  consolePrint('mem              regions and totals\n');
  consolePrint('buddyinfo        free spans of 1, 2, 4 ... frames of 4 KiB\n');
  consolePrint('slabinfo         blocks and pages of each size class\n');
  consolePrint('map              a picture of the memory\n');
  if (DEBUG) {
    consolePrint('check [N]        every invariant of the heap; with N, looks at all blocks every N\n');
    consolePrint('                 operations, 0 is never\n');
    consolePrint('bugs             what was found so far; bugs go-on, bugs stop: what the next one does\n');
    consolePrint('leaks            the live blocks, by where they were allocated\n');
    consolePrint('record           records what commands allocate and free; record end: does it match?\n');
    consolePrint('audit            words that are declared to be pointers, and lead astray\n');
  } else {
    consolePrint('check            every invariant of the heap\n');
  }
  consolePrint('tasks [N]        the threads; with N, starts so many to look at\n');
  consolePrint('alloc N          a block of N bytes\n');
  consolePrint('free ADDR        frees a block of alloc\n');
  consolePrint('what ADDR        what the heap knows of an address\n');
  consolePrint('stress SECONDS   random requests, checked; any key stops them\n');
  consolePrint('bench            cycles of malloc and free\n');
  if (DEBUG) {
    consolePrint('demo NAME        a mistake: leak, double-free, invalid-free, unaligned-free,\n');
    consolePrint('                 size-mismatch, overflow, underflow, use-after-free or stray-pointer\n');
  } else if (HARDENED) {
    consolePrint('demo NAME        a mistake: leak, use-after-free, overflow; and what stops the machine:\n');
    consolePrint('                 double-free, invalid-free, unaligned-free or size-mismatch\n');
  } else {
    consolePrint('demo NAME        leak, double-free, use-after-free or overflow\n');
  }
  consolePrint('panic            frees what is no block, which stops the machine\n');
  consolePrint('poweroff         ends\n');
  consolePrint('Numbers are decimal, or hexadecimal with 0x. Arrows, Home, End, Ctrl-U, Ctrl-W,\n');
  consolePrint('Ctrl-C edit the line.\n');
};

const shellPanic = (): void => {
  free(literalAddress('in the kernel, not in the heap'));
};

const printTyped = (): void => {
  consolePutByte(34);
  for (let i: i32 = 0; i < wordLength(); i++) consolePutByte(load8(wordText() + i));
  consolePutByte(34);
};

/** Says how a command is used; false, so that a command can be refused with it. */
const usage = (text: string): boolean => {
  consolePrint('usage: ');
  consolePrint(text);
  consolePrint('\n');
  return false;
};

/** Whether nothing follows the command; says so if something does. */
const isAlone = (): boolean => {
  if (!wordNext()) return true;
  consolePrint('no argument is wanted, and here is ');
  printTyped();
  consolePrint('\n');
  return false;
};

/** Whether a number and nothing else follows; says how the command is used if not. */
const hasNumber = (text: string): boolean => {
  if (!wordNext() || !wordNumber()) return usage(text);
  return wordNext() ? usage(text) : true;
};

/** Runs a demonstration that every profile has, in its own way; false if the word names none. */
const runDemo = (): boolean => {
  if (wordIs('leak')) {
    if (isAlone()) DEBUG ? mistakeLeak() : demoLeak();
  } else if (wordIs('double-free')) {
    if (isAlone()) HARDENED ? mistakeDoubleFree() : demoDoubleFree();
  } else if (wordIs('use-after-free')) {
    if (isAlone()) DEBUG ? mistakeWriteAfterFree() : demoUseAfterFree();
  } else if (wordIs('overflow')) {
    if (isAlone()) DEBUG ? mistakeOverflow() : demoOverflow();
  } else {
    return false;
  }
  return true;
};

/** Runs one of those that only make sense where the heap notices them; false if the word names none. */
const runNoticed = (): boolean => {
  if (wordIs('invalid-free')) {
    if (isAlone()) mistakeInvalidFree();
  } else if (wordIs('unaligned-free')) {
    if (isAlone()) mistakeUnalignedFree();
  } else if (wordIs('size-mismatch')) {
    if (isAlone()) mistakeSizeMismatch();
  } else if (DEBUG && wordIs('underflow')) {
    if (isAlone()) mistakeUnderflow();
  } else if (DEBUG && wordIs('stray-pointer')) {
    if (isAlone()) mistakeStrayPointer();
  } else {
    return false;
  }
  return true;
};

const shellDemo = (): void => {
  wordNext();
  if (runDemo()) return;
  if (!HARDENED) usage('demo leak, double-free, use-after-free or overflow');
  else if (!runNoticed()) usage('demo and one of the names that help lists');
};

const runBugs = (): void => {
  if (!wordNext()) shellBugs();
  else if (wordIs('go-on') && isAlone()) shellBugsGoOn();
  else if (wordIs('stop') && isAlone()) shellBugsStop();
  else usage('bugs, bugs go-on or bugs stop');
};

const runRecord = (): void => {
  if (!wordNext()) shellRecord();
  else if (wordIs('end') && isAlone()) shellRecordEnd();
  else usage('record, then record end');
};

const runCheck = (): void => {
  if (!DEBUG) {
    if (isAlone()) shellCheck();
  } else if (!wordNext()) {
    shellCheck();
  } else if (wordNumber() && !wordNext()) {
    shellCheckEvery(wordValue());
  } else {
    usage('check, or check N to look at all blocks every N operations');
  }
};

/** Carries out what only the debug profile has. */
const runDebug = (): boolean => {
  if (!DEBUG) return false;
  if (wordIs('bugs')) {
    runBugs();
  } else if (wordIs('leaks')) {
    if (isAlone()) shellLeaks();
  } else if (wordIs('record')) {
    runRecord();
  } else if (wordIs('audit')) {
    if (isAlone()) shellAudit();
  } else {
    return false;
  }
  return true;
};

const runPlain = (): boolean => {
  if (wordIs('help')) {
    if (isAlone()) shellHelp();
  } else if (wordIs('mem')) {
    if (isAlone()) shellMem();
  } else if (wordIs('buddyinfo')) {
    if (isAlone()) shellBuddyinfo();
  } else if (wordIs('slabinfo')) {
    if (isAlone()) shellSlabinfo();
  } else if (wordIs('map')) {
    if (isAlone()) shellMap();
  } else if (wordIs('check')) {
    runCheck();
  } else if (wordIs('bench')) {
    if (isAlone()) shellBench();
  } else if (wordIs('panic')) {
    if (isAlone()) shellPanic();
  } else if (wordIs('poweroff')) {
    if (isAlone()) powerOff(DEBUG && heap_bugs() !== 0 ? EXIT_BUGS_FOUND : EXIT_SUCCESS);
  } else {
    return false;
  }
  return true;
};

const runWithArgument = (): boolean => {
  if (wordIs('alloc')) {
    if (hasNumber('alloc N, a number of bytes')) shellAlloc(wordValue());
  } else if (wordIs('free')) {
    if (hasNumber('free ADDR, an address such as alloc prints')) shellFree(wordValue());
  } else if (wordIs('what')) {
    if (hasNumber('what ADDR, any address')) shellWhat(wordValue());
  } else if (wordIs('demo')) {
    shellDemo();
  } else {
    return false;
  }
  return true;
};

const printUnknown = (): void => {
  consolePrint('there is no command ');
  printTyped();
  consolePrint('; help lists them\n');
};

const runTasks = (): void => {
  if (!wordNext()) {
    const held: i32 = interruptsHold();
    shellTasks();
    interruptsRelease(held);
    return;
  }
  if (wordNumber() && !wordNext() && wordValue() !== 0 && !lessThan(SHELL_TASKS_MAX, wordValue())) shellTasksStart(wordValue());
  else usage('tasks, or tasks N to start N of them, up to 16');
};

/** Carries the line out. No other thread runs meanwhile, so that what is shown is of one moment; but for stress and tasks. */
const runLine = (): void => {
  wordsBegin(lineEditorText(), lineEditorLength());
  if (!wordNext()) return;
  if (wordIs('stress')) {
    if (hasNumber('stress SECONDS, a number')) shellStress(wordValue());
    return;
  }
  if (wordIs('tasks')) {
    runTasks();
    return;
  }
  const held: i32 = interruptsHold();
  if (!runPlain() && !runWithArgument() && !runDebug()) printUnknown();
  interruptsRelease(held);
};

const readLine = (): i32 => {
  consolePrint('tallow> ');
  lineEditorBegin();
  let end: i32 = LINE_GOES_ON;
  while (end === LINE_GOES_ON) {
    const byte: i32 = consoleRead();
    if (byte >= 0) end = lineEditorFeed(byte);
    else interruptsWait();
  }
  return end;
};

/** Reads lines and carries them out. Does not return: poweroff ends the run. */
export const shellRun = (): void => {
  const memory: i32 = malloc(LINE_EDITOR_SIZE);
  if (memory === 0 || !threadsStart()) fail(EXIT_OUT_OF_MEMORY, 'no memory for the shell, of size', LINE_EDITOR_SIZE);
  lineEditorInit(memory);
  if (DEBUG) consolePrint('The first bug stops the machine; bugs go-on has them counted instead.\n');
  consolePrint('Type help for the commands.\n');
  while (true) {
    const end: i32 = readLine();
    if (end === LINE_ENDED) runLine();
    if (end === LINE_TOO_LONG) consolePrintCount('the line is too long, and was not carried out; at most ', LINE_MAX, ' characters\n');
  }
};
