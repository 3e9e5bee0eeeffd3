/**
 * The line editor: bytes from a terminal become a line, with what was typed echoed as it is edited.
 *
 *   Backspace, Delete      one character           Left, Right, Ctrl-B, Ctrl-F      move
 *   Ctrl-W                 the word before         Home, End, Ctrl-A, Ctrl-E        to either end
 *   Ctrl-U, Ctrl-K         all before, behind      Up, Down, Ctrl-P, Ctrl-N         lines entered before
 *   Ctrl-C                 abandons the line       Enter (CR, LF or both)           ends it
 *
 * The terminal need not understand anything but printing and backspace. What is no command and no printable ASCII is
 * ignored, and so are escape sequences that are not known, to their end.
 *
 * Memory, LINE_EDITOR_SIZE bytes: slots of a length and LINE_MAX characters. The first is the line; then the draft,
 * which is the line as it was before the history was looked at; then the history, the newest line first.
 */
import { copy, load, load8, store, store8 } from '../../kernel-heap/memory.ts';
import { consolePrint, consolePutByte } from './console.ts';

/** The longest line in characters. */
export const LINE_MAX: i32 = 68;

const HISTORY_COUNT: i32 = 8;
const SLOT_TEXT_OFFSET: i32 = 4;
const LINE_SLOT_SIZE: i32 = 72; // SLOT_TEXT_OFFSET + LINE_MAX
const HISTORY_SLOT: i32 = 2;

/** Bytes that lineEditorInit() wants. */
export const LINE_EDITOR_SIZE: i32 = 720; // (HISTORY_SLOT + HISTORY_COUNT) * LINE_SLOT_SIZE

/** The line goes on. */
export const LINE_GOES_ON: i32 = 0;
/** The line has ended. */
export const LINE_ENDED: i32 = 1;
/** The line was abandoned; it is empty. */
export const LINE_ABANDONED: i32 = 2;
/** The line has ended, but more was typed than it holds. */
export const LINE_TOO_LONG: i32 = 3;

const BELL: i32 = 7;
const BACKSPACE: i32 = 8;
const LINE_FEED_BYTE: i32 = 10;
const CARRIAGE_RETURN_BYTE: i32 = 13;
const ESCAPE: i32 = 27;
const SPACE_BYTE: i32 = 32;
const DELETE: i32 = 127;

/** Ctrl with a letter, by the letter's number in the alphabet. */
const CONTROL_A: i32 = 1;
const CONTROL_B: i32 = 2;
const CONTROL_C: i32 = 3;
const CONTROL_E: i32 = 5;
const CONTROL_F: i32 = 6;
const CONTROL_K: i32 = 11;
const CONTROL_N: i32 = 14;
const CONTROL_P: i32 = 16;
const CONTROL_U: i32 = 21;
const CONTROL_W: i32 = 23;

/** Within an escape sequence: not at all; behind ESC; behind ESC [; behind ESC O. */
const SEQUENCE_NONE: i32 = 0;
const SEQUENCE_BEGUN: i32 = 1;
const SEQUENCE_CONTROL: i32 = 2;
const SEQUENCE_SHIFT: i32 = 3;

let editorMemory: i32 = 0;
let editorCursor: i32 = 0;
let overflowed: boolean = false;
let historyCount: i32 = 0;
let historyShown: i32 = 0; // 0: the line is not from the history; n: it is the n-th newest
let editorSequence: i32 = SEQUENCE_NONE;
let sequenceNumber: i32 = 0;
let lastByte: i32 = 0;

const editorSlot = (index: i32): i32 => editorMemory + Math.imul(index, LINE_SLOT_SIZE);

/** The address of the line's first character. */
export const lineEditorText = (): i32 => editorMemory + SLOT_TEXT_OFFSET;

/** The number of characters of the line. */
export const lineEditorLength = (): i32 => load(editorMemory);

/** Begins an empty line. */
export const lineEditorBegin = (): void => {
  store(editorMemory, 0);
  editorCursor = 0;
  overflowed = false;
  historyShown = 0;
};

/** Begins an empty line without history, in the LINE_EDITOR_SIZE bytes at `memory`, aligned to words. */
export const lineEditorInit = (memory: i32): void => {
  editorMemory = memory;
  historyCount = 0;
  editorSequence = SEQUENCE_NONE;
  lastByte = 0;
  lineEditorBegin();
};

const goBack = (count: i32): void => {
  for (let i: i32 = 0; i < count; i++) consolePutByte(BACKSPACE);
};

/** Shows the line from a position on, and puts the cursor back to where it is. */
const showFrom = (position: i32, blanks: i32): void => {
  const length: i32 = lineEditorLength();
  for (let i: i32 = position; i < length; i++) consolePutByte(load8(lineEditorText() + i));
  for (let i: i32 = 0; i < blanks; i++) consolePutByte(SPACE_BYTE);
  goBack(length + blanks - editorCursor);
};

const moveTo = (position: i32): void => {
  if (position < editorCursor) goBack(editorCursor - position);
  for (let i: i32 = editorCursor; i < position; i++) consolePutByte(load8(lineEditorText() + i));
  editorCursor = position;
};

const editorInsert = (byte: i32): void => {
  const length: i32 = lineEditorLength();
  if (length === LINE_MAX) {
    overflowed = true;
    consolePutByte(BELL);
    return;
  }
  const at: i32 = lineEditorText() + editorCursor;
  copy(at + 1, at, length - editorCursor);
  store8(at, byte);
  store(editorMemory, length + 1);
  editorCursor++;
  showFrom(editorCursor - 1, 0);
};

/** Takes out the characters from `start` to before `end`; the cursor is then where they were. */
const editorRemove = (start: i32, end: i32): void => {
  const length: i32 = lineEditorLength();
  if (start === end) return;
  moveTo(start);
  copy(lineEditorText() + start, lineEditorText() + end, length - end);
  store(editorMemory, length - (end - start));
  overflowed = false;
  showFrom(start, end - start);
};

const wordStart = (): i32 => {
  let start: i32 = editorCursor;
  while (start > 0 && load8(lineEditorText() + start - 1) === SPACE_BYTE) start--;
  while (start > 0 && load8(lineEditorText() + start - 1) !== SPACE_BYTE) start--;
  return start;
};

/** Shows the n-th newest line in place of the line, or for 0 the draft. */
const showHistory = (number: i32): void => {
  if (number < 0 || number > historyCount) return;
  if (historyShown === 0) copy(editorSlot(1), editorSlot(0), LINE_SLOT_SIZE);
  const length: i32 = lineEditorLength();
  moveTo(0);
  copy(editorSlot(0), editorSlot(number === 0 ? 1 : HISTORY_SLOT + number - 1), LINE_SLOT_SIZE);
  historyShown = number;
  overflowed = false;
  showFrom(0, length > lineEditorLength() ? length - lineEditorLength() : 0);
  moveTo(lineEditorLength());
};

const isNewestLine = (): boolean => {
  if (historyCount === 0 || load(editorSlot(HISTORY_SLOT)) !== lineEditorLength()) return false;
  for (let i: i32 = 0; i < lineEditorLength(); i++) {
    if (load8(lineEditorText() + i) !== load8(editorSlot(HISTORY_SLOT) + SLOT_TEXT_OFFSET + i)) return false;
  }
  return true;
};

/** Puts the line in front of the history, unless it is empty or the same as the one before. */
const editorRemember = (): void => {
  if (lineEditorLength() === 0 || isNewestLine()) return;
  if (historyCount < HISTORY_COUNT) historyCount++;
  copy(editorSlot(HISTORY_SLOT + 1), editorSlot(HISTORY_SLOT), (historyCount - 1) * LINE_SLOT_SIZE);
  copy(editorSlot(HISTORY_SLOT), editorSlot(0), LINE_SLOT_SIZE);
};

const endLine = (): i32 => {
  consolePutByte(LINE_FEED_BYTE);
  if (overflowed) return LINE_TOO_LONG;
  editorRemember();
  return LINE_ENDED;
};

const abandonLine = (): i32 => {
  consolePrint('^C\n');
  lineEditorBegin();
  return LINE_ABANDONED;
};

const stepLeft = (): void => {
  if (editorCursor > 0) moveTo(editorCursor - 1);
};

const stepRight = (): void => {
  if (editorCursor < lineEditorLength()) moveTo(editorCursor + 1);
};

const removeBefore = (): void => {
  if (editorCursor > 0) editorRemove(editorCursor - 1, editorCursor);
};

const removeUnder = (): void => {
  if (editorCursor < lineEditorLength()) editorRemove(editorCursor, editorCursor + 1);
};

const editByControl = (byte: i32): void => {
  switch (byte) {
    case CONTROL_A: moveTo(0); break;
    case CONTROL_B: stepLeft(); break;
    case CONTROL_E: moveTo(lineEditorLength()); break;
    case CONTROL_F: stepRight(); break;
    case BACKSPACE: removeBefore(); break;
    case DELETE: removeBefore(); break;
    case CONTROL_K: editorRemove(editorCursor, lineEditorLength()); break;
    case CONTROL_N: showHistory(historyShown - 1); break;
    case CONTROL_P: showHistory(historyShown + 1); break;
    case CONTROL_U: editorRemove(0, editorCursor); break;
    case CONTROL_W: editorRemove(wordStart(), editorCursor); break;
    default: break;
  }
};

/** A sequence ESC [ letter or ESC O letter, by the letter's code. */
const editByLetter = (letter: i32): void => {
  switch (letter) {
    case 65: showHistory(historyShown + 1); break; // A, up
    case 66: showHistory(historyShown - 1); break; // B, down
    case 67: stepRight(); break; // C
    case 68: stepLeft(); break; // D
    case 70: moveTo(lineEditorLength()); break; // F, end
    case 72: moveTo(0); break; // H, home
    default: break;
  }
};

/** A sequence ESC [ number ~, as terminals send it for the keys above the arrows. */
const editByNumber = (number: i32): void => {
  switch (number) {
    case 1: moveTo(0); break;
    case 3: removeUnder(); break;
    case 4: moveTo(lineEditorLength()); break;
    case 7: moveTo(0); break;
    case 8: moveTo(lineEditorLength()); break;
    default: break;
  }
};

/** Takes a printable byte as part of an escape sequence. */
const feedSequence = (byte: i32): void => {
  if (editorSequence === SEQUENCE_BEGUN) {
    sequenceNumber = 0;
    if (byte === 91) editorSequence = SEQUENCE_CONTROL; // [
    else if (byte === 79) editorSequence = SEQUENCE_SHIFT; // O
    else editorSequence = SEQUENCE_NONE;
    return;
  }
  if (editorSequence === SEQUENCE_CONTROL && byte < 64) {
    // A number out of the ordinary, or several of them, are none that is known.
    if (byte >= 48 && byte <= 57 && sequenceNumber >= 0 && sequenceNumber < 100) sequenceNumber = sequenceNumber * 10 + byte - 48;
    else sequenceNumber = -1;
    return;
  }
  editorSequence = SEQUENCE_NONE;
  if (byte === 126) editByNumber(sequenceNumber); // ~
  else if (sequenceNumber === 0) editByLetter(byte);
};

/** Takes a byte from the terminal: a LINE_ constant. After any but LINE_GOES_ON a new line must be begun. */
export const lineEditorFeed = (byte: i32): i32 => {
  const before: i32 = lastByte;
  lastByte = byte;
  if (byte === ESCAPE) {
    editorSequence = SEQUENCE_BEGUN;
    return LINE_GOES_ON;
  }
  if (byte >= SPACE_BYTE && byte < DELETE) {
    if (editorSequence === SEQUENCE_NONE) editorInsert(byte);
    else feedSequence(byte);
    return LINE_GOES_ON;
  }
  editorSequence = SEQUENCE_NONE;
  if (byte === LINE_FEED_BYTE && before === CARRIAGE_RETURN_BYTE) return LINE_GOES_ON;
  if (byte === CARRIAGE_RETURN_BYTE || byte === LINE_FEED_BYTE) return endLine();
  if (byte === CONTROL_C) return abandonLine();
  editByControl(byte);
  return LINE_GOES_ON;
};
