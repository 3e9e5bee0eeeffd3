/** Rust programs on Tallow do what they do on the allocator that Rust brings, of which nothing is left. */

import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildProducts } from '../../scripts/lib/products.ts';
import { engineNamed, Trap } from '../../scripts/lib/wasi-engines.ts';
import { functionNames } from '../wasi/allocator-names.ts';
import { onEachEngine } from '../wasi/engines.ts';
import { buildRust, rustFor, tallowFlags } from '../../scripts/lib/rust.ts';

const PROGRAM = path.join(import.meta.dirname, 'program.rs');
const MODULE = path.join(import.meta.dirname, 'module.rs');

/** Bytes of a memory that is limited. */
const MEMORY_MAX = 16 << 20;
const LIMITED = ['-C', `link-arg=--max-memory=${MEMORY_MAX}`];

/** What work.rs tells of misfortune: none. */
const MISFORTUNES = / 0 misaligned, 0 damaged, 0 unclean, 0 refused$/m;

/** The lines of work.rs at the end of a memory. */
const EXHAUSTED = `more than there is is refused: true
the same sum as ever: e2dfe52d
half of it can be had: true
and had again: true
in larger blocks, too: true
`;

await buildProducts('release');

/** The functions of the allocators that Rust brings: wasi-libc's dlmalloc, or the crate of that name. */
const ownAllocator = (module: Uint8Array): string[] =>
  functionNames(module).filter((name) => /^(dl(malloc|free|realloc|memalign)|sbrk)$|8dlmalloc/.test(name));

const wasi = rustFor('wasi');
const buildProgram = (...flags: string[]): Uint8Array => buildRust(wasi, PROGRAM, flags);

const own = buildProgram();
const PROGRAMS: Record<string, Uint8Array> = {
  'the library alone': buildProgram(...tallowFlags()),
  'a global allocator': buildProgram('--cfg', 'global', ...tallowFlags()),
  'link-time optimisation': buildProgram('-C', 'lto', ...tallowFlags()),
};
const limited = buildProgram(...tallowFlags(), ...LIMITED);

/**
 * What the program prints on the allocator that Rust brings. Not on every engine: as a component it fails, because the
 * C library in older versions of Rust takes the page that its host has grown the memory by.
 */
const expected = await engineNamed('node').run(own);

const linked = suite(`rust: ${wasi.target}, what is linked`);

linked('the names to look for are the right ones', () => {
  assert.ok(ownAllocator(own).includes('dlmalloc') && ownAllocator(own).includes('sbrk'));
  assert.not.ok(functionNames(own).includes('tallow_malloc'));
});

for (const [name, program] of Object.entries(PROGRAMS)) {
  linked(`${name}: nothing of the other allocator`, () => {
    assert.equal(ownAllocator(program), []);
    assert.ok(functionNames(program).includes('tallow_malloc'));
  });
}

linked.run();

onEachEngine(`rust: ${wasi.target}`, (test, engine) => {
  for (const [name, program] of Object.entries(PROGRAMS)) {
    test(`${name}: the same output`, async () => {
      const outcome = await engine.run(program);
      assert.match(outcome.stdout, MISFORTUNES);
      assert.equal(outcome, expected);
      assert.is(outcome.exitCode, 0);
    });
  }

  test('try_reserve gives an error at the end of the memory', async () => {
    const outcome = await engine.run(limited, { args: ['exhaust', String(MEMORY_MAX)] });
    assert.equal(outcome, { exitCode: 0, stdout: EXHAUSTED, stderr: '' });
  });

  test('an allocation that may not fail stops the program with a message', async () => {
    try {
      await engine.run(limited, { args: ['abort', String(MEMORY_MAX)] });
      assert.unreachable('it ended as if there were memory');
    } catch (error) {
      assert.instance(error, Trap);
      assert.match((error as Trap).stderr, `memory allocation of ${MEMORY_MAX} bytes failed`);
    }
  });
});

const none = rustFor('none');
const [major, minor] = none.version;

/** Before 1.68 a program without std had to name what is done when there is no memory, and could not in stable Rust. */
const needsFeature = major === 1 && minor! < 68;
const NO_STD = ['--cfg', 'no_std', '-C', 'panic=abort', ...(needsFeature ? ['--cfg', 'needs_feature'] : [])];

const buildModule = (unstable: boolean, ...flags: string[]): Uint8Array =>
  buildRust(none, MODULE, ['--crate-type', 'cdylib', ...flags], unstable);
const global = ['--cfg', 'global', ...tallowFlags()];

/** What a function of module.rs tells. */
const told = (module: Uint8Array, name: string, ...args: number[]): string => {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module as BufferSource));
  const address = (exports[name] as (...args: number[]) => number)(...args);
  const memory = Buffer.from((exports['memory'] as WebAssembly.Memory).buffer);
  return memory.toString('utf8', address, memory.indexOf(0, address));
};

const ownModule = buildModule(false);

const modules = suite(`rust: ${none.target}`);

modules('the names to look for are the right ones', () => assert.is.not(ownAllocator(ownModule).length, 0));

for (const [name, flags, unstable] of [['std', [], false], ['no_std', NO_STD, needsFeature]] as const) {
  modules(`${name}: the same results`, () => {
    const module = buildModule(unstable, ...global, ...flags);
    assert.equal(ownAllocator(module), []);
    assert.ok(functionNames(module).includes('tallow_malloc'));
    const text = told(module, 'work');
    assert.match(text, MISFORTUNES);
    assert.is(text, told(ownModule, 'work'));
  });

  modules(`${name}: try_reserve gives an error at the end of the memory`, () => {
    const module = buildModule(unstable, ...global, ...flags, ...LIMITED);
    assert.is(told(module, 'exhaust', MEMORY_MAX), EXHAUSTED);
  });
}

modules.run();
