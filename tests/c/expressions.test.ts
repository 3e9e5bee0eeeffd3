/** Statements of wasm2c as expressions: nothing is lost, and nothing changes places with what it depends on. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { foldExpressions } from '../../scripts/lib/c-expressions.ts';

const test = suite('C expressions');

/** The lines of a function's body after folding; `g.x` is a global variable. */
const folded = (statements: string, head = 'static u32 f(u32 p0, u32 p1)'): string[] => {
  const body = statements.trim().split('\n').map((line) => `  ${line}`).join('\n');
  const lines = foldExpressions(`${head} {\n${body}\n}\n`, /^g\.\w+$/).trim().split('\n');
  assert.is(lines[0], `${head} {`);
  assert.is(lines.at(-1), '}');
  return lines.slice(1, -1).map((line) => line.slice(2));
};

const check = (name: string, statements: string, expected: string, head?: string): void => {
  test(name, () => assert.equal(folded(statements, head), expected.trim().split('\n')));
};

check('operators and constants', `
u32 i0, i1;
i0 = p0;
i1 = 5u;
i0 >>= (i1 & 31);
i1 = p1;
i0 += i1;
i1 = 4294967295u;
i0 &= i1;
return i0;`, `
return ((p0 >> 5) + p1) & 0xffffffffu;`);

check('the right side of a difference keeps its parentheses', `
i0 = p0;
i1 = p1;
i2 = 3u;
i1 -= i2;
i0 -= i1;
return i0;`, `
return p0 - (p1 - 3);`);

check('signed comparison, and its opposite', `
i0 = p0;
i1 = 8u;
i0 = (u32)((s32)i0 < (s32)i1);
i0 = !(i0);
if (i0) {
  i0 = p1;
  p0 = i0;
}
i0 = p0;
return i0;`, `
if ((s32)p0 >= 8) {
  p0 = p1;
}
return p0;`);

check('a truth is made a number where it is counted with', `
i0 = p0;
i1 = p1;
i0 = i0 == i1;
i1 = 31u;
i0 <<= (i1 & 31);
return i0;`, `
return (u32)(p0 == p1) << 31;`);

check('the high word of a product', `
u32 i0, i1;
u64 j0, j1;
i0 = p0;
j0 = (u64)(i0);
i1 = p1;
j1 = (u64)(i1);
j0 *= j1;
j1 = 32ull;
j0 >>= (j1 & 63);
i0 = (u32)(j0);
return i0;`, `
return (u32)(((u64)p0 * (u64)p1) >> 32);`);

check('a shift that is not known, or reaches beyond the word, is masked', `
i0 = p0;
i1 = p1;
i0 <<= (i1 & 31);
i1 = 32u;
i0 >>= (i1 & 31);
j0 = (u64)(i0);
j1 = 64ull;
j0 >>= (j1 & 63);
i0 = (u32)(j0);
return i0;`, `
return (u32)((u64)((p0 << (p1 & 31)) >> (32u & 31)) >> (64ull & 63));`);

check('a load comes before the store that follows it', `
u32 i0, i1, i2;
i0 = p0;
i0 = i32_load((u64)(i0) + 4u);
i1 = p0;
i2 = p1;
i32_store((u64)(i1) + 4, i2);
return i0;`, `
u32 i0;
i0 = i32_load(p0, 4);
i32_store(p0, 4, p1);
return i0;`);

check('a variable is read before it changes', `
i0 = p0;
i1 = p1;
p0 = i1;
i1 = p0;
i0 += i1;
return i0;`, `
i0 = p0;
p0 = p1;
return i0 + p0;`);

check('a global variable is read before a call', `
i0 = g.x;
i1 = p0;
i1 = h(i1);
i0 += i1;
return i0;`, `
i0 = g.x;
return i0 + h(p0);`);

check('a call comes before the load that follows it', `
i0 = p0;
i0 = h(i0);
i1 = p1;
i1 = i32_load((u64)(i1));
i0 += i1;
return i0;`, `
i0 = h(p0);
return i0 + i32_load(p1, 0);`);

check('two calls keep their order', `
i0 = p0;
i0 = h(i0);
i1 = p1;
i1 = h(i1);
i0 -= i1;
return i0;`, `
i0 = h(p0);
return i0 - h(p1);`);

check('a call is made whichever side is chosen', `
i0 = p0;
i0 = h(i0);
i1 = 7u;
i2 = p1;
i0 = i2 ? i0 : i1;
return i0;`, `
i0 = h(p0);
return p1 ? i0 : 7u;`);

check('a call whose result is dropped remains', `
i0 = p0;
i0 = h(i0);
i0 = p1;
return i0;`, `
h(p0);
return p1;`);

check('so does one at the end of a block', `
u32 i0;
i0 = p0;
if (i0) {
  i0 = p0;
  i0 = h(i0);
}`, `
if (p0) {
  h(p0);
}`, 'static void f(u32 p0)');

check('and one at the end of a function, whatever it is called with', `
u32 i0;
i0 = p0;
if (i0) {
  i0 = p1;
} else {
  i0 = 2u;
}
i0 = h(i0);`, `
u32 i0;
if (p0) {
  i0 = p1;
} else {
  i0 = 2;
}
h(i0);`, 'static void f(u32 p0, u32 p1)');

check('a value that two branches leave', `
u32 i0, i1;
i0 = p0;
if (i0) {
  i0 = p1;
} else {
  i0 = 2u;
}
i1 = 3u;
i0 *= i1;
return i0;`, `
u32 i0;
if (p0) {
  i0 = p1;
} else {
  i0 = 2;
}
return i0 * 3;`);

check('a value below a block outlives it', `
i0 = p0;
i0 = i32_load((u64)(i0));
i1 = p1;
if (i1) {
  i1 = 0u;
  p1 = i1;
}
i1 = p1;
i0 += i1;
return i0;`, `
i0 = i32_load(p0, 0);
if (p1) {
  p1 = 0;
}
return i0 + p1;`);

check('a value that is set and stays on the stack', `
i0 = p0;
i1 = p1;
i0 += i1;
p0 = i0;
i1 = 1u;
i0 += i1;
return i0;`, `
p0 += p1;
return p0 + 1;`);

check('a loop, and leaving the function from it', `
L0: 
  i0 = p0;
  if (i0) {
    i0 = p0;
    i1 = p1;
    i0 = i0 == i1;
    if (i0) {
      i0 = 1u;
      goto Bfunc;
    }
    i0 = p0;
    i0 = i32_load((u64)(i0));
    p0 = i0;
    goto L0;
  }
i0 = 0u;
Bfunc:;
return i0;`, `
while (p0) {
  if (p0 == p1) {
    return 1;
  }
  p0 = i32_load(p0, 0);
}
return 0;`);

check('what is not understood stands as it was, behind the values that it needs', `
i0 = p0;
switch (i0) {
  case 0: goto B1;
  default: goto B2;
}
B1:;
B2:;
i0 = p1;
return i0;`, `
i0 = p0;
switch (i0) {
  case 0: goto B1;
  default: goto B2;
}
B1:;
B2:;
return p1;`);

check('a call whose result nobody wants is made before a return, too', `
u32 i0;
i0 = p0;
if (i0) {
  i0 = f1();
  goto Bfunc;
}
i0 = p1;
i0 = f2(i0);
Bfunc:;`, `
if (p0) {
  f1();
  return;
}
f2(p1);`, 'static void f(u32 p0, u32 p1)');

test.run();
