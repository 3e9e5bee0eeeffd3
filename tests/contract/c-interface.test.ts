/** What tallow.c adds to the core, compiled for this machine; the cases are in c-interface.c. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { C_FUNCTIONS } from '../../scripts/lib/c-names.ts';
import { casesIn, verdictsIn } from './c-verdicts.ts';
import { compileNative } from './native.ts';

const test = suite('native: C interface');

const SOURCE = path.join(import.meta.dirname, 'c-interface.c');
const CASES = casesIn(SOURCE, 'cases');

const STANDARD_NAMES = [...C_FUNCTIONS.flatMap(({ standard }) => standard ?? []), 'posix_memalign'];

const BUILDS = [
  { name: 'at -O2', flags: ['-O2'] },
  { name: 'with sanitizers', flags: ['-O1', '-g', '-fsanitize=undefined,address', '-fno-sanitize-recover=all'] },
];

for (const { name, flags } of BUILDS) {
  let verdicts = new Map<string, string>();
  let end = 'not run';

  test(`compiles and ends well ${name}`, async () => {
    const rename = STANDARD_NAMES.map((standard) => `-D${standard}=standard_${standard}`);
    await compileNative({
      compiler: 'gcc',
      flags: [...flags, '-Wall', '-Wextra'],
      library: ['-DTALLOW_STANDARD_NAMES', ...rename],
      main: SOURCE,
    }, (program) => {
      const { status, signal, stdout, stderr } = spawnSync(program, { encoding: 'utf8' });
      end = `${signal ?? `status ${status}`}\n${stderr}`;
      verdicts = verdictsIn(stdout);
    });
    assert.is(end, 'status 0\n');
    assert.is(verdicts.size, CASES.length);
  });

  for (const found of CASES) test(`${found} ${name}`, () => assert.is(verdicts.get(found) ?? end, 'ok'));
}

test.run();
