/** Small Wasm modules, byte by byte, for the tests of the executor. */

import { KIND_FUNCTION, leb, sectionBytes, utf8 } from '../../../scripts/lib/wasm-binary.ts';
import type { Concrete } from './operators.ts';

export type WasmType = 'i32' | 'i64';

const TYPES: Record<WasmType, number> = { i32: 0x7f, i64: 0x7e };

/** Opcodes from the specification, section "Numeric Instructions". */
export const OPCODES: Record<string, number> = {
  'i32.eqz': 0x45, 'i32.eq': 0x46, 'i32.ne': 0x47, 'i32.lt_s': 0x48, 'i32.lt_u': 0x49, 'i32.gt_s': 0x4a, 'i32.gt_u': 0x4b,
  'i32.le_s': 0x4c, 'i32.le_u': 0x4d, 'i32.ge_s': 0x4e, 'i32.ge_u': 0x4f, 'i64.eqz': 0x50, 'i64.eq': 0x51, 'i64.ne': 0x52,
  'i64.lt_s': 0x53, 'i64.lt_u': 0x54, 'i64.gt_s': 0x55, 'i64.gt_u': 0x56, 'i64.le_s': 0x57, 'i64.le_u': 0x58,
  'i64.ge_s': 0x59, 'i64.ge_u': 0x5a, 'i32.clz': 0x67, 'i32.ctz': 0x68, 'i32.popcnt': 0x69, 'i32.add': 0x6a,
  'i32.sub': 0x6b, 'i32.mul': 0x6c, 'i32.div_u': 0x6e, 'i32.rem_u': 0x70, 'i32.and': 0x71, 'i32.or': 0x72, 'i32.xor': 0x73,
  'i32.shl': 0x74, 'i32.shr_s': 0x75, 'i32.shr_u': 0x76, 'i32.rotl': 0x77, 'i32.rotr': 0x78, 'i64.add': 0x7c,
  'i64.sub': 0x7d, 'i64.mul': 0x7e, 'i64.and': 0x83, 'i64.or': 0x84, 'i64.xor': 0x85, 'i64.shl': 0x86, 'i64.shr_s': 0x87,
  'i64.shr_u': 0x88, 'i32.wrap_i64': 0xa7, 'i64.extend_i32_s': 0xac, 'i64.extend_i32_u': 0xad, 'i32.extend8_s': 0xc0,
  'i32.extend16_s': 0xc1,
};

export interface EncodedFunction {
  parameters: WasmType[];
  result: WasmType;
  /** How many locals of i32 stand behind the parameters. */
  variables?: number;
  /** Instructions, without the end. */
  code: number[];
}

const vector = (items: number[][]): number[] => [...leb(items.length), ...items.flat()];
const sized = (bytes: number[]): number[] => [...leb(bytes.length), ...bytes];

/** A module of these functions, which are exported by their names, and of one wasm page of memory, exported as `memory`. */
export const encodeModule = (functions: Record<string, EncodedFunction>): Uint8Array => {
  const all = Object.values(functions);
  const types = all.map(({ parameters, result }) =>
    [0x60, ...vector(parameters.map((type) => [TYPES[type]])), 1, TYPES[result]]);
  const exports = Object.keys(functions).map((name, index) => [...utf8(name), KIND_FUNCTION, ...leb(index)]);
  const bodies = all.map(({ variables = 0, code }) =>
    sized([...(variables > 0 ? [1, ...leb(variables), TYPES.i32] : [0]), ...code, 0x0b]));
  return Buffer.concat([
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    sectionBytes(1, vector(types)),
    sectionBytes(3, vector(all.map((_, index) => leb(index)))),
    sectionBytes(5, [1, 1, 1, 1]),
    sectionBytes(7, vector([...exports, [...utf8('memory'), 2, 0]])),
    sectionBytes(10, vector(bodies)),
  ]);
};

/** A function of the engine with these instructions. */
export const singleFunction = (parameters: WasmType[], result: WasmType, code: number[]): ((...operands: Concrete[]) => Concrete) => {
  const wasm = encodeModule({ f: { parameters, result, code } });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource));
  return exports.f as (...operands: Concrete[]) => Concrete;
};
