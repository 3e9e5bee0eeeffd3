/** The tests of a program that others wrote: on Tallow it does what it does on wasi-libc's malloc, and what it should. */

import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UnreachableError } from '../../scripts/lib/programs/package.ts';
import {
  buildProgram, foldersOf, runTask, type Allocator, type Folders, type Program,
} from '../../scripts/lib/programs/program.ts';
import { engineNamed } from '../../scripts/lib/wasi-engines.ts';
import { readNames } from '../../scripts/lib/wasm-binary.ts';

const engine = engineNamed('node');

/** Registers and runs the tests of `program`. Where its packages are out of reach they are skipped, but not in CI. */
export const testProgram = (program: Program): void => {
  const test = suite(`programs: ${program.name}`);
  let folders: Folders | undefined;
  try {
    folders = foldersOf(program);
  } catch (error) {
    // A machine of one's own may be off the net; where everything is to be tested it is a failure.
    if (!(error instanceof UnreachableError) || process.env.CI) throw error;
    console.log(`skipped: ${program.name}: ${error.message}`);
    test.skip('its packages are out of reach', () => {});
  }
  if (folders) {
    test('each build has its own malloc', async () => {
      const functions = async (allocator: Allocator): Promise<string[]> => {
        const module = await buildProgram(program, folders, allocator, program.testedAt);
        return [...readNames(fs.readFileSync(module)).functions.values()];
      };
      const [own, tallow] = [await functions('dlmalloc'), await functions('release')];
      assert.ok(own.includes('dlmalloc') && !own.includes('tallow_malloc'));
      assert.ok(tallow.includes('tallow_malloc') && !tallow.includes('dlmalloc'));
    });

    for (const task of program.tests(folders)) {
      test(task.name, async () => {
        const [own, tallow] = await Promise.all((['dlmalloc', 'release'] as const).map(async (allocator) =>
          runTask(engine, await buildProgram(program, folders, allocator, program.testedAt), task)));
        task.check(own!);
        assert.equal(tallow, own);
      });
    }
  }
  test.run();
};
