/**
 * One path through a program: what is assumed of the inputs on it, and where other paths leave it.
 *
 * A path is a set of facts. The program runs from its beginning with them; where it asks what they do not answer, the
 * path takes one of the possible answers and leaves the others for later. Every "possible" is witnessed by numbers for
 * the inputs, every "impossible" is the solver's.
 */

import type { Solver } from './solver.ts';
import { all, apply, Assignment, isOneOf, isTerm, not, some, type Term, type Value } from './term.ts';

/** More values than this of one address or divisor are an error: the claim needs a smaller state, or another way. */
const VALUES_MAX = 5000;

/** Witnesses kept for a path: they answer most questions without the solver. */
const WITNESSES_MAX = 12;

/** How far from a known witness to look for others. */
const DISTANCES = [1, 16, 128, 512, 4096, 65536].flatMap((distance) => [distance, -distance]);

/** Eight to a doubling: every size class is one. */
const BOUNDS = [
  ...Array.from({ length: 8 }, (_, index) => index),
  ...Array.from({ length: 29 * 8 }, (_, index) => (8 + (index % 8)) * 2 ** Math.floor(index / 8)),
  0xffffffff,
];

/** What was found wrong, with the numbers that show it. */
export class Violation extends Error {
  readonly inputs: Assignment;
  constructor(message: string, inputs: Assignment) {
    super(message);
    this.inputs = inputs;
  }
}

interface Facts {
  conditions: Value[];
  /** Terms that have one value only under the conditions, and those that go by another name. */
  known: Map<Term, Value>;
  /** Conditions that always or never hold under them. */
  decided: Map<Term, boolean>;
  /** Terms and a set of values that holds all that they can have. */
  possible: Map<Term, number[]>;
  witnesses: Assignment[];
  /** Terms that may have become known by the last condition. */
  suspects: Term[];
}

export class Path {
  readonly #solver: Solver;
  readonly #facts: Facts;
  /** Where to leave the paths that branch off. */
  readonly #others: Path[];
  /** The terms that the program still holds; it says so. */
  live: () => Iterable<Term> = () => [];

  private constructor(solver: Solver, facts: Facts, others: Path[]) {
    this.#solver = solver;
    this.#facts = facts;
    this.#others = others;
  }

  /**
   * The path on which nothing but `condition` is assumed; undefined if that cannot hold.
   *
   * @param names terms and what stands for them
   */
  static first(solver: Solver, condition: Value, names: ReadonlyMap<Term, Value>, others: Path[]): Path | undefined {
    const witness = solver.solve([condition]);
    if (!witness) return undefined;
    const facts: Facts = { conditions: [condition], known: new Map(names), decided: new Map(), possible: new Map(), witnesses: [witness], suspects: [] };
    return new Path(solver, facts, others);
  }

  /** To be called before the program runs: finds what the last condition has made unique. */
  begin(): void {
    this.settle(this.#facts.suspects);
    this.#facts.suspects = [];
  }

  /** The condition under which the inputs lead here. */
  get condition(): Value {
    return all(...this.#facts.conditions);
  }

  /** Inputs that lead here. */
  get witness(): Assignment {
    return this.#facts.witnesses[0]!;
  }

  /** The value, as a number if it can have no other here. */
  resolve(value: Value): Value {
    const known = isTerm(value) ? this.#facts.known.get(value) : undefined;
    return known === undefined ? value : this.resolve(known);
  }

  /** Inputs with which `condition` holds here as well; undefined if it cannot. */
  #find(condition: Value): Assignment | undefined {
    const { conditions, witnesses } = this.#facts;
    const known = witnesses.find((witness) => witness.of(condition) !== 0);
    if (known) return known;
    const found = this.#solver.solve([...conditions, condition]);
    if (found) witnesses.push(found);
    if (witnesses.length > WITNESSES_MAX) witnesses.shift();
    return found;
  }

  /**
   * Takes the first of several possible answers, each a condition with a witness, and leaves the others for later.
   *
   * @param learn adds what an answer tells beyond its condition, by its index
   */
  #fork(answers: { condition: Value; witness: Assignment }[], learn: (facts: Facts, index: number) => void): void {
    const { conditions, known, decided, possible, witnesses } = this.#facts;
    const live = [...new Set(this.live())].filter((term) => !known.has(term));
    const [first, ...others] = answers.map(({ condition, witness }, index): Facts => {
      const fitting = witnesses.filter((other) => other !== witness && other.of(condition) !== 0);
      const facts = {
        conditions: [...conditions, condition],
        known: new Map(known),
        decided: new Map(decided),
        possible: new Map(possible),
        witnesses: [witness, ...fitting],
        suspects: live,
      };
      learn(facts, index);
      return facts;
    });
    for (const facts of others) this.#others.push(new Path(this.#solver, facts, this.#others));
    Object.assign(this.#facts, first);
    this.begin();
  }

  /** Inputs beside those of `witness` that lead here as well, where our own arithmetic suffices to know that. */
  * #neighbours({ values }: Assignment): Iterable<Assignment> {
    for (const [name, value] of values) {
      for (const distance of DISTANCES) {
        const other = typeof value === 'number' ? (value + distance) | 0 : BigInt.asIntN(64, value + BigInt(distance));
        const neighbour = new Assignment(new Map(values).set(name, other));
        if (this.#facts.conditions.every((condition) => neighbour.of(condition) !== 0)) yield neighbour;
      }
    }
  }

  /** Looks for more witnesses beside the first one. */
  #lookAround(): void {
    const { witnesses } = this.#facts;
    for (const neighbour of this.#neighbours(this.witness)) {
      if (witnesses.length >= WITNESSES_MAX) return;
      witnesses.push(neighbour);
    }
  }

  /** Finds which of `terms` can have one value only here; `resolve` knows it from then on. */
  settle(terms: Iterable<Term>): void {
    const { known, conditions, witnesses } = this.#facts;
    let candidates = [...terms].filter((term) => !known.has(term));
    if (candidates.length > 0) this.#lookAround();
    for (;;) {
      const [first, ...rest] = witnesses as [Assignment, ...Assignment[]];
      candidates = candidates.filter((term) => rest.every((witness) => witness.of(term) === first.of(term)));
      if (candidates.length === 0) return;
      const differs = some(...candidates.map((term) => not(apply(term.width === 64 ? 'i64.eq' : 'i32.eq', term, first.of(term)))));
      const other = this.#solver.solve([...conditions, differs]);
      if (!other) break;
      witnesses.push(other);
    }
    for (const term of candidates) known.set(term, witnesses[0]!.of(term));
    witnesses.splice(WITNESSES_MAX);
  }

  /** Whether a condition (any value: true unless 0) holds here. Where it may or may not, there are two paths from now. */
  decide(condition: Value): boolean {
    const value = this.resolve(condition);
    if (!isTerm(value)) return value !== 0;
    const known = this.#facts.decided.get(value);
    if (known !== undefined) return known;
    // A condition is any number; those of a path are 0 or 1.
    const answers = [not(not(value)), not(value)].flatMap((answer, index) => {
      const witness = this.#find(answer);
      return witness ? [{ condition: answer, witness, holds: index === 0 }] : [];
    });
    const learn = (facts: Facts, index: number): void => { facts.decided.set(value, answers[index]!.holds); };
    if (answers.length > 1) this.#fork(answers, learn);
    else learn(this.#facts, 0);
    return answers[0]!.holds;
  }

  /**
   * The values that `value` can have here, all of one class: there is a path for each class from now.
   *
   * @param classOf what tells values apart, by the operator `===`
   */
  choose(value: Value, classOf: (candidate: number) => unknown = (candidate) => candidate): number[] {
    const term = this.resolve(value);
    if (!isTerm(term)) return [term as number];
    const candidates = this.#facts.possible.get(term) ?? this.#enumerate(term);
    const classes = new Map<unknown, number[]>();
    for (const candidate of candidates) {
      const key = classOf(candidate);
      const members = classes.get(key);
      if (members) members.push(candidate);
      else classes.set(key, [candidate]);
    }
    const answers = [...classes.values()].flatMap((values) => {
      const condition = classes.size === 1 ? 1 : isOneOf(term, values);
      const witness = this.#find(condition);
      return witness ? [{ condition, witness, values }] : [];
    });
    const learn = (facts: Facts, index: number): void => {
      const { values } = answers[index]!;
      facts.possible.set(term, values);
      if (values.length === 1) facts.known.set(term, values[0]!);
    };
    if (answers.length > 1) this.#fork(answers, learn);
    else learn(this.#facts, 0);
    return answers[0]!.values;
  }

  /** All values that the term can have here. */
  #enumerate(term: Term): number[] {
    const found = new Map<number, Assignment>();
    const waiting: Assignment[] = [];
    const note = (witness: Assignment): void => {
      const value = witness.of(term) as number;
      if (found.has(value)) return;
      if (found.size === VALUES_MAX) throw new Error(`a value with more than ${VALUES_MAX} possibilities would have to be split`);
      found.set(value, witness);
      waiting.push(witness);
    };
    this.#facts.witnesses.forEach(note);
    for (;;) {
      for (let witness = waiting.pop(); witness !== undefined; witness = waiting.pop()) {
        for (const neighbour of this.#neighbours(witness)) note(neighbour);
      }
      const values = [...found.keys()];
      const other = this.#solver.solve([...this.#facts.conditions, not(isOneOf(term, values))]);
      if (!other) break;
      note(other);
    }
    this.#facts.witnesses = [...new Set([this.witness, ...found.values()])];
    return [...found.keys()];
  }

  /** The smallest of BOUNDS that `value`, unsigned, is never above here. */
  bound(value: Value): number {
    const term = this.resolve(value);
    if (!isTerm(term)) return (term as number) >>> 0;
    let low = 0;
    let high = BOUNDS.length - 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#find(apply('i32.gt_u', term, BOUNDS[middle]! | 0))) low = middle + 1;
      else high = middle;
    }
    return BOUNDS[low]!;
  }

  /** Throws a Violation unless `condition` always holds here. */
  demand(condition: Value, message: string): void {
    const inputs = this.#find(not(condition));
    if (inputs) throw new Violation(message, inputs);
  }
}
