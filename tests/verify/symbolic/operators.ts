/**
 * The operators of the integer Wasm that the build emits, each twice: on numbers, and as a formula of the solver.
 * operators.test.ts compares both with the engine.
 *
 * An i32 is a signed 32-bit number, an i64 a signed 64-bit bigint. Comparisons give a Bool to the solver, which stands
 * for 1 and 0.
 */

import type { BitVec, Bool, Context } from 'z3-solver';

export type Z3 = Context<'symbolic'>;
export type Formula = BitVec<number, 'symbolic'>;
export type Truth = Bool<'symbolic'>;

/** The number of a Wasm value: an i32 as number, an i64 as bigint. */
export type Concrete = number | bigint;

export type Width = 32 | 64;

export interface Operator {
  operands: Width[];
  result: Width;
  /** On numbers. A division by 0 is the caller's to avoid. */
  concrete(...operands: Concrete[]): Concrete;
  formula(z3: Z3, ...operands: Formula[]): Formula | Truth;
}

/** Zero bits above the highest set one of the width's, counted by a chain of choices. */
const leadingZeros = (z3: Z3, a: Formula): Formula => {
  let count = z3.BitVec.val(32, 32) as Formula;
  for (let bit = 0; bit < 32; bit++) {
    const set = a.extract(bit, bit).eq(z3.BitVec.val(1, 1));
    count = z3.If(set, z3.BitVec.val(31 - bit, 32), count) as Formula;
  }
  return count;
};

const trailingZeros = (z3: Z3, a: Formula): Formula => {
  let count = z3.BitVec.val(32, 32) as Formula;
  for (let bit = 31; bit >= 0; bit--) {
    const set = a.extract(bit, bit).eq(z3.BitVec.val(1, 1));
    count = z3.If(set, z3.BitVec.val(bit, 32), count) as Formula;
  }
  return count;
};

const population = (z3: Z3, a: Formula): Formula => {
  let count = z3.BitVec.val(0, 32) as Formula;
  for (let bit = 0; bit < 32; bit++) count = count.add(a.extract(bit, bit).zeroExt(31));
  return count;
};

const populationOf = (value: number): number => {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
};

type Unary32 = [concrete: (a: number) => number, formula: (z3: Z3, a: Formula) => Formula | Truth];

const UNARY_32: Record<string, Unary32> = {
  eqz: [(a) => Number(a === 0), (z3, a) => a.eq(z3.BitVec.val(0, 32))],
  clz: [(a) => Math.clz32(a), leadingZeros],
  ctz: [(a) => (a === 0 ? 32 : 31 - Math.clz32(a & -a)), trailingZeros],
  popcnt: [populationOf, population],
  extend8_s: [(a) => (a << 24) >> 24, (_, a) => a.extract(7, 0).signExt(24)],
  extend16_s: [(a) => (a << 16) >> 16, (_, a) => a.extract(15, 0).signExt(16)],
};

type Binary32 = [concrete: (a: number, b: number) => number, formula: (z3: Z3, a: Formula, b: Formula) => Formula | Truth];

/** The amount of a shift, as Wasm takes it: modulo the width. */
const amount = (z3: Z3, b: Formula): Formula => b.and(z3.BitVec.val(b.size() - 1, b.size())) as Formula;

const FORMULAS = {
  add: (_: Z3, a: Formula, b: Formula) => a.add(b),
  sub: (_: Z3, a: Formula, b: Formula) => a.sub(b),
  mul: (_: Z3, a: Formula, b: Formula) => a.mul(b),
  and: (_: Z3, a: Formula, b: Formula) => a.and(b),
  or: (_: Z3, a: Formula, b: Formula) => a.or(b),
  xor: (_: Z3, a: Formula, b: Formula) => a.xor(b),
  shl: (z3: Z3, a: Formula, b: Formula) => a.shl(amount(z3, b)),
  shr_s: (z3: Z3, a: Formula, b: Formula) => a.shr(amount(z3, b)),
  shr_u: (z3: Z3, a: Formula, b: Formula) => a.lshr(amount(z3, b)),
  eq: (_: Z3, a: Formula, b: Formula) => a.eq(b),
  ne: (_: Z3, a: Formula, b: Formula) => a.neq(b),
  lt_s: (_: Z3, a: Formula, b: Formula) => a.slt(b),
  lt_u: (_: Z3, a: Formula, b: Formula) => a.ult(b),
  le_s: (_: Z3, a: Formula, b: Formula) => a.sle(b),
  le_u: (_: Z3, a: Formula, b: Formula) => a.ule(b),
  gt_s: (_: Z3, a: Formula, b: Formula) => a.sgt(b),
  gt_u: (_: Z3, a: Formula, b: Formula) => a.ugt(b),
  ge_s: (_: Z3, a: Formula, b: Formula) => a.sge(b),
  ge_u: (_: Z3, a: Formula, b: Formula) => a.uge(b),
};

const BINARY_32: Record<string, Binary32> = {
  add: [(a, b) => a + b, FORMULAS.add],
  sub: [(a, b) => a - b, FORMULAS.sub],
  mul: [(a, b) => Math.imul(a, b), FORMULAS.mul],
  div_u: [(a, b) => Math.floor((a >>> 0) / (b >>> 0)), (_, a, b) => a.udiv(b)],
  rem_u: [(a, b) => (a >>> 0) % (b >>> 0), (_, a, b) => a.urem(b)],
  and: [(a, b) => a & b, FORMULAS.and],
  or: [(a, b) => a | b, FORMULAS.or],
  xor: [(a, b) => a ^ b, FORMULAS.xor],
  shl: [(a, b) => a << b, FORMULAS.shl],
  shr_s: [(a, b) => a >> b, FORMULAS.shr_s],
  shr_u: [(a, b) => a >>> b, FORMULAS.shr_u],
  rotl: [
    (a, b) => (a << b) | (a >>> (32 - (b & 31)) % 32 & ((b & 31) === 0 ? 0 : -1)),
    (z3, a, b) => a.shl(amount(z3, b)).or(a.lshr(amount(z3, b.neg()))),
  ],
  rotr: [
    (a, b) => (a >>> b) | (a << (32 - (b & 31)) % 32 & ((b & 31) === 0 ? 0 : -1)),
    (z3, a, b) => a.lshr(amount(z3, b)).or(a.shl(amount(z3, b.neg()))),
  ],
  eq: [(a, b) => Number(a === b), FORMULAS.eq],
  ne: [(a, b) => Number(a !== b), FORMULAS.ne],
  lt_s: [(a, b) => Number(a < b), FORMULAS.lt_s],
  lt_u: [(a, b) => Number(a >>> 0 < b >>> 0), FORMULAS.lt_u],
  le_s: [(a, b) => Number(a <= b), FORMULAS.le_s],
  le_u: [(a, b) => Number(a >>> 0 <= b >>> 0), FORMULAS.le_u],
  gt_s: [(a, b) => Number(a > b), FORMULAS.gt_s],
  gt_u: [(a, b) => Number(a >>> 0 > b >>> 0), FORMULAS.gt_u],
  ge_s: [(a, b) => Number(a >= b), FORMULAS.ge_s],
  ge_u: [(a, b) => Number(a >>> 0 >= b >>> 0), FORMULAS.ge_u],
};

const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Of 64 bits: results of the width, and truths. */
const BINARY_64: Record<string, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << (b & 63n),
  shr_s: (a, b) => a >> (b & 63n),
  shr_u: (a, b) => unsigned(a) >> (b & 63n),
};

const COMPARISONS_64: Record<string, (a: bigint, b: bigint) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt_s: (a, b) => a < b,
  lt_u: (a, b) => unsigned(a) < unsigned(b),
  le_s: (a, b) => a <= b,
  le_u: (a, b) => unsigned(a) <= unsigned(b),
  gt_s: (a, b) => a > b,
  gt_u: (a, b) => unsigned(a) > unsigned(b),
  ge_s: (a, b) => a >= b,
  ge_u: (a, b) => unsigned(a) >= unsigned(b),
};

const formulaOf = (name: string): Operator['formula'] => FORMULAS[name as keyof typeof FORMULAS] as Operator['formula'];

/** Every operator by its name in Wasm's text format. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...Object.entries(UNARY_32).map(([name, [concrete, formula]]): [string, Operator] => [`i32.${name}`, {
    operands: [32], result: 32, concrete: (a) => concrete(a as number) | 0, formula: formula as Operator['formula'],
  }]),
  ...Object.entries(BINARY_32).map(([name, [concrete, formula]]): [string, Operator] => [`i32.${name}`, {
    operands: [32, 32],
    result: 32,
    concrete: (a, b) => concrete(a as number, b as number) | 0,
    formula: formula as Operator['formula'],
  }]),
  ...Object.entries(BINARY_64).map(([name, concrete]): [string, Operator] => [`i64.${name}`, {
    operands: [64, 64],
    result: 64,
    concrete: (a, b) => BigInt.asIntN(64, concrete(a as bigint, b as bigint)),
    formula: formulaOf(name),
  }]),
  ...Object.entries(COMPARISONS_64).map(([name, concrete]): [string, Operator] => [`i64.${name}`, {
    operands: [64, 64], result: 32, concrete: (a, b) => Number(concrete(a as bigint, b as bigint)), formula: formulaOf(name),
  }]),
  ['i64.eqz', {
    operands: [64], result: 32, concrete: (a) => Number(a === 0n), formula: (z3, a) => a!.eq(z3.BitVec.val(0, 64)),
  }],
  ['i64.extend_i32_u', {
    operands: [32], result: 64, concrete: (a) => BigInt((a as number) >>> 0), formula: (_, a) => a!.zeroExt(32),
  }],
  ['i64.extend_i32_s', {
    operands: [32], result: 64, concrete: (a) => BigInt(a), formula: (_, a) => a!.signExt(32),
  }],
  ['i32.wrap_i64', {
    operands: [64], result: 32, concrete: (a) => Number(BigInt.asIntN(32, a as bigint)), formula: (_, a) => a!.extract(31, 0),
  }],
]);
