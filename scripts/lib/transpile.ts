/** Components as JavaScript modules, for an engine that knows core modules only. */

import { cached } from './cache.ts';
import { runThread } from './thread.ts';

/** Files by their names: program.js, which exports `instantiate`, and the core modules that it asks for. */
export type Transpiled = Record<string, Uint8Array>;

/** Transpiling a component takes two seconds. */
const TRANSPILE_TIME_MAX = 120_000;

/** Translates a component to JavaScript. Nothing is done when the same was translated before. */
export const transpileComponent = async (component: Uint8Array): Promise<Transpiled> => {
  const make = (): Promise<Transpiled> =>
    runThread('transpile-thread.ts', component, { timeMax: TRANSPILE_TIME_MAX });
  return (await cached('transpiled', [component], make)).value;
};
