/**
 * kernel-heap/memory.ts for plain JavaScript: the same functions over a memory of their own.
 *
 * buildReference (scripts/lib/reference.ts) puts this file in the place of memory.ts; each instance evaluates it anew.
 * Results are signed 32-bit numbers, as in Wasm; addresses are taken modulo 2^32; what lies outside the memory throws.
 */

/** Sizes of the memory in wasm pages; a parameter of the function that the reference is compiled to. */
declare const memoryLimits: { initial: number; maximum: number };

/** The memory itself; its buffer is another one after it has grown. */
export const memory = new WebAssembly.Memory(memoryLimits);

let view = new DataView(memory.buffer);
let bytes = new Uint8Array(memory.buffer);

/** Throws as Wasm traps when [address, address + size) is not all inside. */
const checkRange = (address: number, size: number): void => {
  if (address + size > bytes.length) throw new RangeError(`out of bounds: ${size} bytes at 0x${address.toString(16)}`);
};

export const load = (address: number): number => view.getInt32(address >>> 0, true);

export const load16 = (address: number): number => view.getUint16(address >>> 0, true);

export const load8 = (address: number): number => view.getUint8(address >>> 0);

export const store = (address: number, value: number): void => view.setInt32(address >>> 0, value, true);

export const store16 = (address: number, value: number): void => view.setUint16(address >>> 0, value, true);

export const store8 = (address: number, value: number): void => view.setUint8(address >>> 0, value);

export const fill = (address: number, value: number, size: number): void => {
  const start = address >>> 0;
  const length = size >>> 0;
  checkRange(start, length);
  bytes.fill(value, start, start + length);
};

export const copy = (target: number, source: number, size: number): void => {
  const to = target >>> 0;
  const from = source >>> 0;
  const length = size >>> 0;
  checkRange(to, length);
  checkRange(from, length);
  bytes.copyWithin(to, from, from + length);
};

export const memorySize = (): number => bytes.length / 65536;

export const memoryGrow = (wasmPages: number): number => {
  const before = memorySize();
  try {
    memory.grow(wasmPages >>> 0);
  } catch {
    return -1;
  }
  view = new DataView(memory.buffer);
  bytes = new Uint8Array(memory.buffer);
  return before;
};

export const lessThan = (a: number, b: number): boolean => (a >>> 0) < (b >>> 0);

/** The divisor as unsigned number; throws as Wasm traps when it is 0. */
const divisor = (value: number): number => {
  if ((value | 0) === 0) throw new RangeError('divide by zero');
  return value >>> 0;
};

export const divide = (a: number, b: number): number => Math.floor((a >>> 0) / divisor(b)) | 0;

export const remainder = (a: number, b: number): number => (a >>> 0) % divisor(b) | 0;

export const multiplyHigh = (a: number, b: number): number =>
  Number(BigInt(a >>> 0) * BigInt(b >>> 0) >> 32n) | 0;

export const countLeadingZeros = (value: number): number => Math.clz32(value);

export const countTrailingZeros = (value: number): number => {
  const word = value | 0;
  return word === 0 ? 32 : 31 - Math.clz32(word & -word);
};

/** Stands for `unreachable`. */
export class Trap extends Error {}

export const trap = (): void => {
  throw new Trap('unreachable');
};
