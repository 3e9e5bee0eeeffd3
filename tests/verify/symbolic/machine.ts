/**
 * Runs Wasm functions on symbolic values, along one path. Where the control flow, an address, a divisor or the number
 * of zeros of a word depends on the inputs, the path decides.
 */

import { Memory, WASM_PAGE_SIZE, type Veil } from './memory.ts';
import type { Concrete, Width } from './operators.ts';
import type { Path } from './path.ts';
import type { Expression, Instruction, Program, WasmFunction } from './program.ts';
import { apply, input, isTerm, type Term, type Value } from './term.ts';

/** What stops a Wasm program. */
export class Trap extends Error {}

/** A state that a run begins with. */
export interface Image {
  memory: Uint8Array;
  globals: Map<string, Concrete>;
  /**
   * The most wasm pages that the memory may have; at least as many as it has. The maximum of a run is any number up to
   * this one, by the input of that name.
   */
  maximumLimit: number;
}

/** The input that is the memory's maximum in wasm pages: memory.grow succeeds up to it and fails beyond. */
export const MEMORY_MAXIMUM = input('maximum');

/** Steps after which a run is stopped: a loop that does not end, or whose end depends on inputs without a bound. */
const STEPS_MAX = 20_000_000;

interface Frame { locals: Value[] }

/** Where the control flow goes when it leaves an expression early: a label, or out of the function. */
const RETURN = Symbol('return');

export class Machine {
  readonly memory: Memory;
  readonly #program: Program;
  readonly #path: Path;
  readonly #globals: Map<string, Value>;
  readonly #maximumLimit: number;
  readonly #frames: Frame[] = [];
  #leaving: string | typeof RETURN | undefined;
  #left: Value | undefined;
  #steps = 0;

  constructor(program: Program, image: Image, path: Path) {
    this.#program = program;
    this.#path = path;
    this.memory = new Memory(image.memory);
    this.#globals = new Map(image.globals);
    this.#maximumLimit = image.maximumLimit;
    path.live = () => this.#live();
  }

  /** To be called at the end of a run: numbers wherever the memory can hold one value only. */
  finish(): void {
    this.#path.settle(this.memory.terms);
    this.memory.resolve((term) => this.#path.resolve(term));
  }

  /** The terms that the program holds. */
  * #live(): Iterable<Term> {
    yield* this.memory.terms;
    for (const { locals } of this.#frames) for (const value of locals) if (isTerm(value)) yield* subterms(value);
  }

  /** Calls an export, or an inner function by its name. */
  call(name: string, ...operands: Value[]): Value {
    const target = this.#program.exports.get(name) ?? name;
    if (!this.#program.functions.has(target)) throw new Error(`the module has no function ${name}`);
    return this.#call(target, operands);
  }

  #call(name: string, operands: Value[]): Value {
    const { variables, body } = this.#program.functions.get(name) as WasmFunction;
    this.#frames.push({ locals: [...operands, ...variables.map((width) => (width === 64 ? 0n : 0))] });
    let result = this.#run(body);
    if (this.#leaving === RETURN) {
      this.#leaving = undefined;
      result = this.#left!;
    }
    this.#frames.pop();
    return result;
  }

  /** Runs an expression; without a result it gives 0. */
  #run(expression: Expression): Value {
    if (++this.#steps > STEPS_MAX) throw new Error(`a run of more than ${STEPS_MAX} steps`);
    switch (expression.kind) {
      case 'block': {
        let value: Value = 0;
        for (const child of expression.children) {
          value = this.#run(child);
          if (this.#leaving !== undefined) return this.#arrive(expression.label);
        }
        return value;
      }
      case 'loop':
        for (;;) {
          const value = this.#run(expression.body);
          if (this.#leaving === undefined) return value;
          if (this.#leaving !== expression.label) return 0;
          this.#leaving = undefined;
        }
      case 'if': {
        const condition = this.#run(expression.condition);
        if (this.#leaving !== undefined) return 0;
        if (this.#path.decide(condition)) return this.#run(expression.then);
        return expression.else ? this.#run(expression.else) : 0;
      }
      default: {
        const operands: Value[] = [];
        for (const operand of expression.operands) {
          operands.push(this.#path.resolve(this.#run(operand)));
          if (this.#leaving !== undefined) return 0;
        }
        return this.#execute(expression, operands);
      }
    }
  }

  /** At the end of the block `label`: what left for it arrives. */
  #arrive(label: string): Value {
    if (label === '' || this.#leaving !== label) return 0;
    this.#leaving = undefined;
    return this.#left!;
  }

  #execute(instruction: Instruction, operands: Value[]): Value {
    const { locals } = this.#frames.at(-1)!;
    const [a, b, c] = operands as [Value, Value, Value];
    switch (instruction.kind) {
      case 'const': return instruction.value;
      case 'operator': return this.#operate(instruction.name, operands);
      case 'get': return locals[instruction.local] = this.#path.resolve(locals[instruction.local]!);
      case 'set':
      case 'tee': return locals[instruction.local] = a;
      case 'global.get': return this.#globals.get(instruction.global)!;
      case 'global.set':
        this.#globals.set(instruction.global, a);
        return 0;
      case 'load': {
        const { bytes, signed, offset, width } = instruction;
        const contents = (base: number): Value | undefined => {
          const address = (base >>> 0) + offset;
          return address + bytes > this.memory.size ? undefined : this.memory.load(address, bytes, signed, width);
        };
        // Addresses with the same contents, or none, share a path.
        const value = contents(isTerm(a) ? this.#path.choose(a, contents)[0]! : a as number);
        if (value === undefined) throw new Trap('out of bounds');
        return value;
      }
      case 'store': {
        const { bytes, offset } = instruction;
        // Addresses where the store changes nothing share a path.
        const changed = (base: number): number | undefined => {
          const address = (base >>> 0) + offset;
          const isThere = address + bytes <= this.memory.size && this.memory.load(address, bytes, false, widthOf(b)) === b;
          return isThere ? undefined : address;
        };
        const address = changed(isTerm(a) ? this.#path.choose(a, changed)[0]! : a as number);
        if (address === undefined) return 0;
        if (address + bytes > this.memory.size) throw new Trap('out of bounds');
        this.memory.store(address, bytes, b);
        return 0;
      }
      case 'break': {
        const condition = instruction.conditional ? operands.at(-1)! : 1;
        const value = operands.length > Number(instruction.conditional) ? a : 0;
        if (!this.#path.decide(condition)) return value;
        this.#leaving = instruction.label;
        this.#left = value;
        return 0;
      }
      case 'return':
        this.#leaving = RETURN;
        this.#left = a ?? 0;
        return 0;
      case 'call': return this.#call(instruction.target, operands);
      case 'select': return this.#path.decide(c) ? a : b;
      case 'drop':
      case 'nop': return 0;
      case 'unreachable': throw new Trap('unreachable');
      case 'memory.size': return this.memory.size / WASM_PAGE_SIZE;
      case 'memory.grow': return this.#grow(a);
      case 'memory.fill': {
        const target = this.#number(a) >>> 0;
        this.#demandInside(target, c);
        const byte = this.#path.resolve(b);
        if (!isTerm(c) && !isTerm(byte)) this.memory.fill(target, byte as number, (c as number) >>> 0);
        else this.#veil(target, c, { byte });
        return 0;
      }
      case 'memory.copy': {
        const [target, source] = [this.#number(a) >>> 0, this.#number(b) >>> 0];
        this.#demandInside(Math.max(target, source), c);
        if (!isTerm(c)) this.memory.copy(target, source, (c as number) >>> 0);
        else this.#veil(target, c, { source, bytes: this.memory.bytes.slice(source, source + this.#path.bound(c)) });
        return 0;
      }
    }
  }

  #veil(start: number, length: Value, content: Veil['content']): void {
    this.memory.veils.push({ start, length, lengthMax: this.#path.bound(length), content });
  }

  /** The value as a number: a path for each that it can have. */
  #number(value: Value): number {
    return this.#path.choose(value)[0]!;
  }

  #operate(name: string, operands: Value[]): Value {
    if (name === 'i32.div_u' || name === 'i32.rem_u') {
      if (!this.#path.decide(operands[1]!)) throw new Trap('divide by zero');
      operands[1] = this.#number(operands[1]!);
    }
    const value = this.#path.resolve(apply(name, ...operands));
    return isTerm(value) && (name === 'i32.clz' || name === 'i32.ctz') ? this.#number(value) : value;
  }

  /** Traps where `length` bytes from `address` on are not all inside the memory. */
  #demandInside(address: number, length: Value): void {
    const isInside = address <= this.memory.size && this.#path.decide(apply('i32.le_u', length, this.memory.size - address));
    if (!isInside) throw new Trap('out of bounds');
  }

  #grow(delta: Value): Value {
    const before = this.memory.size / WASM_PAGE_SIZE;
    const room = apply('i32.sub', this.#path.resolve(MEMORY_MAXIMUM), before);
    if (!this.#path.decide(apply('i32.le_u', delta, room))) return -1;
    const wasmPages = this.#number(delta);
    if (before + wasmPages > this.#maximumLimit) throw new Error('the memory would grow beyond the limit of the run');
    this.memory.grow(wasmPages);
    return before;
  }
}

const widthOf = (value: Value): Width => (isTerm(value) ? value.width : typeof value === 'bigint' ? 64 : 32);

/** The term and all terms in it. */
function* subterms(term: Term): Iterable<Term> {
  yield term;
  if (term.kind === 'operation') for (const operand of term.operands) if (isTerm(operand)) yield* subterms(operand);
}
