/**
 * Runs a verb: `node scripts/run.mjs <verb> [arguments]`, which is what `npm run <verb>` does.
 *
 * Plain JavaScript without dependencies, because it works before anything is installed. It checks Node's version,
 * installs what the verb needs (setup.mjs) and hands over to scripts/<verb>.ts.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUp } from './setup.mjs';

/**
 * Each verb: what it does, the sets of system tools it needs and the extras it wants (see setup.mjs); and options that
 * need something else instead.
 */
const VERBS = {
  start: { does: 'build everything, boot the kernel, run programs for WASI', needs: ['wasi', 'kernel', 'rust'] },
  test: { does: 'run every test; --only <text> selects files', needs: ['wasi', 'kernel', 'native', 'rust'], wants: ['wasmtime'] },
  build: { does: 'build the products in dist/; --profile <release|hardened|debug>', needs: ['wasi'] },
  program: { does: 'compile a TypeScript program for WASI', needs: [] },
  lint: { does: 'check types, style, the compiled subset and the floors', needs: [] },
  component: { does: 'make a component of a program or library for WASI', needs: [] },
  kernel: { does: 'boot the kernel with its output in this terminal', needs: ['kernel'] },
  stacks: { does: 'put call stacks into a program for WASI on the debug library', needs: [] },
  inspect: { does: 'examine a heap of the debug profile in a copy of a memory', needs: ['wasi'] },
  bench: {
    does: 'measure against other allocators',
    needs: ['wasi', 'kernel', 'rust'],
    wants: ['wasmtime', 'cargo'],
    options: { '--native': { needs: ['clang', 'native'], wants: ['cargo', 'jemalloc', 'tcmalloc'] } },
  },
  verify: { does: 'check the compiled core over all states within bounds; --long for more', needs: ['native'] },
  fuzz: { does: 'random operations on all builds of the core in lock step; --seed replays', needs: [] },
};

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const usage = () => {
  const lines = Object.entries(VERBS).map(([verb, { does }]) => `  ${verb.padEnd(9)} ${does}`);
  const more = 'npm run <verb> -- --help tells more about one.';
  return ['Usage: node scripts/run.mjs <verb> [arguments]', '', ...lines, '', more, ''].join('\n');
};

/** Ends with a message if this Node is older than package.json asks for. */
const checkNode = () => {
  const { engines } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const parts = (version) => version.replace(/^[^\d]*/, '').split('.').map(Number);
  const wanted = parts(engines.node);
  const found = parts(process.versions.node);
  const differing = wanted.findIndex((part, index) => part !== found[index]);
  if (differing >= 0 && found[differing] < wanted[differing]) {
    console.error(`Node ${engines.node} is needed, this is ${process.version}; see https://nodejs.org.`);
    process.exit(1);
  }
};

const [verb, ...rest] = process.argv.slice(2);
if (verb === undefined || verb === '--help') {
  process.stdout.write(usage());
  process.exit(verb === undefined ? 2 : 0);
}
if (!Object.hasOwn(VERBS, verb)) {
  console.error(`There is no verb "${verb}".\n\n${usage()}`);
  process.exit(2);
}
checkNode();
const { options = {}, ...usual } = VERBS[verb];
const { needs, wants } = options[rest.find((argument) => Object.hasOwn(options, argument))] ?? usual;
try {
  setUp(ROOT, needs, wants);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const script = path.join(ROOT, 'scripts', `${verb}.ts`);
if (!fs.existsSync(script)) {
  console.error(`There is no ${path.relative(ROOT, script)}.`);
  process.exit(1);
}
// npm goes to the checkout before it starts a script, and notes where it was. Paths are meant from there.
const startedIn = process.env.npm_lifecycle_event === verb ? process.env.INIT_CWD : process.cwd();
const result = spawnSync(process.execPath, ['--import', 'tsx', script, ...rest],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, INIT_CWD: startedIn } });
if (result.error) console.error(result.error.message);
process.exit(result.status ?? 1);
