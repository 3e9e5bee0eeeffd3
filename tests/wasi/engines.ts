/** Suites that run on every engine. */

import { suite, type Test } from 'uvu';
import { WASI_ENGINES, type Engine } from '../../scripts/lib/wasi-engines.ts';

/**
 * Registers a suite for each engine. One for an engine that cannot be had is skipped, with a line that says why; in CI
 * it fails, as everything can be had there.
 *
 * @param register adds the engine's cases to its suite
 */
export const onEachEngine = (
  name: string, register: (test: Test, engine: Engine) => void, engines: Engine[] = WASI_ENGINES,
): void => {
  for (const engine of engines) {
    const title = `${name}, on ${engine.name}`;
    const test = suite(title);
    const missing = engine.missing();
    if (missing === undefined) {
      register(test, engine);
    } else if (process.env.CI) {
      test('the engine is there', () => { throw new Error(missing); });
    } else {
      console.log(`Skipped: ${title}: ${missing}`);
      test.skip('all cases');
    }
    test.run();
  }
};
