/** The kernel's line editor as plain JavaScript, with a terminal that knows printing, backspace and line feed. */
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LINE_ABANDONED, LINE_EDITOR_SIZE, LINE_ENDED, LINE_GOES_ON, LINE_MAX, LINE_TOO_LONG } from '../../qemu/kernel/line-editor.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { buildReference } from '../../scripts/lib/reference.ts';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';

const KERNEL = path.join(ROOT, 'qemu/kernel');

/** In place of the real console: every character goes to the test's terminal. */
const CONSOLE = `declare const show: (byte: i32) => void;
export const consolePutByte = (byte: i32): void => show(byte);
export const consolePrint = (text: string): void => { for (let i = 0; i < text.length; i++) show(text.charCodeAt(i)); };
`;

const reference = await buildReference({
  entry: path.join(KERNEL, 'line-editor.ts'),
  overrides: new Map([[path.join(KERNEL, 'console.ts'), CONSOLE]]),
});

const MEMORY = 1024;
const GUARD = 0xa5;

const KEYS = {
  up: '\x1b[A', down: '\x1b[B', right: '\x1b[C', left: '\x1b[D', home: '\x1b[H', end: '\x1b[F', delete: '\x1b[3~',
  backspace: '\x7f', enter: '\r', controlC: '\x03', controlU: '\x15', controlW: '\x17',
};

/** An editor and its terminal. */
const open = () => {
  const rows = [''];
  let column = 0;
  let bells = 0;
  const editor = reference.instantiate({
    hosts: {
      show: (byte: number) => {
        if (byte === 7) bells++;
        else if (byte === 8) column--;
        else if (byte === 10) {
          rows.push('');
          column = 0;
        } else {
          assert.ok(byte >= 32 && byte < 127, `byte ${byte} was shown`);
          const row = rows.at(-1)!;
          rows[rows.length - 1] = row.slice(0, column) + String.fromCharCode(byte) + row.slice(column + 1);
          column++;
        }
        assert.ok(column >= 0, 'the cursor left the line at its beginning');
      },
    },
  });
  const bytes = new Uint8Array(editor.memory.buffer);
  bytes.fill(GUARD);
  editor.lineEditorInit!(MEMORY);
  const lineNow = (): string => String.fromCharCode(...bytes.subarray(editor.lineEditorText!(), editor.lineEditorText!() + editor.lineEditorLength!()));
  return {
    lineNow,
    bells: () => bells,
    /** What stands on the terminal's last row, and where the cursor is. */
    row: () => ({ text: rows.at(-1)!.trimEnd(), column }),
    /** Types; the last byte's result. A line that ends is noted and the next one begun. */
    type: (text: string): { result: number; lines: string[] } => {
      const lines: string[] = [];
      let result = LINE_GOES_ON;
      for (const character of text) {
        result = editor.lineEditorFeed!(character.charCodeAt(0));
        if (result === LINE_ENDED) lines.push(lineNow());
        if (result !== LINE_GOES_ON) editor.lineEditorBegin!();
      }
      return { result, lines };
    },
    checkGuards: () => {
      assert.ok(bytes.subarray(0, MEMORY).every((byte) => byte === GUARD), 'memory before the editor was written to');
      assert.ok(bytes.subarray(MEMORY + LINE_EDITOR_SIZE).every((byte) => byte === GUARD), 'memory behind the editor was written to');
    },
  };
};

const test = suite('line editor');

/** What is typed, and the lines that come of it. */
const LINES: [title: string, typed: string, lines: string[]][] = [
  ['plain', 'mem\r', ['mem']],
  ['empty', '\r', ['']],
  ['line feed ends a line too', 'a\nb\n', ['a', 'b']],
  ['carriage return and line feed are one end', 'a\r\nb\r\n', ['a', 'b']],
  ['two carriage returns are two ends', 'a\r\r', ['a', '']],
  ['backspace', `mex${KEYS.backspace}m\r`, ['mem']],
  ['backspace as Ctrl-H', 'mex\bm\r', ['mem']],
  ['backspace at the beginning', `${KEYS.backspace}a\r`, ['a']],
  ['insertion in the midst', `hlp${KEYS.left}${KEYS.left}e\r`, ['help']],
  ['left and right stop at the ends', `${KEYS.left}${KEYS.left}a${KEYS.right}${KEYS.right}b\r`, ['ab']],
  ['home and end', `elp${KEYS.home}h${KEYS.end}!\r`, ['help!']],
  ['home and end by other names', 'b\x1bOHa\x1bOFc\x1b[1~0\x1b[4~d\x1b[7~9\x1b[8~e\x018\x05f\r', ['890abcdef']],
  ['Ctrl-U', `free 1${KEYS.controlU}mem\r`, ['mem']],
  ['Ctrl-U keeps what is behind the cursor', `freemem${KEYS.left.repeat(3)}${KEYS.controlU}\r`, ['mem']],
  ['Ctrl-K', `mem free${KEYS.left.repeat(5)}\x0b\r`, ['mem']],
  ['Ctrl-W', `free 1 2 ${KEYS.controlW}${KEYS.controlW}3\r`, ['free 3']],
  ['Ctrl-W at the beginning', `${KEYS.controlW}a\r`, ['a']],
  ['delete', `mxem${KEYS.home}${KEYS.right}${KEYS.delete}\r`, ['mem']],
  ['delete at the end', `mem${KEYS.delete}\r`, ['mem']],
  ['Ctrl-C', `free 1${KEYS.controlC}mem\r`, ['mem']],
  ['history', `one\rtwo\r${KEYS.up}\r${KEYS.up}${KEYS.up}\r`, ['one', 'two', 'two', 'one']],
  ['history and back to the draft', `one\rdra${KEYS.up}${KEYS.down}ft\r`, ['one', 'draft']],
  ['a line of the history, edited', `help\r${KEYS.up}${KEYS.backspace}${KEYS.backspace}llo\r${KEYS.up}${KEYS.up}\r`, ['help', 'hello', 'help']],
  ['history before the first line', `${KEYS.up}${KEYS.down}a\r`, ['a']],
  ['empty lines are not remembered', `one\r\r${KEYS.up}\r`, ['one', '', 'one']],
  ['a line again is remembered once', `one\rtwo\rtwo\r${KEYS.up}${KEYS.up}\r`, ['one', 'two', 'two', 'one']],
  ['the oldest lines are forgotten', `${[...'0123456789'].join('\r')}\r${KEYS.up.repeat(20)}\r`, [...'0123456789', '2']],
  ['unknown sequences', 'a\x1b[5~b\x1b[1;5Cc\x1b[200~d\x1bOPe\x1bxf\x1b[?25hg\r', ['abcdefg']],
  ['an endless sequence ends with the line', `a\x1b[${'1'.repeat(500)}\rb\r`, ['a', 'b']],
  ['a lone escape', 'a\x1b\rb\r', ['a', 'b']],
  ['escape after escape', `ab\x1b${KEYS.left}c\r`, ['acb']],
  ['tabs, other controls, bytes above ASCII', 'a\tb\x00c\x7f\x04d\x1ae\xffé\x80f\r', ['abdef']],
];

for (const [title, typed, lines] of LINES) {
  test(title, () => {
    const editor = open();
    assert.equal(editor.type(typed).lines, lines);
    editor.checkGuards();
  });
}

test('a line may be as long as it may', () => {
  const editor = open();
  assert.equal(editor.type(`${'x'.repeat(LINE_MAX)}\r`).lines, ['x'.repeat(LINE_MAX)]);
  assert.is(editor.bells(), 0);
});

test('a line that is too long is refused, with a bell for each character', () => {
  const editor = open();
  assert.equal(editor.type(`${'x'.repeat(LINE_MAX + 3)}\r`), { result: LINE_TOO_LONG, lines: [] });
  assert.is(editor.bells(), 3);
  assert.equal(editor.type('mem\r').lines, ['mem']);
  editor.checkGuards();
});

test('a line that was too long and was mended is taken', () => {
  const editor = open();
  assert.equal(editor.type(`${'x'.repeat(LINE_MAX + 1)}${KEYS.controlU}mem\r`).lines, ['mem']);
});

test('what is refused is not remembered', () => {
  const editor = open();
  editor.type(`one\r${'x'.repeat(LINE_MAX + 1)}\r`);
  assert.equal(editor.type(`${KEYS.up}\r`).lines, ['one']);
});

test('Ctrl-C abandons the line and says so', () => {
  const editor = open();
  assert.equal(editor.type(`free 1${KEYS.controlC}`), { result: LINE_ABANDONED, lines: [] });
  assert.is(editor.lineNow(), '');
});

test('what is typed at random leaves the terminal showing the line, and memory alone', () => {
  const random = new Random(testSeed());
  const pieces = [...Object.values(KEYS), ...'abc   0123', '\x1b[', '\x1bO', '\x1b', '\x01', '\x02', '\x05', '\x06', '\x0b', '\x0e', '\x10', '\n', '\x80', '\xff'];
  const editor = open();
  for (let i = 0; i < 20000; i++) {
    const piece = random.below(30) === 0 ? String.fromCharCode(random.below(256)) : pieces[random.below(pieces.length)]!;
    for (const character of piece) editor.type(character);
    const { text, column } = editor.row();
    assert.is(text, editor.lineNow().trimEnd(), `after ${i} keys, the last ${JSON.stringify(piece)}`);
    assert.ok(column <= editor.lineNow().length);
  }
  editor.checkGuards();
});

test.run();
