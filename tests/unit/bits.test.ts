/** Arithmetic on unsigned numbers, against BigInt: at all edges, and for random numbers. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '../fuzz/operations.ts';
import { testSeed } from '../harness/seed.ts';
import { instantiate } from './core.ts';

const RANDOM_VALUES = 300;

const core = instantiate();
const random = new Random(testSeed());

/** Unsigned numbers: every power of two, one less, one more, and random ones of every length. */
const values = [...new Set([
  0, 0xffffffff,
  ...Array.from({ length: 32 }, (_, shift) => 2 ** shift).flatMap((power) => [power - 1, power, power + 1]),
  ...Array.from({ length: RANDOM_VALUES }, () => random.below(0xffffffff) >>> random.below(32)),
])];

const powers = Array.from({ length: 32 }, (_, shift) => 2 ** shift);

test('minimum and maximum compare without a sign', () => {
  for (const a of values) {
    for (const b of values) {
      assert.is(core.minimum(a | 0, b | 0) >>> 0, Math.min(a, b), `minimum(${a}, ${b})`);
      assert.is(core.maximum(a | 0, b | 0) >>> 0, Math.max(a, b), `maximum(${a}, ${b})`);
    }
  }
});

test('isPowerOfTwo knows the 32 powers, and nothing else', () => {
  for (const value of values) assert.is(core.isPowerOfTwo(value | 0), powers.includes(value), `isPowerOfTwo(${value})`);
});

test('alignDown and alignUp reach the next multiple, alignUp modulo 2^32', () => {
  for (const value of values) {
    for (const alignment of powers) {
      const below = BigInt(value) / BigInt(alignment) * BigInt(alignment);
      const above = (BigInt(value) + BigInt(alignment) - 1n) / BigInt(alignment) * BigInt(alignment);
      assert.is(core.alignDown(value | 0, alignment | 0) >>> 0, Number(below), `alignDown(${value}, ${alignment})`);
      assert.is(core.alignUp(value | 0, alignment | 0) >>> 0, Number(above % 2n ** 32n), `alignUp(${value}, ${alignment})`);
    }
  }
});

test('log2Floor and log2Ceil enclose the value', () => {
  for (const value of values) {
    if (value === 0) continue;
    const digits = value.toString(2).length;
    assert.is(core.log2Floor(value | 0), digits - 1, `log2Floor(${value})`);
    assert.is(core.log2Ceil(value | 0), powers.includes(value) ? digits - 1 : digits, `log2Ceil(${value})`);
  }
});

test('log2Quotient is the difference of two logarithms', () => {
  for (const a of values) {
    for (const b of values) {
      if (a === 0 || b === 0) continue;
      assert.is(core.log2Quotient(a | 0, b | 0), a.toString(2).length - b.toString(2).length, `log2Quotient(${a}, ${b})`);
    }
  }
});

test.run();
