/** Reads a Wasm module by binaryen; read-program.ts runs it as a thread. What it does not know is an error. */

import binaryen from 'binaryen';
import { answerRequest } from '../../../scripts/lib/thread-answer.ts';
import type { Concrete, Width } from './operators.ts';
import { GLOBAL_PREFIX, type Expression, type Program, type WasmFunction } from './program.ts';

/** binaryen's numbers of operators overlap between unary and binary ones, hence two tables. */
const UNARY = new Map([
  [binaryen.EqZInt32, 'i32.eqz'], [binaryen.ClzInt32, 'i32.clz'], [binaryen.CtzInt32, 'i32.ctz'],
  [binaryen.PopcntInt32, 'i32.popcnt'], [binaryen.ExtendS8Int32, 'i32.extend8_s'],
  [binaryen.ExtendS16Int32, 'i32.extend16_s'], [binaryen.EqZInt64, 'i64.eqz'],
  [binaryen.ExtendUInt32, 'i64.extend_i32_u'], [binaryen.ExtendSInt32, 'i64.extend_i32_s'],
  [binaryen.WrapInt64, 'i32.wrap_i64'],
]);

const BINARY = new Map([
  [binaryen.AddInt32, 'i32.add'], [binaryen.SubInt32, 'i32.sub'], [binaryen.MulInt32, 'i32.mul'],
  [binaryen.DivUInt32, 'i32.div_u'], [binaryen.RemUInt32, 'i32.rem_u'], [binaryen.AndInt32, 'i32.and'],
  [binaryen.OrInt32, 'i32.or'], [binaryen.XorInt32, 'i32.xor'], [binaryen.ShlInt32, 'i32.shl'],
  [binaryen.ShrSInt32, 'i32.shr_s'], [binaryen.ShrUInt32, 'i32.shr_u'], [binaryen.RotLInt32, 'i32.rotl'],
  [binaryen.RotRInt32, 'i32.rotr'], [binaryen.EqInt32, 'i32.eq'], [binaryen.NeInt32, 'i32.ne'],
  [binaryen.LtSInt32, 'i32.lt_s'], [binaryen.LtUInt32, 'i32.lt_u'], [binaryen.LeSInt32, 'i32.le_s'],
  [binaryen.LeUInt32, 'i32.le_u'], [binaryen.GtSInt32, 'i32.gt_s'], [binaryen.GtUInt32, 'i32.gt_u'],
  [binaryen.GeSInt32, 'i32.ge_s'], [binaryen.GeUInt32, 'i32.ge_u'],
  [binaryen.AddInt64, 'i64.add'], [binaryen.SubInt64, 'i64.sub'], [binaryen.MulInt64, 'i64.mul'],
  [binaryen.AndInt64, 'i64.and'], [binaryen.OrInt64, 'i64.or'], [binaryen.XorInt64, 'i64.xor'],
  [binaryen.ShlInt64, 'i64.shl'], [binaryen.ShrSInt64, 'i64.shr_s'], [binaryen.ShrUInt64, 'i64.shr_u'],
  [binaryen.EqInt64, 'i64.eq'], [binaryen.NeInt64, 'i64.ne'], [binaryen.LtSInt64, 'i64.lt_s'],
  [binaryen.LtUInt64, 'i64.lt_u'], [binaryen.LeSInt64, 'i64.le_s'], [binaryen.LeUInt64, 'i64.le_u'],
  [binaryen.GtSInt64, 'i64.gt_s'], [binaryen.GtUInt64, 'i64.gt_u'], [binaryen.GeSInt64, 'i64.ge_s'],
  [binaryen.GeUInt64, 'i64.ge_u'],
]);

const named = (names: Map<number, string>, operator: number): string => {
  const name = names.get(operator);
  if (name === undefined) throw new Error(`the executor does not know binaryen's operator ${operator}`);
  return name;
};

const widthOf = (type: binaryen.Type): Width => {
  if (type === binaryen.i32) return 32;
  if (type === binaryen.i64) return 64;
  throw new Error('the executor knows i32 and i64, and no other type');
};

const constantOf = (info: binaryen.ConstInfo): number | bigint => {
  if (typeof info.value === 'number' && info.type === binaryen.i32) return info.value | 0;
  if (typeof info.value === 'bigint') return BigInt.asIntN(64, info.value);
  const { low, high } = info.value as { low: number; high: number };
  if (info.type !== binaryen.i64) throw new Error('the executor knows constants of i32 and i64, and no others');
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
};

/** What is 0 is absent. */
const present = (...references: number[]): Expression[] => references.filter((reference) => reference !== 0).map(read);

const read = (reference: number): Expression => {
  // binaryen has nothing to tell about these two.
  const id = binaryen.getExpressionId(reference);
  if (id === binaryen.NopId) return { kind: 'nop', operands: [] };
  if (id === binaryen.UnreachableId) return { kind: 'unreachable', operands: [] };
  const info = binaryen.getExpressionInfo(reference);
  const as = <T>(): T => info as unknown as T;
  switch (id) {
    case binaryen.BlockId: {
      const { name, children } = as<binaryen.BlockInfo>();
      return { kind: 'block', label: name ?? '', children: children.map(read) };
    }
    case binaryen.LoopId: {
      const { name, body } = as<binaryen.LoopInfo>();
      return { kind: 'loop', label: name ?? '', body: read(body) };
    }
    case binaryen.IfId: {
      const { condition, ifTrue, ifFalse } = as<binaryen.IfInfo>();
      return { kind: 'if', condition: read(condition), then: read(ifTrue), else: present(ifFalse)[0] };
    }
    case binaryen.BreakId: {
      const { name, condition, value } = as<binaryen.BreakInfo>();
      return { kind: 'break', label: name, conditional: condition !== 0, operands: present(value, condition) };
    }
    case binaryen.CallId: {
      const { target, operands, isReturn } = as<binaryen.CallInfo>();
      if (isReturn) throw new Error('the executor does not know tail calls');
      return { kind: 'call', target, operands: operands.map(read) };
    }
    case binaryen.ConstId: return { kind: 'const', value: constantOf(as()), operands: [] };
    case binaryen.LocalGetId: return { kind: 'get', local: as<binaryen.LocalGetInfo>().index, operands: [] };
    case binaryen.LocalSetId: {
      const { isTee, index, value } = as<binaryen.LocalSetInfo>();
      return { kind: isTee ? 'tee' : 'set', local: index, operands: [read(value)] };
    }
    case binaryen.GlobalGetId: return { kind: 'global.get', global: as<binaryen.GlobalGetInfo>().name, operands: [] };
    case binaryen.GlobalSetId: {
      const { name, value } = as<binaryen.GlobalSetInfo>();
      return { kind: 'global.set', global: name, operands: [read(value)] };
    }
    case binaryen.LoadId: {
      const { isAtomic, isSigned, offset, bytes, ptr } = as<binaryen.LoadInfo>();
      if (isAtomic) throw new Error('the executor does not know atomic loads');
      return { kind: 'load', bytes, signed: isSigned, offset, width: widthOf(info.type), operands: [read(ptr)] };
    }
    case binaryen.StoreId: {
      const { isAtomic, offset, bytes, ptr, value } = as<binaryen.StoreInfo>();
      if (isAtomic) throw new Error('the executor does not know atomic stores');
      return { kind: 'store', bytes, offset, operands: [read(ptr), read(value)] };
    }
    case binaryen.UnaryId: {
      const { op, value } = as<binaryen.UnaryInfo>();
      return { kind: 'operator', name: named(UNARY, op), operands: [read(value)] };
    }
    case binaryen.BinaryId: {
      const { op, left, right } = as<binaryen.BinaryInfo>();
      return { kind: 'operator', name: named(BINARY, op), operands: [read(left), read(right)] };
    }
    case binaryen.SelectId: {
      const { ifTrue, ifFalse, condition } = as<binaryen.SelectInfo>();
      return { kind: 'select', operands: [read(ifTrue), read(ifFalse), read(condition)] };
    }
    case binaryen.DropId: return { kind: 'drop', operands: [read(as<binaryen.DropInfo>().value)] };
    case binaryen.ReturnId: return { kind: 'return', operands: present(as<binaryen.ReturnInfo>().value) };
    case binaryen.MemorySizeId: return { kind: 'memory.size', operands: [] };
    case binaryen.MemoryGrowId: return { kind: 'memory.grow', operands: [read(as<binaryen.MemoryGrowInfo>().delta)] };
    case binaryen.MemoryFillId: {
      const { dest, value, size } = as<binaryen.MemoryFillInfo>();
      return { kind: 'memory.fill', operands: [read(dest), read(value), read(size)] };
    }
    case binaryen.MemoryCopyId: {
      const { dest, source, size } = as<binaryen.MemoryCopyInfo>();
      return { kind: 'memory.copy', operands: [read(dest), read(source), read(size)] };
    }
    default: throw new Error(`the executor does not know binaryen's expression ${id}`);
  }
};

const readFunction = (reference: number): WasmFunction => {
  const { name, base, params, results, vars, body } = binaryen.getFunctionInfo(reference);
  if (base || body === null) throw new Error(`the module imports ${name}`);
  return {
    name,
    parameters: binaryen.expandType(params).map(widthOf),
    variables: vars.map(widthOf),
    results: binaryen.expandType(results).map(widthOf).length,
    body: read(body),
  };
};

/** The module open to the host: globals and inner functions exported, the memory imported. Its code is the same. */
const openModule = (module: binaryen.Module, { globals, functions, exports, memory: { initial, maximum } }: Omit<Program, 'open'>): Uint8Array => {
  for (const name of globals.keys()) module.addGlobalExport(name, `${GLOBAL_PREFIX}${name}`);
  for (const name of functions.keys()) if (!exports.has(name)) module.addFunctionExport(name, name);
  module.removeExport('memory');
  module.setMemory(initial, maximum, null, [], false, false, '0');
  module.addMemoryImport('0', 'host', 'memory', false);
  return module.emitBinary();
};

await answerRequest((wasm: Uint8Array): Program => {
  const module = binaryen.readBinary(wasm);
  const items = <T>(count: number, item: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => item(index));
  const functions = items(module.getNumFunctions(), (index) => readFunction(module.getFunctionByIndex(index)));
  const exports = items(module.getNumExports(), (index) => binaryen.getExportInfo(module.getExportByIndex(index)));
  const globals = items(module.getNumGlobals(), (index) => binaryen.getGlobalInfo(module.getGlobalByIndex(index)));
  if ((module as unknown as { getNumDataSegments(): number }).getNumDataSegments() > 0) throw new Error('the executor does not know data in memory');
  const { initial, max } = module.getMemoryInfo();
  const program = {
    functions: new Map(functions.map((found) => [found.name, found])),
    exports: new Map(exports.filter(({ kind }) => kind === binaryen.ExternalFunction).map(({ name, value }) => [name, value])),
    globals: new Map(globals.map(({ name, init }): [string, Concrete] => {
      const value = read(init);
      if (value.kind !== 'const') throw new Error(`the global ${name} does not begin with a constant`);
      return [name, value.value];
    })),
    memory: { initial, maximum: max ?? 65536 },
  };
  const open = openModule(module, program);
  module.dispose();
  return { ...program, open };
});
