/**
 * What is claimed of the exports for all inputs, each checked on every path from a state: by the solver over all inputs
 * of the path, and by the engine with some of them.
 */

import { STATE_PANIC_ADDRESS_OFFSET, STATE_PANIC_CODE_OFFSET } from '../../../kernel-heap/layout.ts';
import type { Concrete } from './operators.ts';
import { Engine } from './engine.ts';
import { roomOf, type Block, type HeapState, type Room } from './heap-states.ts';
import { Machine, MEMORY_MAXIMUM, Trap } from './machine.ts';
import { WASM_PAGE_SIZE } from './memory.ts';
import { Violation, type Path } from './path.ts';
import { explore } from './paths.ts';
import type { Program } from './program.ts';
import { CLASS_MAX, CLASSES, FRAME, pageFramesOf, wasteIsBounded } from './size-classes.ts';
import type { Solver } from './solver.ts';
import { all, apply, input, isOneOf, not, some, type Assignment, type Term, type Value } from './term.ts';

export interface Covered {
  paths: number;
  /** Paths that end with one memory for all their inputs. */
  repeated: number;
}

const hex = (address: number): string => `0x${(address >>> 0).toString(16)}`;

/** The maximum of the memory is anything from what it has to the state's limit. */
const maximumIsPossible = ({ image }: HeapState): Value => all(
  apply('i32.le_u', image.memory.length / WASM_PAGE_SIZE, MEMORY_MAXIMUM),
  apply('i32.le_u', MEMORY_MAXIMUM, image.maximumLimit),
);

/** The end of an export's run on one path. */
interface End {
  path: Path;
  machine: Machine;
  /** Undefined where the program trapped. */
  result: number | undefined;
}

/** Stops with what is wrong on `path` whatever its inputs are. */
const violated = (path: Path, message: string): never => {
  throw new Violation(message, path.witness);
};

/** A call that is claimed something of. */
interface Call {
  program: Program;
  solver: Solver;
  state: HeapState;
  /** The export, and its symbolic operands. */
  name: string;
  operands: Value[];
  /** What is assumed of the inputs. */
  condition?: Value;
  /** Terms that go by another name. */
  names?: ReadonlyMap<Term, Value>;
  /** Splits the inputs before the program does, where that makes it easier for the solver. */
  split?(path: Path): void;
  /** Operands for the engine that fit inputs of a path. */
  numbersOf?(witness: Assignment): Concrete[];
}

/**
 * Runs the call on every path that its inputs take, judges each end by `judge`, and repeats it on the engine with inputs
 * of the path: it must come to the same result and memory, and leave a valid heap.
 */
const onEveryPath = (call: Call, judge: (end: End) => void): Covered => {
  const { program, solver, state, name, operands, condition = 1, names, split } = call;
  const paths = explore(solver, all(maximumIsPossible(state), condition), (path) => {
    split?.(path);
    const machine = new Machine(program, state.image, path);
    let result: number | undefined;
    try {
      result = path.choose(machine.call(name, ...operands))[0]!;
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
    }
    machine.finish();
    const end = { path, machine, result };
    const engine = repeat(call, end);
    const { isConcrete } = machine.memory;
    judge(end);
    const code = result === undefined ? 0 : engine.call('heap_check');
    if (code !== 0) violated(path, `heap_check() = ${code} after ${name}`);
    return isConcrete;
  }, names);
  return { paths: paths.length, repeated: paths.filter((isConcrete) => isConcrete).length };
};

/** Repeats the call on the engine, which must come to the same end. */
const repeat = ({ program, state, name, operands, numbersOf }: Call, { path, machine, result }: End): Engine => {
  const { witness } = path;
  const numbers = numbersOf?.(witness) ?? operands.map((operand) => witness.of(operand));
  const call = `${name}(${numbers.map((number) => hex(number as number)).join(', ')})`;
  const engine = new Engine(program, state.image, witness.of(MEMORY_MAXIMUM) as number);
  let found: number | undefined;
  try {
    found = engine.call(name, ...numbers);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  }
  if (found !== result) throw new Error(`${call} gives ${found} on the engine, ${result} in the executor`);
  if (Buffer.compare(machine.memory.bytesWith(witness), engine.bytes) !== 0) {
    throw new Error(`${call} leaves another memory on the engine than in the executor`);
  }
  return engine;
};

/** Demands that a new block of `size` bytes is one: inside, aligned to 16, of nobody else, and no larger than promised. */
const demandBlock = (state: HeapState, { path, machine, result }: End, size: Value, isPromised: (usable: number) => Value): void => {
  const address = result! >>> 0;
  const usable = path.choose(machine.call('malloc_usable_size', address | 0))[0]! >>> 0;
  const block = `the block ${hex(address)} of ${usable} bytes`;
  if (address % 16 !== 0) violated(path, `${block} is not aligned to 16`);
  if (address < state.start || address + usable > Math.min(state.end, machine.memory.size)) violated(path, `${block} is not inside the heap`);
  const other = state.live.find((live) => address < live.address + live.usable && live.address < address + usable);
  if (other) violated(path, `${block} overlaps the live block ${hex(other.address)} of ${other.usable} bytes`);
  path.demand(apply('i32.ge_u', usable | 0, size), `${block} is smaller than what was asked for`);
  path.demand(isPromised(usable), `${block} is larger than promised`);
};

/** Demands that the first `length` bytes of a block hold what they have held. */
const demandContents = (state: HeapState, { path, machine: { memory } }: End, { address }: Block, length: number): void => {
  const range = (bytes: Uint8Array): Uint8Array => bytes.subarray(address, address + length);
  if (memory.hasTermIn(address, length) || Buffer.compare(range(memory.bytes), range(state.image.memory)) !== 0) {
    violated(path, `something writes into the live block ${hex(address)}`);
  }
};

/** Demands that nothing is written into live blocks, `except` one. */
const demandOthersUntouched = (state: HeapState, end: End, except?: Block): void => {
  for (const block of state.live) if (block !== except) demandContents(state, end, block, block.usable);
};

/** 1 where `size` is in [from, to]. */
const isWithin = (size: Value, from: number, to: number): Value =>
  all(apply('i32.ge_u', size, from), apply('i32.le_u', size, to));

/** The frames for `size` bytes, at least one. */
const framesFor = (size: Value): Value => apply('i32.add', apply('i32.shr_u', apply('i32.sub', size, not(apply('i32.eqz', size))), 12), 1);

/** The length in frames of the longest run for spans of which the first frame is a multiple of `alignment` frames. */
const longestRun = ({ runs, descriptor }: Room, alignment = 1): number => {
  const lengths = runs.map(({ first, end }) => end - Math.ceil(first / alignment) * alignment);
  // A span needs a descriptor, and the last descriptor's successor a frame of its own.
  return Math.max(0, ...lengths) - (descriptor || runs.length > 1 ? 0 : 1);
};

/**
 * 1 where there is room for no block of `size` bytes: no block of its class is left, and no run of frames, those that
 * the memory can grow by included, is long enough for a page of it, or for a large block.
 */
const mustFail = ({ image, growthFrames }: HeapState, room: Room, size: Value): Value => {
  const wasmPages = image.memory.length / WASM_PAGE_SIZE;
  const last = room.runs.at(-1);
  const tail = last && last.end === image.memory.length / FRAME ? last.end - last.first : 0;
  const growing = image.maximumLimit === wasmPages ? 0
    : apply('i32.add', apply('i32.shl', apply('i32.sub', MEMORY_MAXIMUM, wasmPages), 4), tail - growthFrames);
  const hasNoRun = (frames: Value): Value => all(apply('i32.lt_u', longestRun(room), frames), apply('i32.lt_s', growing, frames));
  const small = CLASSES.filter((each) => !room.classes.has(each)).map((each) => {
    const before = CLASSES[CLASSES.indexOf(each) - 1] ?? -1;
    return all(isWithin(size, before + 1, each), hasNoRun(pageFramesOf(each)));
  });
  return some(...small, all(apply('i32.gt_u', size, CLASS_MAX), hasNoRun(framesFor(size))));
};

/** malloc(size) for every size. */
const mallocOfEverySize = (program: Program, solver: Solver, state: HeapState): Covered => {
  const size = input('size');
  const room = roomOf(state.image);
  return onEveryPath({ program, solver, state, name: 'malloc', operands: [size] }, (end) => {
    const { path, result } = end;
    if (result === undefined) violated(path, 'malloc traps');
    if (result === 0) path.demand(mustFail(state, room, size), 'malloc fails where there is room');
    else demandBlock(state, end, size, (usable) => wasteIsBounded(usable, size));
    demandOthersUntouched(state, end);
  });
};

/** The inner function sizeClassBin(size) for every size that has a class: the smallest class that holds it. */
const binOfEverySize = (program: Program, solver: Solver, state: HeapState): Covered => {
  const size = input('size');
  const condition = isWithin(size, 0, CLASS_MAX);
  return onEveryPath({ program, solver, state, name: 'sizeClassBin', operands: [size], condition }, ({ path, result }) => {
    if (result === undefined || CLASSES[result] === undefined) violated(path, `sizeClassBin gives ${result}`);
    path.demand(apply('i32.le_u', size, CLASSES[result!]!), 'sizeClassBin gives a class that is too small');
    path.demand(result === 0 ? 1 : apply('i32.gt_u', size, CLASSES[result! - 1]!), 'sizeClassBin gives a class that is too large');
  });
};

/**
 * calloc(count, size) for every count and size.
 *
 * No solver can divide a product into its factors, and nothing here depends on them: the product is any number of 64
 * bits. Those below 2^32 are all products, with 1; the others are told apart by their high word alone.
 */
const callocOfEveryProduct = (program: Program, solver: Solver, state: HeapState): Covered => {
  const [count, size, product] = [input('count'), input('size'), input('product', 64)];
  const bytes = apply('i32.wrap_i64', product);
  const names = new Map([
    [apply('i64.mul', apply('i64.extend_i32_u', count), apply('i64.extend_i32_u', size)) as Term, product],
    [apply('i32.mul', count, size) as Term, bytes],
  ]);
  const overflows = apply('i64.gt_u', product, 0xffffffffn);
  const numbersOf = (witness: Assignment): Concrete[] => (witness.of(overflows) === 0 ? [1, witness.of(bytes)] : [-1, -1]);
  const room = roomOf(state.image);
  return onEveryPath({ program, solver, state, name: 'calloc', operands: [count, size], names, numbersOf }, (end) => {
    const { path, result } = end;
    if (result === undefined) violated(path, 'calloc traps');
    demandOthersUntouched(state, end);
    if (result === 0) {
      path.demand(some(overflows, mustFail(state, room, bytes)), 'calloc fails where there is room');
      return;
    }
    path.demand(not(overflows), 'calloc gives a block for a product of 2^32 or more');
    demandBlock(state, end, bytes, (usable) => wasteIsBounded(usable, bytes));
    demandZeros(end, bytes);
  });
};

/** Demands that the new block begins with `length` zeros, and that nothing else was cleared. */
const demandZeros = ({ path, machine: { memory }, result }: End, length: Value): void => {
  const start = result! >>> 0;
  const cleared = memory.veils.find((veil) => veil.start === start && 'byte' in veil.content && veil.content.byte === 0);
  if (cleared) {
    path.demand(apply('i32.eq', cleared.length, length), 'calloc clears another length than it was asked for');
    return;
  }
  const isZero = memory.bytes.subarray(start, start + path.bound(length)).every((byte) => byte === 0);
  if (!memory.isConcrete || !isZero) violated(path, 'calloc gives a block that is not all zeros');
};

/** A size that is rounded up to an alignment is at least 1. */
const roundedUp = (size: Value, alignment: number): Value => {
  const last = apply('i32.sub', apply('i32.add', size, apply('i32.eqz', size)), 1);
  return apply('i32.add', apply('i32.or', last, alignment - 1), 1);
};

/**
 * aligned_alloc(alignment, size), on a heap that does not grow. For an alignment above a
 * frame there is room where an aligned run of frames is as long as both the size and the alignment.
 */
const alignedAlloc = (program: Program, solver: Solver, state: HeapState, alignments?: number[]): Covered => {
  const [operand, size] = [input('alignment'), input('size')];
  const room = roomOf(state.image);
  const isPower = all(not(apply('i32.eqz', operand)), apply('i32.eqz', apply('i32.and', operand, apply('i32.sub', operand, 1))));
  const isSmall = isWithin(operand, 0, 16);
  const split = (path: Path): void => {
    if (path.decide(isPower) && !path.decide(isSmall)) path.choose(operand);
  };
  const condition = alignments ? some(not(isPower), isSmall, isOneOf(operand, alignments)) : 1;
  return onEveryPath({ program, solver, state, name: 'aligned_alloc', operands: [operand, size], condition, split }, (end) => {
    const { path, result } = end;
    if (result === undefined) violated(path, 'aligned_alloc traps');
    demandOthersUntouched(state, end);
    const fails = 'aligned_alloc fails where there is room';
    if (!path.decide(isPower)) {
      if (result !== 0) violated(path, 'aligned_alloc gives a block for an alignment that is no power of two');
    } else if (path.decide(isSmall)) {
      if (result === 0) path.demand(mustFail(state, room, size), fails);
      else demandBlock(state, end, size, (usable) => wasteIsBounded(usable, size));
    } else {
      const alignment = path.choose(operand)[0]! >>> 0;
      const frames = Math.max(alignment / FRAME, 1);
      const longest = longestRun(room, frames);
      const rounded = roundedUp(size, alignment | 0);
      if (result === 0) {
        path.demand(alignment > FRAME
          ? (longest < frames ? 1 : apply('i32.lt_u', longest, framesFor(size)))
          : some(apply('i32.eqz', rounded), mustFail(state, room, rounded)), fails);
        return;
      }
      if ((result! >>> 0) % alignment !== 0) violated(path, `the block ${hex(result!)} is not aligned to ${alignment}`);
      demandBlock(state, end, size, (usable) =>
        (alignment > FRAME ? apply('i32.eq', usable, apply('i32.shl', framesFor(size), 12)) : wasteIsBounded(usable, rounded)));
    }
  });
};

/** aligned_alloc(alignment, size) for every alignment and size. */
const alignedAllocOfEveryAlignment = (program: Program, solver: Solver, state: HeapState): Covered =>
  alignedAlloc(program, solver, state);

/** Powers of two that are treated differently: within a frame, a frame, more than a frame, more than the region. */
export const SOME_ALIGNMENTS = [64, FRAME, 4 * FRAME, 2 ** 20];

/** aligned_alloc(alignment, size) for every size and the alignments that are no power of two, up to 16, or named above. */
const alignedAllocOfSomeAlignments = (program: Program, solver: Solver, state: HeapState): Covered =>
  alignedAlloc(program, solver, state, SOME_ALIGNMENTS);

const isUnchanged = ({ image }: HeapState, { memory }: Machine): boolean =>
  memory.isConcrete && Buffer.compare(memory.bytes, image.memory) === 0;

/** 1 where `pointer` is the address of one of `blocks`. */
const isAddressOf = (pointer: Value, blocks: Block[]): Value => some(...blocks.map(({ address }) => apply('i32.eq', pointer, address | 0)));

/** realloc(pointer, size) for every live block and every size. */
const reallocOfEveryBlock = (program: Program, solver: Solver, state: HeapState): Covered => {
  const [pointer, size] = [input('pointer'), input('size')];
  const room = roomOf(state.image);
  const condition = isAddressOf(pointer, state.live);
  return onEveryPath({ program, solver, state, name: 'realloc', operands: [pointer, size], condition }, (end) => {
    const { path, machine, result } = end;
    if (result === undefined) violated(path, 'realloc traps');
    const address = path.choose(pointer)[0]! >>> 0;
    const block = state.live.find((live) => live.address === address)!;
    demandOthersUntouched(state, end, block);
    if (result === 0) {
      path.demand(apply('i32.gt_u', size, block.usable), 'realloc fails to make a block smaller');
      path.demand(mustFail(state, room, size), 'realloc fails where there is room');
      demandContents(state, end, block, block.usable);
    } else if (result! >>> 0 === address) {
      const usable = path.choose(machine.call('malloc_usable_size', result!))[0]! >>> 0;
      const next = state.live.find((live) => live.address > address && live.address < address + usable);
      if (next) violated(path, `the block ${hex(address)} grows over the live block ${hex(next.address)}`);
      path.demand(apply('i32.ge_u', usable, size), 'realloc leaves a block smaller than what was asked for');
      demandContents(state, end, block, Math.min(usable, block.usable));
    } else {
      demandBlock(state, end, size, () => 1);
      demandMoved(state, end, block, size);
    }
  });
};

/** Demands that the new block begins with the bytes of the old one, up to the smaller of the sizes. */
const demandMoved = (state: HeapState, { path, machine: { memory }, result }: End, block: Block, size: Value): void => {
  const start = result! >>> 0;
  const copied = memory.veils.find((veil) => veil.start === start && 'source' in veil.content && veil.content.source === block.address);
  if (copied) {
    path.demand(some(apply('i32.ge_u', copied.length, size), apply('i32.ge_u', copied.length, block.size)), 'realloc copies too little');
    return;
  }
  const length = Math.min(block.size, path.bound(size));
  const before = state.image.memory.subarray(block.address, block.address + length);
  if (!memory.isConcrete || Buffer.compare(before, memory.bytes.subarray(start, start + length)) !== 0) {
    violated(path, `realloc loses bytes of the block ${hex(block.address)}`);
  }
};

/** malloc_usable_size(pointer) for every live block and null; writes nothing. */
const usableSizeOfEveryBlock = (program: Program, solver: Solver, state: HeapState): Covered => {
  const pointer = input('pointer');
  const condition = some(apply('i32.eqz', pointer), isAddressOf(pointer, state.live));
  return onEveryPath({ program, solver, state, name: 'malloc_usable_size', operands: [pointer], condition }, ({ path, machine, result }) => {
    if (result === undefined) violated(path, 'malloc_usable_size traps');
    if (!isUnchanged(state, machine)) violated(path, 'malloc_usable_size writes');
    const address = path.choose(pointer)[0]! >>> 0;
    const block = state.live.find((live) => live.address === address);
    if (result! >>> 0 < (block?.size ?? 0) || (!block && result !== 0)) violated(path, `malloc_usable_size gives ${result}`);
    const next = state.live.find((live) => live.address > address && live.address < address + (result! >>> 0));
    if (next) violated(path, `the usable bytes of the block ${hex(address)} reach into the live block ${hex(next.address)}`);
  });
};

/** free(pointer) for every live block and null: what is accepted by a build that does not look for misuse. */
const freeOfEveryBlock = (program: Program, solver: Solver, state: HeapState): Covered => {
  const pointer = input('pointer');
  const condition = some(apply('i32.eqz', pointer), isAddressOf(pointer, state.live));
  return onEveryPath({ program, solver, state, name: 'free', operands: [pointer], condition }, (end) => {
    const { path, machine, result } = end;
    if (result === undefined) violated(path, 'free traps');
    const address = path.choose(pointer)[0]! >>> 0;
    demandOthersUntouched(state, end, state.live.find((live) => live.address === address));
    if (address === 0 && !isUnchanged(state, machine)) violated(path, 'free(0) writes');
  });
};

/** More frames than the frame table of any state describes. */
const FRAMES_MAX = 256;

/** free(pointer) for every pointer, where misuse is looked for: live blocks and null are accepted, and nothing else. */
const freeOfEveryPointer = (program: Program, solver: Solver, state: HeapState): Covered => {
  const pointer = input('pointer');
  const isAccepted = some(apply('i32.eqz', pointer), isAddressOf(pointer, state.live));
  // What is wrong with a pointer is found by a walk from its frame, which is short only for one frame at a time.
  const frame = apply('i32.shr_u', pointer, 12);
  const split = (path: Path): void => {
    if (path.decide(apply('i32.lt_u', frame, FRAMES_MAX))) path.choose(frame);
  };
  return onEveryPath({ program, solver, state, name: 'free', operands: [pointer], split }, (end) => {
    const { path, result } = end;
    if (result === undefined) {
      path.demand(not(isAccepted), 'free refuses a live block');
      demandStop(state, end);
      return;
    }
    path.demand(isAccepted, 'free accepts what is no live block');
    const address = path.choose(pointer)[0]! >>> 0;
    demandOthersUntouched(state, end, state.live.find((live) => live.address === address));
  });
};

/** Demands that the machine has stopped with a code, and has written nothing but that code and an address. */
const demandStop = ({ image }: HeapState, { path, machine: { memory } }: End): void => {
  const code = (Number(image.globals.get('stateRecord')) >>> 0) + STATE_PANIC_CODE_OFFSET;
  const address = (Number(image.globals.get('stateRecord')) >>> 0) + STATE_PANIC_ADDRESS_OFFSET;
  if (memory.load(code, 4, false, 32) === 0) violated(path, 'free stops without a code');
  memory.store(code, 4, 0);
  memory.store(address, 4, 0);
  if (!memory.isConcrete || Buffer.compare(memory.bytes, image.memory) !== 0) violated(path, 'free writes before it stops');
};

/** Every claim by its name. Each throws a Violation if it does not hold. */
export const claims = {
  binOfEverySize,
  mallocOfEverySize,
  callocOfEveryProduct,
  alignedAllocOfEveryAlignment,
  alignedAllocOfSomeAlignments,
  reallocOfEveryBlock,
  usableSizeOfEveryBlock,
  freeOfEveryBlock,
  freeOfEveryPointer,
};

export type Claim = keyof typeof claims;
