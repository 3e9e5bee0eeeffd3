/** Random functions in the executor: for all inputs it comes to the engine's results, traps and memory. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '../../fuzz/operations.ts';
import { signedLeb } from '../../../scripts/lib/wasm-binary.ts';
import { testSeed } from '../../harness/seed.ts';
import { encodeModule, OPCODES, type EncodedFunction } from './encode.ts';
import { Machine, Trap } from './machine.ts';
import { explore } from './paths.ts';
import { readProgram } from './read-program.ts';
import { Solver } from './solver.ts';
import { apply, Assignment, input, type Value } from './term.ts';

const FUNCTIONS = 20;
const INPUTS_TRIED = 30;

const seed = testSeed();
const random = new Random(seed);
const pick = <T>(items: T[]): T => items[random.below(items.length)]!;

/** Locals of a random function: two parameters, two variables, a counter for its loops. */
const LOCALS = 4;
const COUNTER = 4;
/** Bytes of memory that random functions use. */
const MEMORY_USED = 32;

// Products of unknowns are left out for the solver's sake; operators.test.ts has them.
const UNARY = ['i32.eqz', 'i32.clz', 'i32.ctz', 'i32.extend8_s', 'i32.extend16_s'];
const BINARY = Object.keys(OPCODES).filter((name) => name.startsWith('i32.') && !/mul|div|rem|wrap|popcnt/.test(name) && !UNARY.includes(name));

const I32 = 0x7f;
const VOID = 0x40;
const constant = (value: number): number[] => [0x41, ...signedLeb(value)];
const get = (local: number): number[] => [0x20, local];

/** An address within the bytes that are used, or sometimes behind the memory. */
const address = (depth: number): number[] =>
  [...expression(depth), ...constant(MEMORY_USED - 4 + (random.below(20) === 0 ? 65536 : 0)), OPCODES['i32.and']!];

const expression = (depth: number): number[] => {
  if (depth === 0) return random.below(3) === 0 ? constant(pick([0, 1, 2, 7, 31, 32, 100, -1, random.below(2 ** 32) | 0])) : get(random.below(LOCALS));
  const operand = (): number[] => expression(random.below(depth));
  switch (random.below(9)) {
    case 0: return [...operand(), OPCODES[pick(UNARY)]!];
    case 1: return [...address(random.below(depth)), ...pick([[0x28, 0, 0], [0x2d, 0, 1], [0x2f, 0, 2]])]; // load, load8_u, load16_u
    case 2: return [...operand(), ...operand(), ...operand(), 0x1b]; // select
    case 3: return [...operand(), 0x04, I32, ...operand(), 0x05, ...operand(), 0x0b]; // if with a result
    case 4: return [0x02, I32, ...operand(), ...operand(), 0x0d, 0, 0x1a, ...operand(), 0x0b]; // block, br_if out of it
    case 5: return [...operand(), 0xad, ...operand(), 0xad, OPCODES[pick(['i64.add', 'i64.xor', 'i64.shr_u'])]!, 0xa7]; // by way of i64
    default: return [...operand(), ...operand(), OPCODES[pick(BINARY)]!];
  }
};

const statement = (depth: number): number[] => {
  switch (random.below(depth === 0 ? 2 : 5)) {
    case 0: return [...expression(2), 0x21, random.below(LOCALS)];
    case 1: return [...address(1), ...expression(2), ...pick([[0x36, 0, 0], [0x3a, 0, 1], [0x3b, 0, 2]])]; // store, store8, store16
    case 2: return [...expression(2), 0x04, VOID, ...statement(depth - 1), 0x05, ...statement(depth - 1), 0x0b];
    case 3: return [0x02, VOID, ...expression(2), 0x0d, 0, ...statement(depth - 1), 0x0b];
    default: // a loop of three rounds, or fewer
      return [
        ...constant(0), 0x21, COUNTER, 0x03, VOID, ...statement(0),
        ...get(COUNTER), ...constant(1), OPCODES['i32.add']!, 0x22, COUNTER, ...constant(1 + random.below(3)), OPCODES['i32.lt_u']!, 0x0d, 0, 0x0b,
      ];
  }
};

const randomFunction = (): EncodedFunction => ({
  parameters: ['i32', 'i32'],
  result: 'i32',
  variables: 3,
  code: [...statement(2), ...statement(1), ...expression(2)],
});

const [first, second] = [input('a'), input('b')];
const randomInputs = (): [number, number] => [pick([random.below(2 ** 32) | 0, random.below(64), -random.below(4)]), pick([random.below(2 ** 32) | 0, random.below(64)])];

/** The inputs of a run: the second is below 64, which keeps the paths few. */
const condition = apply('i32.lt_u', second, 64);

const test = suite('machine');

const functions = Object.fromEntries(Array.from({ length: FUNCTIONS }, (_, index) => [`f${index}`, randomFunction()]));
const wasm = encodeModule(functions);
const program = await readProgram(wasm);
const image = { memory: new Uint8Array(65536), globals: new Map(), maximumLimit: 1 };
for (let byte = 0; byte < MEMORY_USED; byte++) image.memory[byte] = random.below(256);

/** What the engine makes of numbers; the result is undefined after a trap. */
const onEngine = (name: string, operands: [number, number]): { result: number | undefined; bytes: Uint8Array } => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource));
  const bytes = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  bytes.set(image.memory);
  let result: number | undefined;
  try {
    result = (exports[name] as (a: number, b: number) => number)(...operands);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  }
  return { result, bytes };
};

for (const name of Object.keys(functions)) {
  test(`random function ${name}, seed ${seed}`, () => {
    const ends = explore(new Solver(), condition, (path) => {
      const machine = new Machine(program, image, path);
      let result: Value | undefined;
      try {
        result = machine.call(name, first, second);
      } catch (error) {
        if (!(error instanceof Trap)) throw error;
      }
      return { condition: path.condition, witness: path.witness, result, memory: machine.memory };
    });
    const check = (inputs: Assignment): void => {
      const leading = ends.filter((end) => inputs.of(end.condition) !== 0);
      assert.is(leading.length, 1, `${leading.length} paths for ${inputs.toString()}`);
      const { result, memory } = leading[0]!;
      const expected = onEngine(name, [inputs.of(first) as number, inputs.of(second) as number]);
      assert.is(result === undefined ? undefined : inputs.of(result), expected.result, inputs.toString());
      assert.is(Buffer.compare(memory.bytesWith(inputs), expected.bytes), 0, `memory for ${inputs.toString()}`);
    };
    for (const { witness } of ends) check(witness);
    for (let tried = 0; tried < INPUTS_TRIED; tried++) {
      const [a, b] = randomInputs();
      check(new Assignment(new Map([['a', a], ['b', b & 63]])));
    }
  });
}

test('what the executor does not know is an error', async () => {
  const refused = async (code: number[]): Promise<string> =>
    readProgram(encodeModule({ f: { parameters: ['i32', 'i32'], result: 'i32', code } })).then(() => 'read', ({ message }: Error) => message);
  assert.match(await refused([0x20, 0, 0x20, 1, 0x6d]), /does not know binaryen's operator/); // i32.div_s
  assert.match(await refused([0x43, 0, 0, 0, 0, 0xa8]), /does not know/); // f32.const, i32.trunc_f32_s
});

test.run();
