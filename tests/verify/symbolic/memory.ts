/**
 * The memory of a run: numbers, and over them the bytes that are parts of terms. Addresses are numbers here; what lies
 * at a symbolic address is the machine's question.
 */

import type { Concrete } from './operators.ts';
import { apply, isTerm, type Assignment, type Term, type Value } from './term.ts';

export const WASM_PAGE_SIZE = 65536;

/** A byte of a term: the one that begins at bit `shift`. */
interface Part { term: Term; shift: number }

/**
 * A range that was filled or copied with a symbolic length. What stands in it is known to the properties alone: no
 * instruction may touch it afterwards.
 */
export interface Veil {
  start: number;
  /** What `length` is never above. */
  lengthMax: number;
  length: Value;
  /** What it was filled or copied from. */
  content: { byte: Value } | { source: number; bytes: Uint8Array };
}

const byteOf = (value: Concrete, shift: number): number => Number(BigInt.asUintN(8, BigInt(value) >> BigInt(shift)));

export class Memory {
  bytes: Uint8Array;
  #view: DataView;
  readonly #parts = new Map<number, Part>();
  readonly veils: Veil[] = [];

  /** Begins with a copy of `image`. */
  constructor(image: Uint8Array) {
    this.bytes = image.slice();
    this.#view = new DataView(this.bytes.buffer);
  }

  get size(): number {
    return this.bytes.length;
  }

  /** The terms that stand in it. */
  get terms(): Set<Term> {
    return new Set([...this.#parts.values()].map(({ term }) => term));
  }

  /** Puts numbers in the places of terms that `resolve` has numbers for. */
  resolve(resolve: (term: Term) => Value): void {
    for (const [address, { term, shift }] of [...this.#parts]) {
      const value = resolve(term);
      if (isTerm(value)) continue;
      this.#parts.delete(address);
      this.bytes[address] = byteOf(value, shift);
    }
  }

  /** Whether every byte is a number. */
  get isConcrete(): boolean {
    return this.#parts.size === 0 && this.veils.length === 0;
  }

  /** Whether a part of a term stands in [start, start + length). */
  hasTermIn(start: number, length: number): boolean {
    return [...this.#parts.keys()].some((address) => start <= address && address < start + length);
  }

  /** The bytes with these numbers for the inputs. */
  bytesWith(inputs: Assignment): Uint8Array {
    const bytes = this.bytes.slice();
    for (const [address, { term, shift }] of this.#parts) bytes[address] = byteOf(inputs.of(term), shift);
    for (const { start, length, content } of this.veils) {
      const end = start + (Number(inputs.of(length)) >>> 0);
      if ('byte' in content) bytes.fill(byteOf(inputs.of(content.byte), 0), start, end);
      else bytes.set(content.bytes.subarray(0, end - start), start);
    }
    return bytes;
  }

  grow(wasmPages: number): void {
    const larger = new Uint8Array(this.size + wasmPages * WASM_PAGE_SIZE);
    larger.set(this.bytes);
    this.bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  #checkVeils(address: number, length: number): void {
    for (const { start, lengthMax } of this.veils) {
      if (address < start + lengthMax && start < address + length) {
        throw new Error(`an access to 0x${address.toString(16)}, in a range that was filled or copied with a symbolic length`);
      }
    }
  }

  #hasParts(address: number, length: number): boolean {
    if (this.#parts.size === 0) return false;
    for (let offset = 0; offset < length; offset++) if (this.#parts.has(address + offset)) return true;
    return false;
  }

  /** `bytes` bytes, 1, 2, 4 or 8, little-endian; as a value of `width` bits. */
  load(address: number, bytes: number, signed: boolean, width: 32 | 64): Value {
    this.#checkVeils(address, bytes);
    if (!this.#hasParts(address, bytes)) return this.#loadNumber(address, bytes, signed, width);
    if (width === 64 || signed) throw new Error('the executor does not know such a load of symbolic bytes');
    const first = this.#parts.get(address);
    const whole = first?.shift === 0 && first.term.width === 32 && bytes === 4 && [1, 2, 3].every((offset) => {
      const part = this.#parts.get(address + offset);
      return part?.term === first.term && part.shift === 8 * offset;
    });
    if (whole) return first.term;
    let value: Value = 0;
    for (let offset = 0; offset < bytes; offset++) {
      value = apply('i32.or', value, apply('i32.shl', this.#byte(address + offset), 8 * offset));
    }
    return value;
  }

  #byte(address: number): Value {
    const part = this.#parts.get(address);
    if (!part) return this.bytes[address]!;
    const word = part.term.width === 64
      ? apply('i32.wrap_i64', apply('i64.shr_u', part.term, BigInt(part.shift)))
      : apply('i32.shr_u', part.term, part.shift);
    return apply('i32.and', word, 0xff);
  }

  #loadNumber(address: number, bytes: number, signed: boolean, width: 32 | 64): Concrete {
    const view = this.#view;
    if (bytes === 8) return view.getBigInt64(address, true);
    const number = bytes === 4 ? view.getInt32(address, true)
      : bytes === 2 ? (signed ? view.getInt16(address, true) : view.getUint16(address, true))
        : signed ? view.getInt8(address) : view.getUint8(address);
    if (width === 32) return number;
    return bytes === 4 && !signed ? BigInt(number >>> 0) : BigInt(number);
  }

  /** The low `bytes` bytes of `value`. */
  store(address: number, bytes: number, value: Value): void {
    this.#checkVeils(address, bytes);
    if (isTerm(value)) {
      for (let offset = 0; offset < bytes; offset++) this.#parts.set(address + offset, { term: value, shift: 8 * offset });
      return;
    }
    if (this.#parts.size > 0) for (let offset = 0; offset < bytes; offset++) this.#parts.delete(address + offset);
    if (bytes === 8) this.#view.setBigInt64(address, BigInt(value), true);
    else if (bytes === 4) this.#view.setInt32(address, Number(value), true);
    else if (bytes === 2) this.#view.setInt16(address, Number(BigInt.asIntN(16, BigInt(value))), true);
    else this.#view.setInt8(address, Number(BigInt.asIntN(8, BigInt(value))));
  }

  /** Sets `length` bytes to `byte`, a number. */
  fill(address: number, byte: number, length: number): void {
    this.#checkVeils(address, length);
    for (const part of [...this.#parts.keys()]) if (part >= address && part < address + length) this.#parts.delete(part);
    this.bytes.fill(byte, address, address + length);
  }

  copy(target: number, source: number, length: number): void {
    this.#checkVeils(target, length);
    this.#checkVeils(source, length);
    const parts = Array.from({ length: this.#parts.size > 0 ? length : 0 }, (_, offset) => this.#parts.get(source + offset));
    this.bytes.copyWithin(target, source, source + length);
    parts.forEach((part, offset) => {
      if (part) this.#parts.set(target + offset, part);
      else this.#parts.delete(target + offset);
    });
  }
}
