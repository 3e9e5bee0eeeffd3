/** QuickJS running acorn, a parser of JavaScript; Node, which runs the same scripts, tells what they should print. */

import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import * as assert from 'uvu/assert';
import type { Folders, Program, Task } from '../../scripts/lib/programs/program.ts';
import { ACORN } from './acorn.ts';

const RELEASE = 'quickjs-1.19.4/upstream-quickjs';

/** The scripts, in the order in which they run. */
const SCRIPTS = ['acorn.js', 'parse.js'];

/** What `files`, run by Node, print. */
const printedByNode = (files: Record<string, string>): string => {
  const lines: string[] = [];
  const context = vm.createContext({
    print: (text: string) => lines.push(`${text}\n`),
    readText: (name: string) => fs.readFileSync(files[name]!, 'utf8'),
  });
  for (const name of SCRIPTS) vm.runInContext(fs.readFileSync(files[name]!, 'utf8'), context, { filename: name });
  return lines.join('');
};

/** Has `subject` parsed. */
const parse = (folders: Folders, name: string, subject: string): Task => {
  const files = {
    'acorn.js': path.join(folders.acorn!, 'package/dist/acorn.js'),
    'parse.js': path.join(import.meta.dirname, 'quickjs/parse.js'),
    'subject.js': subject,
  };
  return {
    name,
    options: { args: SCRIPTS },
    files,
    check: (outcome) => assert.equal(outcome, { exitCode: 0, stdout: printedByNode(files), stderr: '' }),
  };
};

export const quickjs: Program = {
  name: 'quickjs',
  description: 'QuickJS 2021-03-27 running acorn, which parses itself',
  licence: 'MIT; terser, which is parsed in the tests, BSD-2-Clause',
  packages: {
    quickjs: {
      registry: 'pypi',
      name: 'quickjs',
      version: '1.19.4',
      sha256: '1205953abc24ff757f4a795304d5d61e4bf1e555c9ef6ec96a132d4b95535484',
    },
    acorn: ACORN,
    terser: {
      registry: 'npm',
      name: 'terser',
      version: '5.51.2',
      sha256: 'e861b3a42eef7477ba7df38483fd0b802b4954637d396ca04316f26e30996d89',
    },
  },
  sources: (folders) => [
    ...['quickjs', 'libregexp', 'libunicode', 'cutils', 'libbf'].map((name) => path.join(folders.quickjs!, RELEASE, `${name}.c`)),
    path.join(import.meta.dirname, 'quickjs/main.c'),
  ],
  flags: (folders) => [
    '-D_GNU_SOURCE', '-DCONFIG_VERSION="2021-03-27"', '-DCONFIG_BIGNUM', `-I${path.join(folders.quickjs!, RELEASE)}`,
    // The branch for Wasm, without threads; rounding is always to the nearest there.
    '-DEMSCRIPTEN', '-DFE_DOWNWARD=0', '-DFE_UPWARD=0',
  ],
  linkFlags: ['-Wl,--stack-first,-z,stack-size=1048576'],
  // Unoptimised, the interpreter's frames run over the stack of Node.
  testedAt: '-O1',
  tests: (folders) => [parse(folders, 'acorn parses a file of terser', path.join(folders.terser!, 'package/lib/size.js'))],
  benches: (folders) => [parse(folders, 'acorn parses itself', path.join(folders.acorn!, 'package/dist/acorn.js'))],
};
