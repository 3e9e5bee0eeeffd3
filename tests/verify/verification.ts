/**
 * What npm run verify is made of. Every file tests/verify/**\/*.verify.ts exports a list `verifications`; they run in
 * processes of their own, as many at once as there are processors.
 */

/**
 * The smallest run that has the verification in it: `npm test` has the reduced ones, `npm run verify` the full ones as
 * well, `npm run verify -- --long` all of them.
 */
export type Extent = 'reduced' | 'full' | 'long';

export interface Verification {
  /** What is claimed; unique. */
  name: string;
  /** Over what: sizes, operations, lengths of sequences. */
  bounds: string;
  /** Which states count as one, and why that loses nothing. */
  canonicalisation: string;
  extent: Extent;
  /** About how many seconds it takes: the longest begin first. */
  seconds: number;
  /**
   * Covers everything within the bounds, or stops at the first violation. Throws only if it could not be run. What takes
   * minutes tells `say` how far it has come.
   */
  run(say: (progress: string) => void): Promise<Outcome>;
  /** Does the operations of a counterexample one by one. */
  replay?(sequence: string): Promise<Outcome>;
}

export interface Outcome {
  /** What was covered, in the order in which it is printed: { states: 610, transitions: 12_201 }. */
  counts: Record<string, number>;
  /** The modules that were looked at, by what they are called in the report. */
  binaries: Binary[];
  /** What breaks the claim, and the shortest way there; the claim holds within its bounds when there is none. */
  counterexample?: Counterexample;
  /** Further lines for the report. */
  notes?: string[];
}

export interface Counterexample {
  /** What is wrong. */
  message: string;
  /** The operations that lead there, as `--replay` takes them. */
  sequence?: string;
}

export interface Binary {
  name: string;
  wasm: Uint8Array;
}
