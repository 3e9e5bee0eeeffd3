/**
 * The inductive step: from every set of free frames, reachable or not, every operation leads to the state that the
 * model demands. A state of the buddy that satisfies its invariant is the canonical bitmap of such a set, so these are
 * all of them; with live spans told apart, all layouts of which explore.ts finds every one reachable.
 */

import type { Outcome } from '../verification.ts';
import type { Arena } from './arena.ts';
import { holds, runOf } from './model.ts';
import { alloc, compose, demandRuns, pack, release, take, Violation } from './operations.ts';

const ORDERS = 6;

export interface InductionCounts { states: number; transitions: number; questions: number }

/** Every operation from the state in which the frames of `free` are free; adds to the counts. */
const stepAll = (arena: Arena, free: number, counts: InductionCounts): void => {
  const { frames, offset } = arena.plan;
  let transitions = 0;
  for (let order = 0; order < ORDERS; order++) {
    for (let count = 1; count <= frames + 1; count++) {
      arena.set(free);
      pack(arena, free, count, order);
      arena.set(free);
      transitions += 2;
      if (alloc(arena, free, count, order) !== -1) continue;
      compose(arena, free, count, order);
      transitions++;
    }
  }
  for (let first = offset; first < offset + frames; first++) {
    for (let count = 1; first + count <= offset + frames; count++) {
      const run = runOf(first, count);
      if ((free & run) === 0) {
        arena.set(free);
        release(arena, free, first, count);
      } else if (holds(free, run)) {
        arena.set(free);
        take(arena, free, first, count);
      } else {
        break;
      }
      transitions++;
    }
  }
  counts.transitions += transitions;
};

/** The inductive step over all sets. Throws a Violation that names the set. */
export const induct = (arena: Arena): InductionCounts => {
  const { frames, offset } = arena.plan;
  const counts: InductionCounts = { states: 0, transitions: 0, questions: 0 };
  const initial = arena.wrong(arena.all | arena.guards);
  if (initial !== undefined) throw new Violation(`everything free: ${initial}`);
  for (let set = 0; set < 2 ** frames; set++) {
    const free = set << offset | arena.guards;
    try {
      arena.set(free);
      counts.questions += demandRuns(arena, free);
      stepAll(arena, free, counts);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      throw new Violation(`with the frames 0b${(free >>> 0).toString(2)} free: ${error.message}`);
    }
    counts.states++;
  }
  const elsewhere = arena.wrongElsewhere();
  if (elsewhere !== undefined) throw new Violation(elsewhere);
  return counts;
};

/** `check` as an outcome: a Violation, or a trap of the core, becomes a counterexample. */
export const outcomeOf = (check: () => Omit<Outcome, 'counterexample'>): Outcome => {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof Violation) && !(error instanceof WebAssembly.RuntimeError)) throw error;
    return { counts: {}, binaries: [], counterexample: { message: error.message } };
  }
};
