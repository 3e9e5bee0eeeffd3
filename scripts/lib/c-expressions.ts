/**
 * wasm2c's statements as expressions.
 *
 * wasm2c writes a Wasm function as it is: each instruction is a statement that works on variables named after the
 * places of Wasm's stack (i0, i1, … and j0, … for 64 bits). Here the stack is run through once more with expressions in
 * the places of values, so that `i0 = p0; i1 = 4u; i0 += i1; p0 = i0;` becomes `p0 = p0 + 4;`. A value that has to be
 * computed before something else happens, or that several branches leave, keeps its variable.
 */

/** A value on the stack that is not in its variable yet. */
interface Value {
  text: string;
  /** How strongly its outermost operator binds; a key of the table below. */
  strength: number;
  /** It is 0 or 1, and an int to C. */
  isTruth: boolean;
  /** The comparison that is true where this one is not. */
  opposite?: string;
  /** Its left operand, and what changes a variable that is this operand. */
  update?: { left: string; text: string };
  /** It reads memory or a global variable, which a store or a call may change. */
  reads: boolean;
  /** It is a call, which may not change places with anything that reads. */
  calls: boolean;
}

const ATOM = 20;
const UNARY = 15;

/** C's binary operators and how strongly they bind. */
const STRENGTHS: Record<string, number> = {
  '*': 13, '+': 12, '-': 12, '<<': 11, '>>': 11, '<': 10, '<=': 10, '>': 10, '>=': 10, '==': 9, '!=': 9, '&': 8, '^': 7, '|': 6,
};

const TERNARY = 3;

const OPPOSITES: Record<string, string> = { '==': '!=', '!=': '==', '<': '>=', '>=': '<', '>': '<=', '<=': '>' };

/** Expressions that are longer go to a variable. */
const LENGTH_MAX = 90;

const PLACE = /\b[ij]\d+\b/g;

const atom = (text: string, more: Partial<Value> = {}): Value =>
  ({ text, strength: ATOM, isTruth: false, reads: false, calls: false, ...more });

/** Small numbers as people write them, large ones as bits. */
const literal = (text: string): string => {
  const value = Number(text.slice(0, -1));
  return value >= 0x10000 ? `0x${value.toString(16)}u` : text;
};

/** The value as an operand: in parentheses unless it binds more strongly than what it stands in. */
const within = ({ text, strength }: Value, outer: number): string => (strength > outer ? text : `(${text})`);

/** The value as an unsigned number, which a comparison is not to C. */
const unsigned = (value: Value): Value => (value.isTruth ? { ...value, text: `(u32)${within(value, UNARY)}`, strength: UNARY, isTruth: false, opposite: undefined } : value);

const effects = (...values: Value[]): Pick<Value, 'reads' | 'calls'> =>
  ({ reads: values.some(({ reads }) => reads), calls: values.some(({ calls }) => calls) });

const SMALL = /^(\d+)u$/;

/** The text where C makes an unsigned number of a literal anyhow. */
const plain = ({ text }: Value): string => text.replace(SMALL, '$1');

/**
 * @param cast what stands before both sides, if anything
 */
const binary = (operator: string, a: Value, b: Value, cast = ''): Value => {
  const strength = STRENGTHS[operator]!;
  const [left, right] = [unsigned(a), unsigned(b)];
  const arithmetic = strength >= STRENGTHS['+']!;
  // Where operators other than arithmetic mix, readers and compilers want parentheses.
  const outer = arithmetic ? strength : UNARY - 1;
  const leftText = cast === '' ? within(left, arithmetic && left.strength === strength ? strength - 1 : outer) : cast + within(left, UNARY - 1);
  const rightText = SMALL.test(right.text) && (cast === '' || Number(right.text.slice(0, -1)) < 2 ** 31)
    ? plain(right) : cast + within(right, cast === '' ? outer : UNARY - 1);
  const opposite = OPPOSITES[operator];
  return {
    text: `${leftText} ${operator} ${rightText}`,
    strength,
    isTruth: opposite !== undefined,
    opposite: opposite && `${leftText} ${opposite} ${rightText}`,
    update: opposite === undefined ? { left: leftText, text: `${operator}= ${plain(right)}` } : undefined,
    ...effects(a, b),
  };
};

const negation = (value: Value): Value => {
  if (value.opposite !== undefined) return { ...value, text: value.opposite, opposite: value.text };
  return { ...value, text: `!${within(value, UNARY - 1)}`, strength: UNARY, isTruth: true, opposite: undefined, update: undefined };
};

/** By how much a shift shifts: the value under the `mask` that Wasm puts on it, where that may change it. */
const shiftAmount = (value: Value, mask: string): Value => {
  const constant = /^(\d+)u(?:ll)?$/.exec(value.text)?.[1];
  return constant !== undefined && Number(constant) <= Number(mask) ? atom(constant) : binary('&', value, atom(mask));
};

/** The value as a number of another width. */
const cast = (type: string, value: Value): Value =>
  ({ ...atom(`(${type})${within(value, UNARY - 1)}`, effects(value)), strength: UNARY });

/** Rewrites the body of one function. */
class Folding {
  private readonly source: string[];
  private readonly isVoid: boolean;
  private readonly isGlobal: RegExp;
  /** What the places of the stack hold that is not in their variables. */
  private readonly places = new Map<string, Value>();
  private readonly lines: string[] = [];
  private indent = '';

  constructor(source: string[], isVoid: boolean, isGlobal: RegExp) {
    this.source = source;
    this.isVoid = isVoid;
    this.isGlobal = isGlobal;
  }

  private emit(statement: string): void {
    this.lines.push(this.indent + statement);
  }

  /** Puts a value into its variable, after those that still need what the variable has held. */
  private settle(place: string): void {
    const value = this.places.get(place);
    if (!value) return;
    this.places.delete(place);
    for (const [other, { text }] of [...this.places]) if (new RegExp(`\\b${place}\\b`).test(text)) this.settle(other);
    if (value.text !== place) this.emit(`${place} = ${plain(value)};`);
  }

  private settleIf(condition: (value: Value) => boolean): void {
    for (const place of [...this.places.keys()].sort()) {
      const value = this.places.get(place);
      if (value && condition(value)) this.settle(place);
    }
  }

  private settleAll(): void {
    this.settleIf(() => true);
  }

  /** The function is left: of what is on the stack, only the effects of calls remain. */
  private dropAll(): void {
    for (const [, { text, calls }] of [...this.places].sort()) if (calls) this.emit(`${text};`);
    this.places.clear();
  }

  /** The value at a place, which leaves the stack. */
  private take(place: string): Value {
    const value = this.places.get(place) ?? atom(place);
    this.places.delete(place);
    return value;
  }

  private push(place: string, value: Value): void {
    for (const dropped of [`i${place.slice(1)}`, `j${place.slice(1)}`]) {
      const { text, calls } = this.take(dropped);
      if (calls) this.emit(`${text};`);
    }
    this.places.set(place, value);
    if (value.text.length > LENGTH_MAX) this.settle(place);
  }

  /** Whether the value at `place` is used again behind line `index`: the next use of the stack tells how high it is. */
  private isAliveAfter(place: string, index: number): boolean {
    const height = Number(place.slice(1));
    const seen = new Set<number>();
    for (let at = index + 1; at < this.source.length && !seen.has(at); at++) {
      seen.add(at);
      const line = this.source[at]!.trim();
      const uses = [...line.matchAll(PLACE)].map(([name]) => Number(name.slice(1)));
      if (uses.length > 0) {
        const [, target, operation] = /^[ij](\d+) (\W*=) /.exec(line) ?? [];
        const read = target !== undefined && operation === '=' ? [...line.slice(line.indexOf('=')).matchAll(PLACE)].map(([name]) => Number(name.slice(1))) : uses;
        return Math.max(...uses) > height || read.includes(height);
      }
      const jump = /^goto (\w+);$/.exec(line)?.[1];
      if (line === '} else {') at = this.endOf(at);
      else if (line === 'return;') return false;
      else if (jump) at = this.source.findIndex((other) => other.trim().startsWith(`${jump}:`)) - 1;
    }
    return false;
  }

  /** The line that closes the block opened in line `index`. */
  private endOf(index: number): number {
    let depth = 1;
    for (let at = index + 1; at < this.source.length; at++) {
      const line = this.source[at]!.trim();
      if (line.startsWith('}')) depth--;
      if (depth === 0) return at;
      if (line.endsWith('{')) depth++;
    }
    throw new Error(`no end of the block at ${this.source[index]!.trim()}`);
  }

  /** What leaves a function with the value at the bottom of the stack. */
  private returning(): string {
    return this.isVoid ? 'return;' : `return ${plain(this.places.get('i0') ?? atom('i0'))};`;
  }

  run(): string[] {
    this.source.forEach((line, index) => {
      const [indent] = /^ */.exec(line)!;
      if (line.startsWith(`${indent}}`)) {
        this.indent = `${indent}  `;
        this.settleAll();
      }
      this.indent = indent;
      this.statement(line.trim(), index);
    });
    this.indent = '  ';
    this.dropAll();
    return this.lines;
  }

  private statement(line: string, index: number): void {
    const assignment = /^([ij]\d+) = (.*);$/.exec(line);
    if (assignment) return this.assign(assignment[1]!, assignment[2]!, line);

    const update = /^([ij]\d+) (\S+)= (\S+|\((\S+) & (31|63)\));$/.exec(line);
    if (update && update[2]! in STRENGTHS) {
      const [, target, operator, right, shifted, mask] = update;
      const [b, a] = [this.take(shifted ?? right!), this.take(target!)];
      this.push(target!, binary(operator!, a, mask === undefined ? b : shiftAmount(b, mask)));
      return;
    }

    const set = /^(\w+(?:\.\w+)?) = ([ij]\d+);$/.exec(line);
    if (set) return this.store(set[1]!, set[2]!, index);

    const branch = /^if \(([ij]\d+)\) (?:\{|\{goto (\w+);\})$/.exec(line);
    if (branch) {
      const condition = this.take(branch[1]!);
      const jump = branch[2];
      if (jump === undefined || jump !== 'Bfunc') this.settleAll();
      else this.settleIf(({ calls }) => calls);
      this.emit(jump === undefined ? `if (${condition.text}) {` : `if (${condition.text}) ${jump === 'Bfunc' ? this.returning() : `goto ${jump};`}`);
      return;
    }

    if (line === 'goto Bfunc;') {
      if (this.isVoid) this.dropAll();
      this.emit(this.returning());
      this.places.clear();
      return;
    }

    const result = /^return ([ij]\d+);$/.exec(line);
    if (result) {
      this.emit(`return ${plain(this.take(result[1]!))};`);
      this.places.clear();
      return;
    }

    const call = /^(\w+)\(((?:[ij]\d+(?:, )?)*)\);$/.exec(line);
    if (call) {
      const operands = this.operands(call[2]!);
      this.settleIf(({ reads, calls }) => reads || calls);
      this.emit(`${call[1]}(${operands.map(plain).join(', ')});`);
      return;
    }

    const memory = /^(i\d\d_store\w*)\(\(u64\)\(([ij]\d+)\)(?: \+ (\d+)u?)?, ([ij]\d+)\);$/.exec(line);
    if (memory) {
      const [value, address] = [this.take(memory[4]!), this.take(memory[2]!)];
      this.settleIf(({ reads, calls }) => reads || calls);
      this.emit(`${memory[1]}(${plain(address)}, ${memory[3] ?? 0}, ${plain(value)});`);
      return;
    }

    if (line === 'Bfunc:;' && !this.lines.some((other) => other.includes('goto Bfunc;'))) return;
    // What begins, ends or leaves a block, and whatever is not understood: values go to their variables.
    this.settleAll();
    this.emit(line);
  }

  private operands(list: string): Value[] {
    return list.split(', ').filter((name) => name !== '').reverse().map((name) => this.take(name)).reverse();
  }

  /** A local or global variable takes a value. */
  private store(variable: string, place: string, index: number): void {
    const alive = this.isAliveAfter(place, index);
    const value = this.take(place);
    const global = this.isGlobal.test(variable);
    const pattern = new RegExp(`(?<![\\w.])${variable.replace('.', '\\.')}(?!\\w)`);
    this.settleIf(({ text, calls }) => calls || pattern.test(text));
    if (value.update?.left === variable) this.emit(`${variable} ${value.update.text};`);
    else if (value.text !== variable) this.emit(`${variable} = ${plain(value)};`);
    if (alive) this.places.set(place, atom(variable, { reads: global }));
  }

  private assign(target: string, expression: string, line: string): void {
    const [, signed, first, operator, second] =
      /^(?:\(u32\)\(|)((?:\(s32\))?)([ij]\d+) (==|!=|<=|>=|<|>) (?:\(s32\))?([ij]\d+)\)?$/.exec(expression) ?? [];
    if (first !== undefined) {
      const [b, a] = [this.take(second!), this.take(first)];
      this.push(target, binary(operator!, a, b, signed));
      return;
    }
    if (SMALL.test(expression)) return this.push(target, atom(literal(expression)));
    if (/^\w+(\.\w+)?$/.test(expression)) {
      if (/^[ij]\d+$/.test(expression)) return this.push(target, this.take(expression));
      const reads = this.isGlobal.test(expression);
      if (reads) this.settleIf(({ calls }) => calls);
      return this.push(target, atom(expression, { reads }));
    }
    const not = /^!\(([ij]\d+)\)$/.exec(expression);
    if (not) return this.push(target, negation(this.take(not[1]!)));

    const width = /^\((u32|u64)\)\(([ij]\d+)\)$/.exec(expression);
    if (width) return this.push(target, cast(width[1]!, this.take(width[2]!)));

    const choice = /^([ij]\d+) \? ([ij]\d+) : ([ij]\d+)$/.exec(expression);
    if (choice) {
      // Wasm computes both; C one of them, so that neither may have an effect.
      this.settleIf(({ calls }) => calls);
      const [condition, b, a] = [this.take(choice[1]!), unsigned(this.take(choice[3]!)), unsigned(this.take(choice[2]!))];
      const text = `${within(condition, TERNARY)} ? ${within(a, TERNARY)} : ${within(b, TERNARY)}`;
      return this.push(target, { text, strength: TERNARY, isTruth: false, ...effects(condition, a, b) });
    }

    const load = /^(i\d\d_load\w*)\(\(u64\)\(([ij]\d+)\)(?: \+ (\d+)u?)?\)$/.exec(expression);
    if (load) {
      const address = this.take(load[2]!);
      this.settleIf(({ calls }) => calls);
      return this.push(target, atom(`${load[1]}(${plain(address)}, ${load[3] ?? 0})`, { ...effects(address), reads: true }));
    }

    const call = /^(\w+)\(((?:[ij]\d+(?:, )?)*)\)$/.exec(expression);
    if (call) {
      const operands = this.operands(call[2]!);
      const pure = /^[A-Z]/.test(call[1]!);
      this.settleIf(({ reads, calls }) => calls || (!pure && reads));
      const text = `${call[1]}(${operands.map(plain).join(', ')})`;
      return this.push(target, atom(text, pure ? effects(...operands) : { reads: true, calls: true }));
    }
    this.settleAll();
    this.emit(line);
  }
}

/** A loop as wasm2c writes it, by the indentation of its label. */
const LOOP = /^( *)(L\d+):\n\1 {2}if \((.*)\) \{\n((?:\1 {4}.*\n|\n)*)\1 {4}goto \2;\n\1 {2}\}$/m;

/** `L0: if (c) { …; goto L0; }` is a loop that people write with while; labels that nothing leads to go. */
const withLoops = (lines: string[]): string[] => {
  let text = lines.map((line) => line.trimEnd()).join('\n');
  for (;;) {
    const next = text.replace(LOOP, (_, indent: string, label: string, condition: string, body: string) => {
      const loop = `while (${condition}) {\n${body}${indent}  }`;
      if (body.includes(`goto ${label};`)) return `${indent}${label}: ${loop}`;
      return indent + loop.replaceAll(/^ {2}/gm, '');
    });
    if (next === text) break;
    text = next;
  }
  const targets = new Set([...text.matchAll(/goto (\w+);/g)].map(([, label]) => label!));
  return text.split('\n').filter((line) => {
    const label = /^ *(\w+):;?$/.exec(line)?.[1];
    return label === undefined || label === 'default' || targets.has(label);
  });
};

/** A declaration of variables: only those that are used. */
const declarations = (type: string, names: string[], body: string): string[] => {
  const used = names.filter((name) => new RegExp(`\\b${/^\w+/.exec(name)![0]}\\b`).test(body));
  return used.length === 0 ? [] : [`  ${type} ${used.join(', ')};`];
};

/** Without what nobody reads: results that were dropped, of calls whose effect remains. */
const withoutUnread = (lines: string[]): string[] => {
  const read = new Set(lines.flatMap((line) => line.replace(/^ *[ij]\d+ = /, '').match(PLACE) ?? []));
  return lines.flatMap((line) => {
    const [, indent, place, value] = /^( *)([ij]\d+) = (.*)$/.exec(line) ?? [];
    if (place === undefined || read.has(place)) return [line];
    return /^[a-z]\w*\(/.test(value!) ? [`${indent}${value}`] : [];
  });
};

const foldFunction = (head: string, source: string, isGlobal: RegExp): string => {
  const variables: [type: string, names: string[]][] = [];
  const rest = source.replaceAll(/^ {2}(u32|u64) ((?:\w+(?: = 0)?,\s+)*\w+(?: = 0)?);\n/gm, (_, type: string, names: string) => {
    variables.push([type, names.split(/,\s+/)]);
    return '';
  });
  const folded = withoutUnread(withLoops(new Folding(rest.trimEnd().split('\n'), head.startsWith('static void'), isGlobal).run()));
  const body = folded.join('\n');
  return [head, ...variables.flatMap(([type, names]) => declarations(type, names, body)), body, '}'].join('\n');
};

/**
 * The functions of a translation with expressions in place of single instructions. Loads and stores take an address and
 * an offset.
 *
 * @param functions definitions, each from `static` at the beginning of a line to `}` at the beginning of another
 * @param isGlobal matches the names of global variables
 */
export const foldExpressions = (functions: string, isGlobal: RegExp): string =>
  functions.replaceAll(/^(static [^\n]*\{)\n(.*?)^\}/gms, (_, head: string, body: string) => foldFunction(head, body, isGlobal));
