/** Random numbers that a seed determines (xorshift, Marsaglia 2003). */

/** A function that gives a whole number below its argument. */
export const randomFrom = (seed: number): ((limit: number) => number) => {
  let state = (seed ^ 0x9e3779b9) | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
};
