/**
 * Floor 0: the only seam to the machine.
 *
 * Every compiler intrinsic of the project stands in this file; another compiler means another version of it,
 * and a program that runs the core as plain JavaScript replaces it by a shim over an ArrayBuffer.
 * Addresses are unsigned 32-bit numbers carried in `i32`; nothing here checks them.
 */

/** The 32-bit word at `address`. */
export const load = (address: i32): i32 => Porffor.wasm.i32.load(address, 2, 0);

/** The unsigned 16-bit word at `address`. */
export const load16 = (address: i32): i32 => Porffor.wasm.i32.load16_u(address, 1, 0);

/** The unsigned byte at `address`. */
export const load8 = (address: i32): i32 => Porffor.wasm.i32.load8_u(address, 0, 0);

/** Writes the 32-bit word at `address`. */
export const store = (address: i32, value: i32): void => {
  Porffor.wasm.i32.store(address, value, 2, 0);
};

/** Writes the low 16 bits of `value` at `address`. */
export const store16 = (address: i32, value: i32): void => {
  Porffor.wasm.i32.store16(address, value, 1, 0);
};

/** Writes the low 8 bits of `value` at `address`. */
export const store8 = (address: i32, value: i32): void => {
  Porffor.wasm.i32.store8(address, value, 0, 0);
};

/** Sets `size` bytes from `address` on to `value`. */
export const fill = (address: i32, value: i32, size: i32): void => {
  Porffor.wasm`local.get ${address}
local.get ${value}
local.get ${size}
memory.fill 0`;
};

/** Copies `size` bytes; the two ranges may overlap. */
export const copy = (target: i32, source: i32, size: i32): void => {
  Porffor.wasm`local.get ${target}
local.get ${source}
local.get ${size}
memory.copy 0 0`;
};

/** The size of the memory in wasm pages of 64 KiB; 0 where the machine has no Wasm memory. */
export const memorySize = (): i32 => Porffor.wasm`memory.size 0`;

/** Grows the memory by `wasmPages`; the former size in wasm pages, or -1 when it cannot grow. */
export const memoryGrow = (wasmPages: i32): i32 => Porffor.wasm`local.get ${wasmPages}
memory.grow 0`;

/** Unsigned `a < b`; the language's own `<` is signed here. */
export const lessThan = (a: i32, b: i32): boolean => Porffor.wasm`local.get ${a}
local.get ${b}
i32.lt_u`;

/** Unsigned quotient; `b` must not be 0. */
export const divide = (a: i32, b: i32): i32 => Porffor.wasm`local.get ${a}
local.get ${b}
i32.div_u`;

/** Unsigned remainder; `b` must not be 0. */
export const remainder = (a: i32, b: i32): i32 => Porffor.wasm`local.get ${a}
local.get ${b}
i32.rem_u`;

/** The high word of the unsigned 64-bit product; 0 if the product fits into 32 bits. */
export const multiplyHigh = (a: i32, b: i32): i32 => Porffor.wasm`local.get ${a}
i64.extend_i32_u
local.get ${b}
i64.extend_i32_u
i64.mul
i64.const 32
i64.shr_u
i32.wrap_i64`;

/** Zero bits above the highest set bit; 32 for 0. */
export const countLeadingZeros = (value: i32): i32 => Porffor.wasm`local.get ${value}
i32.clz`;

/** Zero bits below the lowest set bit; 32 for 0. */
export const countTrailingZeros = (value: i32): i32 => Porffor.wasm`local.get ${value}
i32.ctz`;

/** Stops the machine: corruption or misuse was found. Does not return. */
export const trap = (): void => {
  Porffor.wasm`unreachable`;
};
