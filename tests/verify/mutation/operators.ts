/** Operators of mutation: on a module's instructions, in place, and on the sources. */

import ts from 'typescript';
import { readNames } from '../../../scripts/lib/wasm-binary.ts';
import { functionsOf, type Instruction } from '../instructions.ts';

export interface ModuleMutation {
  /** Function and number of the instruction. */
  place: string;
  /** Function, number of the instruction and what is done to it. */
  name: string;
  wasm: Uint8Array;
  /** The same place made a trap: a module that gets past everything then never comes here. */
  trapped: Uint8Array;
}

const NOP = 0x01;
const DROP = 0x1a;
const I32_CONST = 0x41;

/** Instructions by what takes their place, of the same type. */
const SWAPS = new Map<number, [name: string, opcode: number]>([
  [0x45, ['eqz left out', NOP]],
  [0x46, ['eq to ne', 0x47]], [0x47, ['ne to eq', 0x46]],
  [0x48, ['lt_s to le_s', 0x4c]], [0x49, ['lt_u to le_u', 0x4d]], [0x4a, ['gt_s to ge_s', 0x4e]], [0x4b, ['gt_u to ge_u', 0x4f]],
  [0x4c, ['le_s to lt_s', 0x48]], [0x4d, ['le_u to lt_u', 0x49]], [0x4e, ['ge_s to gt_s', 0x4a]], [0x4f, ['ge_u to gt_u', 0x4b]],
  [0x6a, ['add to sub', 0x6b]], [0x6b, ['sub to add', 0x6a]],
  [0x71, ['and to or', 0x72]], [0x72, ['or to and', 0x71]], [0x73, ['xor to or', 0x72]],
  [0x74, ['shl to shr_u', 0x76]], [0x76, ['shr_u to shl', 0x74]],
  [0x67, ['clz to ctz', 0x68]], [0x68, ['ctz to clz', 0x67]],
]);

/** What takes the instruction's place, as bytes of the same length; undefined if there is no operator for it. */
const replacementOf = ({ opcode, start, end, constants }: Instruction): [name: string, bytes: number[]] | undefined => {
  const length = end - start;
  const swap = SWAPS.get(opcode);
  if (swap) return [swap[0], [swap[1]]];
  if (opcode === 0x36 || opcode === 0x3b) return ['store left out', [DROP, DROP, ...Array.from({ length: length - 2 }, () => NOP)]];
  if (opcode === 0x0d) return ['br_if left out', [DROP, ...Array.from({ length: length - 1 }, () => NOP)]];
  if (opcode === I32_CONST && length === 2) {
    const value = constants[0]! === 63 ? 62 : constants[0]! + 1;
    return [`const ${constants[0]!} to ${value}`, [I32_CONST, value & 0x7f]];
  }
  return undefined;
};

/** Every mutation of the functions in `among`, in the order of the code. */
export const moduleMutations = (wasm: Uint8Array, among: (name: string) => boolean): ModuleMutation[] => {
  const names = readNames(wasm).functions;
  return functionsOf(wasm).flatMap(({ index, instructions }) => {
    const called = names.get(index) ?? String(index);
    if (!among(called)) return [];
    return instructions.flatMap((instruction, at) => {
      const replacement = replacementOf(instruction);
      if (!replacement) return [];
      const [what, bytes] = replacement;
      const changed = (text: number[]): Uint8Array => {
        const copy = Uint8Array.from(wasm);
        copy.set(text, instruction.start);
        return copy;
      };
      const trap = Array.from({ length: instruction.end - instruction.start }, (_, byte) => (byte === 0 ? 0x00 : NOP));
      const place = `${called}, instruction ${at}`;
      return [{ place, name: `${place}: ${what}`, wasm: changed(bytes), trapped: changed(trap) }];
    });
  });
};

export interface SourceMutation {
  /** File, number of the line, what is done to it, and the line. */
  name: string;
  text: string;
  /** The same place made an error, which plain JavaScript can throw in the middle of an expression. */
  trapped: string;
}

const TRAP = "(() => { throw new Error('reached'); })()";

const TOKENS = new Map<string, string>([
  ['+', '-'], ['-', '+'], ['==', '!='], ['!=', '=='], ['<', '<='], ['<=', '<'], ['&', '|'], ['|', '&'], ['^', '|'],
  ['<<', '>>>'], ['>>>', '<<'], ['&&', '||'], ['||', '&&'], ['+=', '-='], ['-=', '+='],
]);

/** Every mutation of a source file: an operator exchanged, or an expression statement left out. */
export const sourceMutations = (file: string, text: string): SourceMutation[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const lines = text.split('\n');
  const mutations: SourceMutation[] = [];
  const replaced = (node: ts.Node, replacement: string): string =>
    text.slice(0, node.getStart(source)) + replacement + text.slice(node.end);
  const add = (node: ts.Node, replacement: string, whole: ts.Node, what: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    const trapped = replaced(whole, ts.isStatement(whole) ? `${TRAP};` : TRAP);
    const name = `${file}:${line + 1}: ${what}: ${lines[line]!.trim()}`;
    mutations.push({ name, text: replaced(node, replacement), trapped });
  };
  const visit = (node: ts.Node, inside: boolean): void => {
    if (inside && ts.isBinaryExpression(node)) {
      const operator = node.operatorToken.getText(source);
      const other = TOKENS.get(operator);
      if (other !== undefined) add(node.operatorToken, other, node, `${operator} to ${other}`);
    }
    if (inside && ts.isExpressionStatement(node)) add(node, ';', node, 'left out');
    ts.forEachChild(node, (child) => visit(child, inside || ts.isArrowFunction(node)));
  };
  visit(source, false);
  return mutations;
};
