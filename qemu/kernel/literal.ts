/** String literals: the compiler numbers their bytes from 0 on, the linker decides where they lie. */

/** The address that the bytes of all literals are counted from. */
declare const literals: () => i32;

const literalOffset = (text: string): i32 => Porffor.wasm`local.get ${text}`;

/** The address of a string literal: its length as a 32-bit word, then that many bytes. */
export const literalAddress = (text: string): i32 => literals() + literalOffset(text);
