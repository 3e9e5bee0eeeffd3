/** Every operator of the executor, as number and as formula, gives what the engine gives. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '../../fuzz/operations.ts';
import { testSeed } from '../../harness/seed.ts';
import { OPCODES, singleFunction, type WasmType } from './encode.ts';
import { OPERATORS, type Concrete, type Width } from './operators.ts';
import { Solver } from './solver.ts';
import { apply, input, not, type Value } from './term.ts';

const EDGES: Record<Width, Concrete[]> = {
  32: [0, 1, 2, 5, 15, 16, 31, 32, 33, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, -0x80000000, -2, -1],
  64: [0n, 1n, 2n, 31n, 32n, 63n, 64n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, 2n ** 63n - 1n, -(2n ** 63n), -2n, -1n],
};
const RANDOM_COUNT = 40;
/** The solver is asked for some of the pairs only: it takes a millisecond each. */
const ASKED_COUNT = 10;

const random = new Random(testSeed());
const randomValue = (width: Width): Concrete => (width === 32 ? random.below(2 ** 32) | 0
  : BigInt.asIntN(64, (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32))));
const pick = <T>(items: T[]): T => items[random.below(items.length)]!;

const typeOf = (width: Width): WasmType => `i${width}`;

const operandsFor = (widths: Width[]): Concrete[][] => {
  const edges = widths.reduce<Concrete[][]>((lists, width) => lists.flatMap((list) => EDGES[width].map((value) => [...list, value])), [[]]);
  return [...edges, ...Array.from({ length: RANDOM_COUNT }, () => widths.map(randomValue))];
};

const test = suite('operators');

test('there are opcodes for all operators, and no others', () => {
  assert.equal([...OPERATORS.keys()].sort(), Object.keys(OPCODES).sort());
});

for (const [name, operator] of OPERATORS) {
  test(name, () => {
    const { operands: widths, result } = operator;
    const code = [...widths.flatMap((_, index) => [0x20, index]), OPCODES[name]!];
    const engine = singleFunction(widths.map(typeOf), typeOf(result), code);
    const divides = name.includes('div') || name.includes('rem');
    const cases = operandsFor(widths).filter((operands) => !(divides && operands[1] === 0));
    for (const operands of cases) assert.is(operator.concrete(...operands), engine(...operands), `${name}(${operands.join(', ')})`);

    const solver = new Solver();
    const inputs = widths.map((width, index) => input(`${name}${index}`, width));
    const eq = (value: Value, width: Width, expected: Concrete): Value => apply(`i${width}.eq`, value, expected);
    for (let asked = 0; asked < ASKED_COUNT; asked++) {
      const operands = pick(cases);
      const expected = engine(...operands);
      const given = inputs.map((symbol, index) => eq(symbol, widths[index]!, operands[index]!));
      const equal = eq(apply(name, ...inputs), result, expected);
      assert.ok(solver.solve([...given, equal]), `${name}(${operands.join(', ')}) cannot be ${expected}`);
      assert.is(solver.solve([...given, not(equal)]), undefined, `${name}(${operands.join(', ')}) can be other than ${expected}`);
    }
  });
}

test('a wrong operator is told', () => {
  const engine = singleFunction(['i32', 'i32'], 'i32', [0x20, 0, 0x20, 1, OPCODES['i32.lt_u']!]);
  assert.is.not(OPERATORS.get('i32.lt_s')!.concrete(-1, 1), engine(-1, 1));
});

test.run();
