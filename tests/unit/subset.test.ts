/**
 * What the compiled subset means: each construct gives the same results as plain JavaScript, as the compiler leaves it
 * and optimised, for a grid of values. An experimental compiler is trusted as far as this goes.
 */

import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildModule } from '../../scripts/lib/module.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { buildReference } from '../../scripts/lib/reference.ts';

/** Bodies of functions of a and b by what they show. Names of top-level declarations below may be used. */
const BODIES: Record<string, string> = {
  'if and else': 'if (a < b) return 1; else if (a == b) return 2; else return 3;',
  'truth of numbers': 'if (a & 4) return 1; return 0;',
  'truth of negative numbers': 'let n: i32 = 0; if (a) n += 1; if (!a) n += 2; if (a || b) n += 4; if (a && b) n += 8; n += a ? 16 : 32; return n;',
  'not': 'if (!(a & 4)) return 1; return 0;',
  'not twice': 'const x: boolean = !!a; if (x) return 3; return 4;',
  'not of a comparison': 'if (!(a == b)) return 1; return 0;',
  'not of a call': 'if (!isLess(a, b)) return 1; return 0;',
  'while': 'let s: i32 = 0; let i: i32 = 0; while (i < (a & 15)) { s += i; i++; } return s;',
  'while with two conditions': 'let s: i32 = 0; let i: i32 = 0; while (i < 20 && s < (a & 31)) { s += i; i++; } return s * 100 + i;',
  'while with break and continue': 'let s: i32 = 0; let i: i32 = 0; while (i < 30) { i++; if (i & 1) continue; if (i > (a & 31)) break; s += i; } return s;',
  'while true': 'let i: i32 = 0; while (true) { i++; if (i > (a & 31)) return i; }',
  'assignment in a condition': 'let p: i32 = 0; while ((p = addThree(p)) < (a & 31)) {} return p;',
  'for': 'let s: i32 = 0; for (let i: i32 = 0; i < (a & 15); i++) { s += i; s = s << 1; } return s;',
  'for with break and continue': 'let s: i32 = 0; for (let i: i32 = 0; i < 40; i++) { if (i & 1) continue; if (i > (a & 31)) break; s += i; } return s;',
  'for down': 'let s: i32 = 0; for (let i: i32 = a & 15; i >= 0; i--) s += i; return s;',
  'for with two variables': 'let s: i32 = 0; for (let i: i32 = 0, j: i32 = 10; i < j; i++, j--) s += i * j + (a & 3); return s;',
  'for without end': 'let i: i32 = 0; for (;;) { i++; if (i > (a & 31)) break; } return i;',
  'loops in loops': 'let s: i32 = 0; for (let i: i32 = 0; i < 8; i++) { for (let j: i32 = 0; j < 8; j++) { if (j > (b & 7)) break; if (j == i) continue; s += i * 10 + j; } if (s > (a & 255)) break; } return s;',
  'labels': 'let s: i32 = 0; outer: for (let i: i32 = 0; i < 8; i++) { for (let j: i32 = 0; j < 8; j++) { if (j > (b & 7)) continue outer; if (s > (a & 255)) break outer; s += i * 10 + j; } } return s;',
  'do while': 'let s: i32 = 0; let i: i32 = 0; do { i++; if (i & 1) continue; if (i > (a & 31)) break; s += i; } while (i < 30); return s;',
  'switch': 'let r: i32 = 0; switch (a & 7) { case 0: r = 1; break; case 1: case 2: r = 2; break; case 3: r = 3; default: r += 9; } return r + b;',
  'switch with returns': 'switch (a & 7) { case 0: return 10; case 1: return 11; case 5: return 15; default: return b; }',
  'switch over constants': 'switch (a & 3) { case ONE: return 10; case TWO: return 20; } return 0;',
  'labelled continue in a switch': 'let s: i32 = 0; loop: for (let i: i32 = 0; i < 16; i++) { switch (i & 3) { case 0: continue loop; case 1: s += a & 7; break; default: s += 1; } s += 100; } return s;',
  'loop in a switch': 'let s: i32 = 0; switch (a & 3) { case 0: for (let i: i32 = 0; i < 4; i++) { if (i == 2) continue; if (i == 3) break; s += i; } break; case 1: s = 9; break; } return s;',
  'conditional expression': 'return a < b ? (a == 3 ? 1 : 2) : b > 5 ? 3 : 4;',
  'and, or': 'if ((a < b && b < 100) || (a == 5 && !(b & 1))) return 1; return 0;',
  'values of and, or': 'const x: i32 = a || b; const y: i32 = a && b; return x ^ y;',
  'effects in and, or': 'let n: i32 = 0; if (a > 0 && (n = b) > 3) return n; return 0 - n | 0;',
  'comparison as a number': 'const x: i32 = (a < b) as i32; return x * 4;',
  'boolean variables': 'const p: boolean = a < b; const q: boolean = b == 5; if (p && !q) return 1; return 2;',
  'boolean equals boolean': 'const p: boolean = a < b; if (p === true) return 1; return 2;',
  'equality': 'if (a == b) return 1; if (a !== 3) return 2; return 3;',
  'signs': 'return a == -1 ? -5 : -a;',
  'complement': 'return ~a & b;',
  'increments': 'let x: i32 = a & 255; const y: i32 = ++x; const z: i32 = x++; const w: i32 = x--; return y * 3 + z * 5 + w * 7 + --x;',
  'compound assignments': 'let x: i32 = a; x &= 0xff; x |= b & 7; x ^= 3; x <<= 2; x >>= 1; x >>>= 1; x += 5; x -= 2; x *= 3; return x;',
  'remainder': 'const d: i32 = (b & 15) + 1; return a % d;',
  'numbers above 2^31': 'return (a & 0x80000000) ^ 0xffffffff ^ (b & 0xfffff000);',
  'shifts': 'return (a << (b & 31)) ^ (a >> (b & 31)) ^ (a >>> (b & 31));',
  'shifts by more than 31': 'return (a << b) ^ (a >>> b);',
  'wrapping sums': 'return a + b | 0;',
  'wrapping products': 'return Math.imul(a, b);',
  'leading zeros': 'return 31 - Math.clz32(a | 1);',
  'lowest bit': 'return a & -a;',
  'unsigned comparison': 'if (lessThan(a, b)) return 1; return 0;',
  'unsigned division': 'if (b == 0) return 0; return divide(a, b) ^ remainder(a, b);',
  'the high word of a product': 'return multiplyHigh(a, b) ^ multiplyHigh(b, a + 1);',
  'zeros at both ends': 'return countLeadingZeros(a) * 64 + countTrailingZeros(b);',
  'local constants': 'const M: i32 = 4096; return a & (M - 1);',
  'late initialisation': 'let x: i32; if (a > 3) x = 5; else x = b; return x;',
  'shadowing': 'let x: i32 = a; { let x: i32 = b; x++; } if (a > 2) { const x: i32 = 9; return x + b; } return x;',
  'shadowing of a parameter': 'for (let i: i32 = 0; i < 3; i++) { const a: i32 = i; if (a == 2) return b + a; } return a;',
  'assignment to a parameter': 'a = a + 1; a += b; return a | 0;',
  'global constants': 'return a & MASK;',
  'global variables': 'counter = a; counter += b; counter++; return counter | 0;',
  'calls in calls': 'return addThree(addThree(addThree(a)) + addThree(b)) | 0;',
  'call for effect': 'setCounter(a); return counter;',
  'boolean results': 'let i: i32 = 0; while (isLess(i, a & 15) || i == 3) i++; return i;',
  'boolean parameters': 'return choose(a < b, a, b) ^ choose(true, 1, 2);',
  'recursion': 'return fibonacci(a & 15);',
  'many parameters': 'return sum(a, b, 1, 2, 3, 4, 5);',
  'memory': 'store(1024, a); store(1028, b); store8(1032, a); store16(1034, b); return load(1024) ^ load(1028) ^ load8(1032) ^ load16(1034) ^ load(1032) ^ load(1030);',
  'memory filled and copied': 'fill(2048, a, 16); store(2052, b); copy(2050, 2048, 12); return load(2050) ^ load(2054) ^ load(2060);',
  'long expressions': 'return ((a << 1) ^ (b >>> 3)) + ((a & b) | (a ^ b)) - (a >> 2) * (b & 3) | 0;',
  'code behind a return': 'return a; return b;',
  'constant conditions': 'if (false) { return 99; } if (NEVER) { return 98; } if (true) return a; return b;',
};

const TOP_LEVEL = `import {
  copy, countLeadingZeros, countTrailingZeros, divide, fill, lessThan, load, load16, load8, multiplyHigh, remainder, store, store16, store8,
} from '../kernel-heap/memory.ts';
const ONE: i32 = 1;
const TWO: i32 = ONE + 1;
const SHIFT: i32 = 12;
const MASK: i32 = (1 << SHIFT) - 1;
const NEVER: boolean = false;
let counter: i32 = 0;
const setCounter = (value: i32): void => { if (value < 0) { counter = 0; return; } counter = value; };
const isLess = (x: i32, y: i32): boolean => x < y;
const addThree = (x: i32): i32 => x + 3;
const choose = (c: boolean, x: i32, y: i32): i32 => c ? x : y;
const fibonacci = (n: i32): i32 => { if (n < 2) return n; return fibonacci(n - 1) + fibonacci(n - 2); };
const sum = (p: i32, q: i32, r: i32, s: i32, t: i32, u: i32, v: i32): i32 => p + q + r * s + t * u + v | 0;
`;

const VALUES = [0, 1, 2, 3, 4, 5, 7, 8, 10, 15, 16, 31, 32, 33, 63, 100, 127, 128, 255, 1000, 65535, 65536, 0x7fffffff, -1, -2, -5, -128, -0x80000000];

const names = Object.keys(BODIES);
const functions = names.map((name, index) => `export const f${index} = (a: i32, b: i32): i32 => {\n  ${BODIES[name]}\n};\n`);
const entry = path.join(ROOT, 'example/subset.ts');
const overrides = new Map([[entry, TOP_LEVEL + functions.join('')]]);

type Exports = Record<string, (a: number, b: number) => number>;
const instanceOf = ({ wasm }: { wasm: Uint8Array }): Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource)).exports as Exports;

const javascript = (await buildReference({ entry, overrides })).instantiate() as Exports;
const compiled: [string, Exports][] = [
  ['raw', instanceOf(await buildModule({ entry, overrides, raw: true }))],
  ['optimised', instanceOf(await buildModule({ entry, overrides }))],
];

const test = suite('meaning of the subset');
names.forEach((name, index) => test(name, () => {
  for (const a of VALUES) for (const b of VALUES) {
    const expected = javascript[`f${index}`]!(a, b) | 0;
    for (const [kind, exports] of compiled) assert.is(exports[`f${index}`]!(a, b), expected, `${kind}, a = ${a}, b = ${b}:\n${BODIES[name]}`);
  }
}));
test.run();
