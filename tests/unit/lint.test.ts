/** The lint catches every construct outside the compiled subset, and leaves its good twin alone. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ESLint } from 'eslint';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { coreFiles, floorProblems, FLOORS } from '../../scripts/lib/floors.ts';
import { ROOT } from '../../scripts/lib/paths.ts';

const eslint = new ESLint({ cwd: ROOT, overrideConfigFile: path.join(ROOT, 'scripts/eslint.config.js') });

/** Messages for a text that would stand in `file`. */
const messagesFor = async (text: string, file = 'kernel-heap/example.ts'): Promise<string[]> => {
  const [result] = await eslint.lintText(text, { filePath: path.join(ROOT, file) });
  return result!.messages.map(({ message, ruleId }) => `${ruleId ?? 'syntax'}: ${message}`);
};

/** A function with this body; it has the parameters a and b. */
const inFunction = (body: string): string => `export const example = (a: i32, b: i32): i32 => {\n${body}\n};\n`;

/** What is caught, a text with it, and one that means the same and is fine. */
const CASES: [title: string, bad: string, good: string][] = [
  ['non-null assertion', inFunction('return a!;'), inFunction('return a;')],
  ['type assertion by brackets', inFunction('return <i32>a;'), inFunction('return a as i32;')],
  ['satisfies', inFunction('return a satisfies i32;'), inFunction('return a;')],
  ['boolean equals number', inFunction('if ((a < b) == 1) return 1;\nreturn 0;'), inFunction('if (a < b) return 1;\nreturn 0;')],
  ['number equals boolean', inFunction('if (1 === !a) return 1;\nreturn 0;'), inFunction('if (a == 0) return 1;\nreturn 0;')],
  ['boolean equals an expression', inFunction('if ((a < b) !== a + b) return 1;\nreturn 0;'), inFunction('if ((a < b) == (b < 3)) return 1;\nreturn 0;')],
  ['boolean variable equals number', inFunction('const c: boolean = a < b;\nif (c == 1) return 1;\nreturn 0;'), inFunction('const c: i32 = a;\nif (c == 1) return 1;\nreturn 0;')],
  ['boolean parameter equals number', 'export const f = (a: boolean, b: i32): boolean => a == b;', 'export const f = (a: boolean, b: boolean): boolean => a == b;'],
  ['boolean result equals number', 'const isOdd = (a: i32): boolean => (a & 1) != 0;\n' + inFunction('if (isOdd(a) == b) return 1;\nreturn 0;'), 'const low = (a: i32): i32 => a & 1;\n' + inFunction('if (low(a) == b) return 1;\nreturn 0;')],
  ['default in the middle of a switch', inFunction('switch (a) { case 0: return 1; default: return 2; case 2: return 3; }'), inFunction('switch (a) { case 0: return 1; case 2: return 3; default: return 2; }')],
  ['continue in a switch in a loop', inFunction('while (a < b) { a++; switch (a) { case 3: continue; default: b--; } }\nreturn b;'), inFunction('loop: while (a < b) { a++; switch (a) { case 3: continue loop; default: b--; } }\nreturn b;')],
  ['continue of a loop around a switch', inFunction('for (;;) { switch (a) { default: if (b == 0) { continue; } } }'), inFunction('switch (a) { default: while (a < b) { a++; continue; } }\nreturn b;')],
  ['cast to an alias', inFunction('return a as u32;'), inFunction('return a as number;')],
  ['as const', inFunction('const one: i32 = 1 as const;\nreturn one;'), inFunction('const one: i32 = 1;\nreturn one;')],
  ['alias as the type of a variable', inFunction('const c: u32 = a;\nreturn c;'), inFunction('const c: i32 = a;\nreturn c;')],
  ['alias as the type of a parameter', 'export const f = (a: ptr): i32 => a;', 'export const f = (a: i32): i32 => a;'],
  ['i64 but for a parameter of a host function', 'export const f = (a: i64): i32 => 0;', 'declare const seek: (a: i64) => i32;\nexport const f = (a: i32): i32 => seek(a);'],
  ['alias as the type of a result', 'export const f = (a: i32): ptr => a;', 'export const f = (a: i32): boolean => a == 0;'],
  ['type alias', 'type Address = i32;', 'export const f = (address: i32): i32 => address;'],
  ['interface', 'interface Page { free: i32 }', 'export const PAGE_FREE_OFFSET: i32 = 0;'],
  ['enum', 'enum Kind { Free, Used }', 'export const KIND_FREE: i32 = 0;'],
  ['const enum', 'const enum Kind { Free, Used }', 'export const KIND_FREE: i32 = 0;'],
  ['namespace', 'namespace N { }', 'export const N: i32 = 0;'],
  ['generics', 'export const f = <T>(a: i32): i32 => a;', 'export const f = (a: i32): i32 => a;'],
  ['function declaration', 'export function f(a: i32): i32 { return a; }', 'export const f = (a: i32): i32 => a;'],
  ['function expression', 'export const f = function (a: i32): i32 { return a; };', 'export const f = (a: i32): i32 => a;'],
  ['closure', inFunction('const add = (c: i32): i32 => c + b;\nreturn add(a);'), 'const add = (c: i32, d: i32): i32 => c + d;\n' + inFunction('return add(a, b);')],
  ['function as a value', 'const f = (a: i32): i32 => a;\n' + inFunction('const g: i32 = f;\nreturn g;'), 'const f = (a: i32): i32 => a;\n' + inFunction('const g: i32 = f(a);\nreturn g;')],
  ['use before the declaration', inFunction('return later(a);') + 'const later = (a: i32): i32 => a;', 'const earlier = (a: i32): i32 => a;\n' + inFunction('return earlier(a);')],
  ['class', 'class Page { }', 'export const f = (a: i32): i32 => a;'],
  ['object', inFunction('const c: i32 = { a };\nreturn c;'), inFunction('const c: i32 = a;\nreturn c;')],
  ['array', inFunction('const c: i32 = [a];\nreturn c;'), inFunction('const c: i32 = a;\nreturn c;')],
  ['new', inFunction('const c: i32 = new Uint8Array(a);\nreturn c;'), inFunction('const c: i32 = a;\nreturn c;')],
  ['destructuring of an array', inFunction('const [c]: i32 = a;\nreturn c;'), inFunction('const c: i32 = a;\nreturn c;')],
  ['destructuring of an object', inFunction('const { c }: i32 = a;\nreturn c;'), inFunction('const c: i32 = a;\nreturn c;')],
  ['rest parameter', 'export const f = (...a: i32): i32 => 0;', 'export const f = (a: i32): i32 => a;'],
  ['spreading', 'const f = (a: i32): i32 => a;\n' + inFunction('return f(...a);'), 'const f = (a: i32): i32 => a;\n' + inFunction('return f(a);')],
  ['throw', inFunction("if (a == 0) throw 1;\nreturn a;"), inFunction('if (a == 0) return -1;\nreturn a;')],
  ['try', inFunction('try { return a; } catch { return b; }'), inFunction('return a;')],
  ['for of', inFunction('for (const c of a) b++;\nreturn b;'), inFunction('for (let c: i32 = 0; c < a; c++) b++;\nreturn b;')],
  ['for in', inFunction('for (const c in a) b++;\nreturn b;'), inFunction('for (let c: i32 = 0; c < a; c++) b++;\nreturn b;')],
  ['await', 'export const f = async (a: i32): i32 => await a;', 'export const f = (a: i32): i32 => a;'],
  ['**', inFunction('return a ** b;'), inFunction('return a << b;')],
  ['**=', inFunction('a **= b;\nreturn a;'), inFunction('a <<= b;\nreturn a;')],
  ['instanceof', inFunction('if (a instanceof b) return 1;\nreturn 0;'), inFunction('if (a == b) return 1;\nreturn 0;')],
  ['in', inFunction('if (a in b) return 1;\nreturn 0;'), inFunction('if (a == b) return 1;\nreturn 0;')],
  ['typeof', inFunction('if (typeof a) return 1;\nreturn 0;'), inFunction('if (a) return 1;\nreturn 0;')],
  ['division', inFunction('return a / b;'), inFunction('return a % b;')],
  ['/=', inFunction('a /= b;\nreturn a;'), inFunction('a %= b;\nreturn a;')],
  ['logical assignment', inFunction('a ||= b;\nreturn a;'), inFunction('a |= b;\nreturn a;')],
  ['??', inFunction('return a ?? b;'), inFunction('return a != 0 ? a : b;')],
  ['?.', inFunction('return a?.b;'), inFunction('return a;')],
  ['fraction', inFunction('return a + 0.5;'), inFunction('return a + 5;')],
  ['number with exponent', inFunction('return a + 1e3;'), inFunction('return a + 0x1e3;')],
  ['bigint', inFunction('return a + 1n;'), inFunction('return a + 1;')],
  ['regular expression', inFunction('if (/a/) return 1;\nreturn 0;'), inFunction('if (a) return 1;\nreturn 0;')],
  ['null', inFunction('if (a == null) return 1;\nreturn 0;'), inFunction('if (a == 0) return 1;\nreturn 0;')],
  ['undefined', inFunction('if (a == undefined) return 1;\nreturn 0;'), inFunction('if (a == 0) return 1;\nreturn 0;')],
  ['this', inFunction('return this;'), inFunction('return a;')],
  ['template', inFunction('const c: string = `x`;\nreturn a;'), inFunction("const c: string = 'x';\nreturn a;")],
  ['Math.min', inFunction('return Math.min(a, b);'), inFunction('return Math.imul(a, b);')],
  ['Math.max', inFunction('return Math.max(a, b);'), inFunction('return Math.clz32(a);')],
  ['Math.abs', inFunction('return Math.abs(a);'), inFunction('return a < 0 ? -a : a;')],
  ['property', inFunction('return a.length;'), inFunction('return a;')],
  ['element', inFunction('return a[b];'), inFunction('return a + b;')],
  ['export list', 'const f = (a: i32): i32 => a;\nexport { f };', 'export const f = (a: i32): i32 => a;'],
  ['default export', 'const f = (a: i32): i32 => a;\nexport default f;', 'export const f = (a: i32): i32 => a;'],
  ['export of everything', "export * from './bits.ts';", "export { log2Floor } from './bits.ts';"],
  ['default import', "import f from './bits.ts';", "import { f } from './bits.ts';"],
  ['namespace import', "import * as bits from './bits.ts';", "import { log2Floor } from './bits.ts';"],
  ['type import', "import type { A } from './bits.ts';", "import { log2Floor } from './bits.ts';"],
  ['dynamic import', inFunction("import('./bits.ts');\nreturn a;"), inFunction('return a;')],
  ['var', inFunction('var c: i32 = a;\nreturn c;'), inFunction('const c: i32 = a;\nreturn c;')],
  ['missing result type', 'export const f = (a: i32) => a;', 'export const f = (a: i32): i32 => a;'],
  ['missing parameter type', 'export const f = (a): i32 => a;', 'export const f = (a: i32): i32 => a;'],
  ['missing variable type', inFunction('const c = a + b;\nreturn c;'), inFunction('const c: i32 = a + b;\nreturn c;')],
  ['optional parameter', 'export const f = (a?: i32): i32 => a;', 'export const f = (a: i32): i32 => a;'],
  ['default value', 'export const f = (a: i32 = 3): i32 => a;', 'export const f = (a: i32): i32 => a;'],
  ['intrinsic outside the seam', inFunction('return Porffor.wasm.i32.load(a, 2, 0);'), inFunction('return load(a);')],
];

const subset = suite('the compiled subset');

for (const [title, bad, good] of CASES) {
  subset(title, async () => {
    assert.not.equal(await messagesFor(bad), [], `not caught:\n${bad}`);
    assert.equal(await messagesFor(good), [], `should be fine:\n${good}`);
  });
}

subset('the seam may use intrinsics', async () => {
  assert.equal(await messagesFor(inFunction('return Porffor.wasm.i32.load(a, 2, 0);'), 'kernel-heap/memory.ts'), []);
});

subset('holds for the sources of the kernel and the contract cases', async () => {
  for (const file of ['qemu/kernel/example.ts', 'tests/contract/cases/example.ts']) {
    assert.not.equal(await messagesFor(inFunction('return a!;'), file), []);
  }
});

subset('does not hold for scripts', async () => {
  assert.equal(await messagesFor('export const f = (): number[] => [1];\n', 'scripts/lib/example.ts'), []);
});

subset.run();

const floors = suite('the floors of the core');
const TABLE = [['a', 'b'], ['c']];
const imports = (...names: string[]): string => names.map((name) => `import {\n  x,\n} from './${name}.ts';\n`).join('');

floors('imports from below, and from the left on the same floor, are fine', () => {
  assert.equal(floorProblems(new Map([['a', ''], ['b', imports('a')], ['c', imports('a', 'b')]]), TABLE), []);
});

floors('an import from above is caught', () => {
  const [problem, ...others] = floorProblems(new Map([['a', imports('c')], ['b', ''], ['c', '']]), TABLE);
  assert.match(problem, 'kernel-heap/a.ts on floor 0 imports c from floor 1');
  assert.equal(others, []);
});

floors('a re-export from above is caught', () => {
  assert.is(floorProblems(new Map([['a', "export { x } from './c.ts';\n"], ['b', ''], ['c', '']]), TABLE).length, 1);
});

floors('an import from the right on the same floor is caught', () => {
  assert.is(floorProblems(new Map([['a', imports('b')], ['b', ''], ['c', '']]), TABLE).length, 1);
});

floors('a file on no floor is caught', () => {
  const [problem] = floorProblems(new Map([['a', ''], ['b', ''], ['c', ''], ['d', '']]), TABLE);
  assert.match(problem, 'kernel-heap/d.ts is on no floor');
});

floors('a file that is only in the table is caught', () => {
  assert.match(floorProblems(new Map([['a', ''], ['b', '']]), TABLE)[0], 'there is no kernel-heap/c.ts');
});

floors('a file that tells a wrong floor is caught', () => {
  assert.match(floorProblems(new Map([['a', ''], ['b', '/** Floor 1: b. */'], ['c', '/** Floor 1: c. */']]), TABLE)[0], 'b.ts says it is on floor 1');
});

floors('the core has them', () => {
  assert.ok(FLOORS.length > 1);
  assert.equal(floorProblems(coreFiles()), []);
});

floors.run();

const whole = suite('npm run lint');

whole('finds nothing to mend', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'scripts/run.mjs'), 'lint'], { encoding: 'utf8' });
  assert.is(status, 0, stdout + stderr);
});

whole.run();
