/**
 * Symbolic values: operators over named inputs. Equal terms are one object, so that a fact about a term is found by
 * the term itself.
 */

import { OPERATORS, type Concrete, type Operator, type Width } from './operators.ts';

export interface Input {
  kind: 'input';
  name: string;
  width: Width;
}

export interface Operation {
  kind: 'operation';
  name: string;
  operator: Operator;
  operands: readonly Value[];
  width: Width;
}

export type Term = Input | Operation;

/** What a local, a global or an operand holds. */
export type Value = Concrete | Term;

export const isTerm = (value: Value): value is Term => typeof value === 'object';

const numbers = new Map<Term, number>();
const inputs = new Map<string, Input>();
const operations = new Map<string, Operation>();

const numbered = <T extends Term>(term: T): T => {
  numbers.set(term, numbers.size);
  return term;
};

/** The input called `name`. */
export const input = (name: string, width: Width = 32): Input => {
  const known = inputs.get(name);
  if (known) return known;
  const made = numbered<Input>({ kind: 'input', name, width });
  inputs.set(name, made);
  return made;
};

/** The operator called `name`, which must be one of OPERATORS. */
export const operatorNamed = (name: string): Operator => {
  const operator = OPERATORS.get(name);
  if (!operator) throw new Error(`the executor does not know the operator ${name}`);
  return operator;
};

/** The operator `name` on the operands: a number if all of them are. A division by 0 is the caller's to avoid. */
export const apply = (name: string, ...operands: Value[]): Value => {
  const operator = operatorNamed(name);
  if (!operands.some(isTerm)) return operator.concrete(...operands as Concrete[]);
  if (name === 'i32.and' && operands.includes(0)) return 0;
  if (name === 'i32.add' && operands[1] === 0) return operands[0]!;
  if (name === 'i32.add' && !isTerm(operands[0]!)) return apply(name, operands[1]!, operands[0]);
  const key = `${name} ${operands.map((operand) => (isTerm(operand) ? `t${numbers.get(operand)}` : String(operand))).join(' ')}`;
  const known = operations.get(key);
  if (known) return known;
  const made = numbered<Operation>({ kind: 'operation', name, operator, operands, width: operator.result });
  operations.set(key, made);
  return made;
};

/** The opposite of a condition: 1 where it is 0. */
export const not = (condition: Value): Value => apply('i32.eqz', condition);

/** 1 where all conditions, each 0 or 1, are 1. */
export const all = (...conditions: Value[]): Value =>
  conditions.reduce((a, b) => (a === 1 ? b : b === 1 ? a : apply('i32.and', a, b)), 1);

/** 1 where one of the conditions, each 0 or 1, is 1. */
export const some = (...conditions: Value[]): Value =>
  conditions.reduce((a, b) => (a === 0 ? b : b === 0 ? a : apply('i32.or', a, b)), 0);

/** Values at equal distances, a power of two. */
interface Progression { from: number; to: number; distance: number }

const progressionsOf = (values: number[]): Progression[] => {
  const progressions: Progression[] = [];
  for (const value of values.map((signed) => signed >>> 0).sort((a, b) => a - b)) {
    const last = progressions.at(-1);
    const distance = last ? value - last.to : 0;
    const isSecond = last?.from === last?.to && Number.isInteger(Math.log2(distance));
    if (last && (isSecond || distance === last.distance)) Object.assign(last, { to: value, distance });
    else progressions.push({ from: value, to: value, distance: 0 });
  }
  return progressions;
};

/** 1 where `term` is one of `values`. */
export const isOneOf = (term: Value, values: number[]): Value => some(...progressionsOf(values).map(({ from, to, distance }) => {
  if (from === to) return apply('i32.eq', term, from | 0);
  const offset = apply('i32.sub', term, from | 0);
  return all(
    apply('i32.le_u', offset, (to - from) | 0),
    apply('i32.eqz', apply('i32.and', offset, (distance - 1) | 0)),
  );
}));

/** Numbers for inputs, by name, and what terms amount to with them. */
export class Assignment {
  readonly values: ReadonlyMap<string, Concrete>;
  readonly #known = new Map<Term, Concrete>();

  constructor(values: ReadonlyMap<string, Concrete>) {
    this.values = values;
  }

  /** The number of `value`; inputs without one are 0. */
  of(value: Value): Concrete {
    if (!isTerm(value)) return value;
    if (value.kind === 'input') return this.values.get(value.name) ?? (value.width === 64 ? 0n : 0);
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const found = value.operator.concrete(...value.operands.map((operand) => this.of(operand)));
    this.#known.set(value, found);
    return found;
  }

  toString(): string {
    return [...this.values].map(([name, value]) => `${name} = ${typeof value === 'number' ? value >>> 0 : BigInt.asUintN(64, value)}`).join(', ');
  }
}
