/**
 * All states of the buddy with its live spans, breadth first from the state in which everything is free, until there is
 * no further one: what is shown of them holds for sequences of any length.
 *
 * A state is the set of used frames and the set of first frames of live spans; the core's memory follows from the
 * former (model.ts), which every transition checks. Nothing else distinguishes states, so nothing is canonicalised; the
 * peak of used frames alone is a memory of the past, and is checked and set anew for each transition.
 */

import type { Arena } from './arena.ts';
import { holds, runOf } from './model.ts';
import { alloc, compose, release, take, Violation } from './operations.ts';

const ORDERS = 5;

/** An operation: `alloc count order`, `free first`, `resize first count`; frames of the window. */
export type Operation = [kind: 'alloc' | 'free' | 'resize', a: number, b: number];

const KINDS = ['alloc', 'free', 'resize'] as const;
const packed = (kind: number, a: number, b: number): number => kind << 16 | a << 8 | b;
const unpacked = (code: number): Operation => [KINDS[code >> 16]!, code >> 8 & 0xff, code & 0xff];

export const textOf = (operations: Operation[]): string =>
  operations.map(([kind, a, b]) => (kind === 'free' ? `free ${a}` : `${kind} ${a} ${b}`)).join(', ');

export const parse = (text: string): Operation[] => text.split(',').map((item) => {
  const [kind, a, b = '0'] = item.trim().split(/\s+/);
  const known = KINDS.find((name) => name === kind);
  if (!known || !/^\d+$/.test(a ?? '') || !/^\d+$/.test(b)) {
    throw new Error(`"${item.trim()}" is none of: alloc <frames> <order>, free <frame>, resize <frame> <frames>`);
  }
  return [known, Number(a), Number(b)];
});

/** The used frames and the first frames of the live spans. */
export interface Layout { used: number; starts: number }

/** The length of the live span that begins at `first`. */
const lengthOf = ({ used, starts }: Layout, first: number): number => {
  let length = 1;
  while (first + length < 32 && holds(used, runOf(first + length, 1)) && !holds(starts, runOf(first + length, 1))) length++;
  return length;
};

/**
 * Does one operation from `layout`, to which the core has been set with the frames of `guards` free besides. The layout
 * behind it; throws a Violation.
 */
const step = (arena: Arena, guards: number, layout: Layout, kind: number, a: number, b: number): Layout => {
  const free = arena.all & ~layout.used | guards;
  if (kind === 0) {
    let first = alloc(arena, free, a, b);
    if (first === -1) first = compose(arena, free, a, b);
    if (first === -1) return layout;
    // Frames of the guards are checked like any others, and not kept.
    if (!holds(arena.all, runOf(first, a))) return layout;
    return { used: layout.used | runOf(first, a), starts: layout.starts | runOf(first, 1) };
  }
  const length = lengthOf(layout, a);
  if (kind === 1) {
    release(arena, free, a, length);
    return { used: layout.used & ~runOf(a, length), starts: layout.starts & ~runOf(a, 1) };
  }
  if (b < length) {
    release(arena, free, a + b, length - b);
    return { used: layout.used & ~runOf(a + b, length - b), starts: layout.starts };
  }
  const grown = runOf(a + length, b - length);
  if (arena.buddyRunEdge(arena.windowFrame + a + length, 1, arena.windowFrame + a + b) < arena.windowFrame + a + b) {
    if (holds(free, grown)) throw new Violation(`resize ${a} ${b} finds no room, although the frames behind are free`);
    return layout;
  }
  if (!holds(free, grown)) throw new Violation(`resize ${a} ${b} takes frames that are not free`);
  take(arena, free, a + length, b - length);
  return { used: layout.used | grown, starts: layout.starts };
};

export interface Exploration { states: number; transitions: number; failed?: { message: string; sequence: string } }

/** Explores until no state is new, or an operation goes wrong. */
export const explore = (arena: Arena): Exploration => {
  const { frames, offset } = arena.plan;
  const seen = new Uint8Array(2 ** (2 * frames));
  const used: number[] = [0];
  const starts: number[] = [0];
  const parents: number[] = [-1];
  const codes: number[] = [0];
  seen[0] = 1;
  let transitions = 0;
  let at = 0;
  const path = (last: number): Operation[] => {
    const operations: Operation[] = [];
    for (let state = last; state > 0; state = parents[state]!) operations.unshift(unpacked(codes[state]!));
    return operations;
  };
  const visit = (guards: number, layout: Layout, kind: number, a: number, b: number): void => {
    arena.set(arena.all & ~layout.used | guards);
    current = packed(kind, a, b);
    let next: Layout;
    try {
      next = step(arena, guards, layout, kind, a, b);
    } catch (error) {
      if (error instanceof Violation) throw error;
      throw new Violation(`${KINDS[kind]!} ${a} ${b}: ${(error as Error).message}`);
    }
    transitions++;
    const key = (next.used >>> offset) + (next.starts >>> offset) * 2 ** frames;
    if (seen[key] === 1) return;
    seen[key] = 1;
    used.push(next.used);
    starts.push(next.starts);
    parents.push(at);
    codes.push(packed(kind, a, b));
  };
  let current = 0;
  try {
    for (; at < used.length; at++) {
      const layout = { used: used[at]!, starts: starts[at]! };
      for (let order = 0; order < ORDERS; order++) {
        for (let count = 1; count <= frames + 1; count++) {
          visit(arena.guards, layout, 0, count, order);
          // The guards may have served it; once more with none of their frames free.
          if (arena.guards !== 0) visit(0, layout, 0, count, order);
        }
      }
      for (let first = offset; first < offset + frames; first++) {
        if (!holds(layout.starts, runOf(first, 1))) continue;
        visit(arena.guards, layout, 1, first, 0);
        const length = lengthOf(layout, first);
        for (let count = 1; first + count <= offset + frames; count++) if (count !== length) visit(arena.guards, layout, 2, first, count);
      }
    }
    const elsewhere = arena.wrongElsewhere();
    if (elsewhere !== undefined) throw new Violation(elsewhere);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    const operations = at < used.length ? [...path(at), unpacked(current)] : [];
    return { states: used.length, transitions, failed: { message: error.message, sequence: textOf(operations) } };
  }
  return { states: used.length, transitions };
};

/** Does the operations one after the other on a core that is not set in between. Throws a Violation. */
export const replay = (arena: Arena, operations: Operation[], report: (line: string) => void): void => {
  let layout: Layout = { used: 0, starts: 0 };
  // No frame of the guards is free, so that the operations have the effect that the exploration kept. The last one, which
  // goes wrong, may do so only with them free.
  arena.set(arena.all);
  for (const [index, operation] of operations.entries()) {
    const [kind, a, b] = operation;
    if (arena.guards !== 0 && index === operations.length - 1) {
      arena.set(arena.all & ~layout.used | arena.guards);
      step(arena, arena.guards, layout, KINDS.indexOf(kind), a, b);
      arena.set(arena.all & ~layout.used);
    }
    const what = textOf([operation]);
    if (kind !== 'alloc' && !holds(layout.starts, runOf(a, 1))) throw new Error(`${what}: no live span begins there`);
    layout = step(arena, 0, layout, KINDS.indexOf(kind), a, b);
    const frames = Array.from({ length: arena.plan.frames }, (_, index) => {
      const frame = runOf(arena.plan.offset + index, 1);
      return holds(layout.starts, frame) ? '[' : holds(layout.used, frame) ? '=' : '.';
    });
    report(`${what.padEnd(12)} ${frames.join('')}`);
  }
};
