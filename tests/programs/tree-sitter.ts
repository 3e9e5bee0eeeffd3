/** tree-sitter, the parser of editors, with its grammar of JavaScript: it parses again what has changed a little. */

import path from 'node:path';
import * as assert from 'uvu/assert';
import type { Folders, Program, Task } from '../../scripts/lib/programs/program.ts';
import { ACORN } from './acorn.ts';

const LIBRARY = 'package/vendor/tree-sitter/lib';

/** Has `subject` parsed, and again after each of so many changes, which are all undone. */
const parse = (folders: Folders, name: string, subject: string, changes: number): Task => ({
  name,
  options: { args: ['subject.js', String(changes)] },
  files: { 'subject.js': path.join(folders.acorn!, 'package/dist', subject) },
  check: ({ exitCode, stdout, stderr }) => {
    assert.is(exitCode, 0, stderr);
    const trees = [...stdout.matchAll(/^(.*): (\d+ nodes to byte \d+, sum [0-9a-f]{8}), errors: no$/gm)];
    assert.equal(trees.map(([, which]) => which), ['at first', 'changed and changed back', 'anew']);
    assert.is(new Set(trees.map(([, , tree]) => tree)).size, 1, stdout);
  },
});

export const treeSitter: Program = {
  name: 'tree-sitter',
  description: 'tree-sitter (npm 0.21.1) and its grammar of JavaScript on the source of acorn',
  licence: 'MIT',
  packages: {
    library: {
      registry: 'npm',
      name: 'tree-sitter',
      version: '0.21.1',
      sha256: '49d8edf6b34cd719a3e44a0ce154211f996039eee6b6a4b297c3e84f766d6d70',
    },
    grammar: {
      registry: 'npm',
      name: 'tree-sitter-javascript',
      version: '0.21.4',
      sha256: 'b1533b5e3e331d252fc40bd24965ca9da242d25418ff5113202840306eaad445',
    },
    acorn: ACORN,
  },
  sources: ({ library, grammar }) => [
    path.join(library!, LIBRARY, 'src/lib.c'),
    path.join(grammar!, 'package/src/parser.c'),
    path.join(grammar!, 'package/src/scanner.c'),
    path.join(import.meta.dirname, 'tree-sitter/main.c'),
  ],
  flags: ({ library, grammar }) => [
    '-D_GNU_SOURCE', '-D_WASI_EMULATED_PROCESS_CLOCKS',
    ...[`${library}/${LIBRARY}/include`, `${library}/${LIBRARY}/src`, `${grammar}/package/src`].map((folder) => `-I${folder}`),
  ],
  linkFlags: ['-lwasi-emulated-process-clocks', '-Wl,--stack-first,-z,stack-size=1048576'],
  testedAt: '-O0',
  tests: (folders) => [parse(folders, 'parses again after changes', 'bin.js', 100)],
  benches: (folders) => [parse(folders, 'edits of acorn', 'acorn.js', 100)],
};
