/** Porffor comes without declarations; this is what porffor-thread.ts uses of it. */

declare module 'porffor/compiler/wasmSpec.js' {
  /** Instructions by the name that the inline assembler knows them by. */
  export const Opcodes: Record<string, unknown>;
  /** Types of values by name. */
  export const Valtype: Record<string, number>;
}

declare module 'porffor/compiler/builtins.js' {
  /** Makes `name` a function that the module imports, with parameters and results of these types or so many. */
  export const createImport: (name: string, parameters: number | number[], results: number | number[]) => void;
  /** All imports, the compiler's own before ours, also by name; `import` is a name of one byte. */
  export const importedFuncs: ArrayLike<{ import: string }>;
}

declare module 'porffor/compiler/index.js' {
  interface CompiledFunction {
    name: string;
    index: number;
    /** Part of the runtime, not of the source. */
    internal?: boolean;
    returns: unknown[];
    wasm: [opcode: unknown, operand: number][];
  }
  interface Compilation {
    wasm: Uint8Array;
    funcs: CompiledFunction[] & { table?: boolean };
    globals: object;
    tags: unknown[];
    /** Areas of `pageSize` bytes, one after the other from address 0 on, that literals and the like are put in. */
    pages: Map<string, number>;
    /** What is written to memory at the beginning: literals, the length before the characters, and static arrays. */
    data: { bytes: number[] }[];
  }
  const compile: (text: string, module: boolean) => Compilation;
  export default compile;
}

/** The imports that are left in the module, in order. Set by a compilation. */
declare const importFuncs: { name: string; import: string }[];

/** How far the indices of a compilation are above those of the module it wrote, for imports that were dropped. */
declare const importDelta: number;

/** Bytes of an area of `pages`. Set by a compilation. */
declare const pageSize: number;

/** The compiler's options. */
declare const Prefs: Record<string, unknown>;

/** Called in a compilation when there are all functions and nothing was written. */
declare var compileCallback: ((compilation: { funcs: object[]; pages: Map<string, number> }) => void) | undefined; // eslint-disable-line no-var
