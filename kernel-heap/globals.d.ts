/** What the compiler brings: a 32-bit integer, and its intrinsics (used in memory.ts alone). */
type i32 = number;

/** A parameter of 64 bits of a function that the host provides; it is given an i32. */
type i64 = number;

declare const Porffor: {
  wasm: {
    (template: TemplateStringsArray, ...locals: unknown[]): any;
    i32: Record<string, (...operands: number[]) => any>;
  };
};
