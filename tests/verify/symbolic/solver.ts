/**
 * The solver: whether conditions can hold together. Every yes comes with numbers that were tried out by our own
 * arithmetic; what is neither yes nor no is an error.
 */

import { init } from 'z3-solver';
import type { Concrete, Formula, Truth, Z3 } from './operators.ts';
import { Assignment, isTerm, type Input, type Term, type Value } from './term.ts';

/** Z3's own count of steps after which it gives up on one question: some tens of seconds. */
const STEPS_MAX = 100_000_000;

/** Z3_lbool. */
const UNSATISFIABLE = -1;
const SATISFIABLE = 1;

const { Context, em, Z3: api } = await init();
const z3 = Context('symbolic') as Z3;

const formulas = new Map<Term, Formula | Truth>();
const isTruth = (formula: Formula | Truth): formula is Truth => z3.isBool(formula);

const translate = (term: Term): Formula | Truth => {
  const known = formulas.get(term);
  if (known) return known;
  const made = term.kind === 'input'
    ? z3.BitVec.const(term.name, term.width) as Formula
    : term.operator.formula(z3, ...term.operands.map((operand, index) => bits(operand, term.operator.operands[index]!)));
  formulas.set(term, made);
  return made;
};

/** As bits: a truth is 1 or 0. */
const bits = (value: Value, width: number): Formula => {
  if (!isTerm(value)) return z3.BitVec.val(value, width) as Formula;
  const formula = translate(value);
  return isTruth(formula) ? z3.If(formula, z3.BitVec.val(1, 32), z3.BitVec.val(0, 32)) as Formula : formula;
};

/** As a truth: bits are true unless they are all 0. */
const truth = (term: Term): Truth => {
  if (term.kind === 'operation' && ['i32.and', 'i32.or', 'i32.eqz'].includes(term.name) && term.operands.every(isCondition)) {
    const parts = term.operands.map((operand) => (isTerm(operand) ? truth(operand) : z3.Bool.val(operand !== 0)));
    if (term.name === 'i32.and') return z3.And(...parts);
    return term.name === 'i32.or' ? z3.Or(...parts) : z3.Not(parts[0]!);
  }
  const formula = translate(term);
  return isTruth(formula) ? formula : formula.neq(z3.BitVec.val(0, term.width)) as Truth;
};

const conditions = new Map<Term, boolean>();

/** Whether a value is 0 or 1 whatever the inputs are. */
const isCondition = (value: Value): boolean => {
  if (!isTerm(value)) return value === 0 || value === 1;
  const known = conditions.get(value);
  if (known !== undefined) return known;
  const found = value.kind === 'operation'
    && (['i32.and', 'i32.or'].includes(value.name) ? value.operands.every(isCondition) : isTruth(translate(value)));
  conditions.set(value, found);
  return found;
};

const inputsOf = new Map<Term, ReadonlySet<Input>>();
const collectInputs = (term: Term): ReadonlySet<Input> => {
  const known = inputsOf.get(term);
  if (known) return known;
  const found = term.kind === 'input' ? new Set([term]) : new Set(term.operands.filter(isTerm).flatMap((operand) => [...collectInputs(operand)]));
  inputsOf.set(term, found);
  return found;
};

export class Solver {
  /** The incremental solver alone, without the portfolio around it: for many small questions. Its type is missing. */
  readonly #solver = new z3.Solver(api.mk_simple_solver(z3.ptr) as unknown as string);
  /** The conditions in the solver, each in a scope of its own. */
  readonly #scopes: Term[] = [];
  /** Questions asked so far. */
  questions = 0;

  constructor() {
    this.#solver.set('rlimit', STEPS_MAX);
  }

  /** Makes the solver's conditions these; what they have in common with the last ones stays. */
  #assume(conditions: Term[]): void {
    let common = 0;
    while (common < conditions.length && conditions[common] === this.#scopes[common]) common++;
    if (common < this.#scopes.length) this.#solver.pop(this.#scopes.length - common);
    this.#scopes.length = common;
    for (const condition of conditions.slice(common)) {
      this.#solver.push();
      this.#solver.add(truth(condition));
      this.#scopes.push(condition);
    }
  }

  /**
   * Z3's check, in this thread: the package's own call starts a thread for each question, which takes four times as
   * long as a typical one.
   */
  #check(): boolean {
    this.questions++;
    const answer = em._Z3_solver_check(z3.ptr, this.#solver.ptr) as number;
    const error = api.get_error_code(z3.ptr);
    if (error !== 0) throw new Error(`the solver failed: ${api.get_error_msg(z3.ptr, error)}`);
    if (answer !== SATISFIABLE && answer !== UNSATISFIABLE) throw new Error(`the solver does not know: ${this.#solver.reasonUnknown()}`);
    return answer === SATISFIABLE;
  }

  /** Numbers with which all conditions hold (are not 0); undefined if there are none. */
  solve(conditions: readonly Value[]): Assignment | undefined {
    const terms: Term[] = [];
    for (const condition of conditions) {
      if (isTerm(condition)) terms.push(condition);
      else if (condition === 0) return undefined;
    }
    this.#assume(terms);
    if (!this.#check()) return undefined;
    const model = this.#solver.model();
    const values = new Map<string, Concrete>();
    for (const found of new Set(terms.flatMap((term) => [...collectInputs(term)]))) {
      const number = model.eval(translate(found) as Formula, true) as unknown as { value(): bigint };
      values.set(found.name, found.width === 64 ? BigInt.asIntN(64, number.value()) : Number(BigInt.asIntN(32, number.value())));
    }
    const assignment = new Assignment(values);
    const broken = terms.find((term) => assignment.of(term) === 0);
    if (broken) throw new Error(`the solver's numbers do not fulfil its own conditions: ${assignment.toString()}`);
    return assignment;
  }
}
