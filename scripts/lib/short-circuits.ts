/**
 * What the compiler makes of `a && b` and `a || b`, made smaller. It is `if ((t = a)) b else t` and `if ((t = a)) t else b`
 * in Wasm, with the value of `a` kept in a local although it is known where it is read: 0 in the first, and in the second
 * 1, where `a` is a comparison. With constants there binaryen finds that no `if` is needed at all, or no local.
 */

import binaryen from 'binaryen';
import type { Module } from './binaryen-module.ts';

/** The setters of binaryen that its declarations have not. */
const { If } = binaryen as unknown as {
  If: Record<'setIfTrue' | 'setIfFalse', (reference: binaryen.ExpressionRef, arm: binaryen.ExpressionRef) => void>;
};

const COMPARISONS = new Set<binaryen.Operations>([
  binaryen.EqInt32, binaryen.NeInt32, binaryen.LtSInt32, binaryen.LtUInt32, binaryen.LeSInt32, binaryen.LeUInt32,
  binaryen.GtSInt32, binaryen.GtUInt32, binaryen.GeSInt32, binaryen.GeUInt32,
]);

/** Expressions without operands; binaryen describes only the last of them. */
const LEAVES = new Set<binaryen.ExpressionIds>([binaryen.NopId, binaryen.UnreachableId, binaryen.ConstId]);

/** Where the operands of an expression stand in its description. */
const OPERANDS = [
  'children', 'operands', 'condition', 'ifTrue', 'ifFalse', 'value', 'left', 'right', 'ptr', 'body', 'delta', 'dest', 'source', 'size',
];

type Described = Partial<Record<string, binaryen.ExpressionRef | binaryen.ExpressionRef[]>>;

const operandsOf = (reference: binaryen.ExpressionRef): binaryen.ExpressionRef[] => {
  if (LEAVES.has(binaryen.getExpressionId(reference))) return [];
  const described = binaryen.getExpressionInfo(reference) as unknown as Described;
  return OPERANDS.flatMap((name) => described[name] ?? []).filter((operand) => operand !== 0);
};

/** What `reference` is, if it is of the kind `id`. */
const asKind = <Info extends binaryen.ExpressionInfo>(reference: binaryen.ExpressionRef, id: binaryen.ExpressionIds): Info | undefined =>
  (binaryen.getExpressionId(reference) === id ? binaryen.getExpressionInfo(reference) as Info : undefined);

/** Whether an expression is 0 or 1. */
const isBoolean = (reference: binaryen.ExpressionRef): boolean => {
  const constant = asKind<binaryen.ConstInfo>(reference, binaryen.ConstId);
  const choice = asKind<binaryen.IfInfo>(reference, binaryen.IfId);
  return constant?.value === 0 || constant?.value === 1
    || asKind<binaryen.UnaryInfo>(reference, binaryen.UnaryId)?.op === binaryen.EqZInt32
    || COMPARISONS.has(asKind<binaryen.BinaryInfo>(reference, binaryen.BinaryId)?.op as binaryen.Operations)
    || choice !== undefined && isBoolean(choice.ifTrue) && isBoolean(choice.ifFalse);
};

const foldIn = (module: Module, reference: binaryen.ExpressionRef): void => {
  for (const operand of operandsOf(reference)) foldIn(module, operand);
  const choice = asKind<binaryen.IfInfo>(reference, binaryen.IfId);
  if (!choice?.ifFalse) return;
  const not = asKind<binaryen.UnaryInfo>(choice.condition, binaryen.UnaryId);
  const negated = not?.op === binaryen.EqZInt32;
  const kept = asKind<binaryen.LocalSetInfo>(negated ? not.value : choice.condition, binaryen.LocalSetId);
  if (!kept) return;
  const reads = (arm: binaryen.ExpressionRef): boolean =>
    asKind<binaryen.LocalGetInfo>(arm, binaryen.LocalGetId)?.index === kept.index;
  const [ifNot, ifSo] = negated ? [If.setIfTrue, If.setIfFalse] : [If.setIfFalse, If.setIfTrue];
  const [armIfNot, armIfSo] = negated ? [choice.ifTrue, choice.ifFalse] : [choice.ifFalse, choice.ifTrue];
  if (reads(armIfNot)) ifNot(reference, module.i32.const(0));
  if (reads(armIfSo) && isBoolean(kept.value)) ifSo(reference, module.i32.const(1));
};

/** Puts constants where the left side of a `&&` or `||` is known. */
export const foldShortCircuits = (module: Module): void => {
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const { body } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    if (body) foldIn(module, body);
  }
};
