/** The instructions of a module's functions, as far as the compiler and the optimiser use them. */

import { CODE_SECTION, Reader, sectionsOf } from '../../scripts/lib/wasm-binary.ts';

export interface Instruction {
  /** The opcode; 0xfc00 and more for those behind the prefix 0xfc. */
  opcode: number;
  /** Offset in the module, and behind its last byte. */
  start: number;
  end: number;
  /** Immediates that are constants or offsets; what scaling changes. */
  constants: number[];
  /** All other immediates: indices, labels, types, alignments. */
  others: number[];
}

export interface FunctionCode {
  /** Index among the functions that the module defines. */
  index: number;
  /** Types and counts of the locals. */
  locals: number[];
  instructions: Instruction[];
}

const signed = (reader: Reader): number => {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = reader.bytes[reader.position++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - 2 ** (shift + 7);
  }
};

const I32_CONST = 0x41;
const PREFIX = 0xfc;

const isMemory = (opcode: number): boolean => opcode >= 0x28 && opcode <= 0x3e;
const isPlain = (opcode: number): boolean =>
  [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b].includes(opcode) || (opcode >= 0x45 && opcode <= 0xc4);
/** Blocks, branches, calls, locals and globals: one immediate. */
const isIndexed = (opcode: number): boolean =>
  [0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x3f, 0x40].includes(opcode);

const readInstruction = (reader: Reader): Instruction => {
  const start = reader.position;
  let opcode = reader.bytes[reader.position++]!;
  const constants: number[] = [];
  const others: number[] = [];
  if (opcode === PREFIX) {
    opcode = PREFIX << 8 | reader.number();
    if (opcode === 0xfc0a) others.push(reader.number(), reader.number()); // memory.copy
    else if (opcode === 0xfc0b) others.push(reader.number()); // memory.fill
    else throw new Error(`the instruction 0x${opcode.toString(16)} is not known here`);
  } else if (opcode === I32_CONST || opcode === 0x42) {
    constants.push(signed(reader));
  } else if (isMemory(opcode)) {
    others.push(reader.number());
    constants.push(reader.number());
  } else if (opcode === 0x0e) { // br_table
    for (let count = reader.number() + 1; count > 0; count--) others.push(reader.number());
  } else if (isIndexed(opcode)) {
    others.push(reader.number());
  } else if (!isPlain(opcode)) {
    throw new Error(`the instruction 0x${opcode.toString(16)} is not known here`);
  }
  return { opcode, start, end: reader.position, constants, others };
};

/** The code of every function that the module defines. */
export const functionsOf = (wasm: Uint8Array): FunctionCode[] => {
  const section = sectionsOf(wasm).find(({ id }) => id === CODE_SECTION)!;
  const reader = new Reader(wasm, section.end - section.contents.length);
  const functions: FunctionCode[] = [];
  for (let count = reader.number(), index = 0; index < count; index++) {
    const size = reader.number();
    const end = reader.position + size;
    const locals: number[] = [];
    for (let groups = reader.number(); groups > 0; groups--) locals.push(reader.number(), reader.number());
    const instructions: Instruction[] = [];
    while (reader.position < end) instructions.push(readInstruction(reader));
    functions.push({ index, locals, instructions });
  }
  return functions;
};
