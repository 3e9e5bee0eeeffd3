/** A Wasm module as a tree that the machine can walk: binaryen's, with nothing in it that the machine does not know. */

import type { Concrete, Width } from './operators.ts';

export type Expression =
  | { kind: 'block'; label: string; children: Expression[] }
  | { kind: 'loop'; label: string; body: Expression }
  | { kind: 'if'; condition: Expression; then: Expression; else?: Expression }
  | Instruction;

/** What takes the values of its operands, in order, and then does one thing. */
export type Instruction = { operands: Expression[] } & (
  | { kind: 'const'; value: Concrete }
  | { kind: 'operator'; name: string }
  | { kind: 'get' | 'set' | 'tee'; local: number }
  | { kind: 'global.get' | 'global.set'; global: string }
  | { kind: 'load'; bytes: number; signed: boolean; offset: number; width: Width }
  | { kind: 'store'; bytes: number; offset: number }
  /** To the end of a block, or the beginning of a loop. */
  | { kind: 'break'; label: string; conditional: boolean }
  | { kind: 'call'; target: string }
  | { kind: 'select' | 'return' | 'drop' | 'nop' | 'unreachable' | 'memory.size' | 'memory.grow' | 'memory.fill' | 'memory.copy' }
);

export interface WasmFunction {
  name: string;
  parameters: Width[];
  /** Locals behind the parameters. */
  variables: Width[];
  results: number;
  body: Expression;
}

export interface Program {
  functions: Map<string, WasmFunction>;
  /** The function of each exported name. */
  exports: Map<string, string>;
  /** What they begin with. */
  globals: Map<string, Concrete>;
  /** Wasm pages. */
  memory: { initial: number; maximum: number };
  /** The same code open to the host: inner functions exported, globals too under GLOBAL_PREFIX, host.memory imported. */
  open: Uint8Array;
}

/** What the names of exported globals begin with. */
export const GLOBAL_PREFIX = 'global ';
