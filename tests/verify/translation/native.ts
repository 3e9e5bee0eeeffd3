/** The C build at the other end of a stream: what program.c is told, and its answers. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { buildCoreForC } from '../../../scripts/lib/c-file.ts';
import { C_FUNCTIONS } from '../../../scripts/lib/c-names.ts';
import { C_PROLOGUE } from '../../../scripts/lib/wasm-to-c.ts';
import { adapter, compileNative } from '../../contract/native.ts';
import type { Binary } from '../verification.ts';

const MAIN = path.join(import.meta.dirname, 'program.c');
const TIME_MAX = 600_000;

/** Words, as many as come. */
class Words {
  #words = new Uint32Array(1 << 16);
  #count = 0;

  push(...words: number[]): void {
    this.append(words);
  }

  append(words: ArrayLike<number>): void {
    const end = this.#count + words.length;
    if (end > this.#words.length) {
      const larger = new Uint32Array(2 * end);
      larger.set(this.#words.subarray(0, this.#count));
      this.#words = larger;
    }
    for (let index = 0; index < words.length; index++) this.#words[this.#count + index] = words[index]!;
    this.#count = end;
  }

  get all(): Uint32Array {
    return this.#words.subarray(0, this.#count);
  }
}

/** FNV-1a (Fowler, Noll and Vo) over words, as program.c has it. */
export const hashOf = (words: Int32Array): number => {
  let hash = 0x811c9dc5;
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
  return hash >>> 0;
};

/** Calls to be made in C, and what they must answer. */
export class Script {
  readonly #input = new Words();
  readonly #expected = new Words();
  readonly #texts: string[] = [];
  calls = 0;

  constructor(bytes: number, garbage: number, firstWord: number, words: number) {
    this.#input.push(bytes, garbage, firstWord, words);
  }

  /** Sets the words that are compared. */
  set(words: Int32Array): void {
    this.#input.push(1);
    this.#input.append(words);
  }

  /** A call with its result, and the words behind it where they are to be compared. */
  call(name: string, operands: number[], result: number, words?: Int32Array): void {
    const index = C_FUNCTIONS.findIndex(({ core }) => core === name);
    const [a = 0, b = 0, c = 0, d = 0] = operands;
    this.#input.push(words ? 2 : 3, index, a, b, c, d);
    this.#expected.push(result);
    if (words) this.#expected.push(hashOf(words));
    this.calls++;
    if (words) this.#texts.push(`${name}(${operands.join(', ')})`);
  }

  /** Compiles the C build of the core with these changed files and makes the calls; what differs, if anything does. */
  async run(overrides?: Map<string, string>): Promise<{ different?: string; binary: Binary }> {
    const core = await buildCoreForC({ overrides });
    const cases = C_FUNCTIONS.map(({ core: name, result, parameters }, index) => {
      const call = `core_${name}(${['a', 'b', 'c', 'd'].slice(0, parameters.length).join(', ')})`;
      return `    case ${index}: ${result === 'void' ? `${call}; return 0` : `return ${call}`};\n`;
    });
    const calls = `#define MEMORY_BASE TALLOW_BASE
${C_PROLOGUE}
INLINE void *pointer_of(u32 address) { return address ? (void *)MEMORY(address) : NULL; }
INLINE u32 address_of(const void *pointer) { return pointer ? (u32)((uintptr_t)pointer - (uintptr_t)TALLOW_BASE) : 0; }
${C_FUNCTIONS.map(adapter).join('')}
static u32 call(u32 function, u32 a, u32 b, u32 c, u32 d) {
  (void)b; (void)c; (void)d;
  switch (function) {
${cases.join('')}    default: return 0;
  }
}
`;
    const program = { compiler: 'gcc', flags: ['-O2'], core, main: MAIN, includes: { 'calls.c': calls } };
    const different = await compileNative(program, (file) => {
      const { all: input } = this.#input;
      const { stdout, stderr, status, error } = spawnSync(file, {
        input: Buffer.from(input.buffer, input.byteOffset, input.byteLength), timeout: TIME_MAX, maxBuffer: 2 ** 30,
      });
      if (error || status !== 0) return `the C build ended with ${error?.message ?? `status ${status}: ${String(stderr)}`}`;
      const answers = new Uint32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
      const expected = this.#expected.all;
      if (answers.length !== expected.length) return `the C build answers ${answers.length} words, not ${expected.length}`;
      const at = answers.findIndex((word, index) => word !== expected[index]);
      if (at === -1) return undefined;
      const what = this.#texts.length > 0 ? this.#texts[at >> 1] : `call ${at}`;
      return `${what!}: 0x${answers[at]!.toString(16)} in C, 0x${expected[at]!.toString(16)} in Wasm`;
    });
    return { different, binary: { name: 'module that tallow.c is made of', wasm: core.wasm } };
  }
}
