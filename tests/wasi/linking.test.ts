/** A program of any kind that is linked with libtallow.a has nothing left of wasi-libc's own allocator. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withFolder } from '../../scripts/lib/folder.ts';
import { PROFILE_NAMES } from '../../scripts/lib/profiles.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { buildWasiProgram, type ProgramOptions } from '../../scripts/lib/wasi-program.ts';
import { foreignNames, functionNames } from './allocator-names.ts';

const test = suite('wasi: linking');

/** Builds a program from its text, which has the extension of its language. */
const buildText = async (extension: string, text: string, options: ProgramOptions): Promise<Uint8Array> => {
  return withFolder(async (folder) => {
    const source = path.join(folder, `program.${extension}`);
    fs.writeFileSync(source, text);
    return await buildWasiProgram(source, options);
  });
};

interface Kind {
  extension: string;
  text: string;
  flags?: string[];
  /** Programs that allocate nothing have no allocator at all. */
  without?: boolean;
}

const C_PROGRAM = `#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) { char *block = malloc(argc); if (block) puts(argv[0]); free(block); }`;

const KINDS: Record<string, Kind> = {
  'malloc in C': { extension: 'c', text: C_PROGRAM },
  'C without optimisation': { extension: 'c', text: C_PROGRAM, flags: ['-O0', '-fno-builtin'] },
  'C optimised at link time': { extension: 'c', text: C_PROGRAM, flags: ['-flto'] },
  'C for size': { extension: 'c', text: C_PROGRAM, flags: ['-Oz'] },
  'a reactor': {
    extension: 'c',
    text: '#include <stdlib.h>\nvoid *give(size_t size) { return malloc(size); }',
    flags: ['-mexec-model=reactor', '-Wl,--export=give', '-Wl,--export=cabi_realloc'],
  },
  'a library alone': {
    extension: 'c',
    text: '#include <stdlib.h>\nvoid *give(size_t size) { return calloc(1, size); }',
    flags: ['-nostartfiles', '-Wl,--no-entry', '-Wl,--export=give'],
  },
  'aligned_alloc alone': {
    extension: 'c',
    text: '#include <stdlib.h>\nint main(int argc, char **argv) { return aligned_alloc(64, argc) == (void *)argv; }',
    flags: ['-fno-builtin'],
  },
  'strings that the C library copies': {
    extension: 'c',
    text: '#include <stdio.h>\n#include <string.h>\nint main(int argc, char **argv) { return argc && puts(strdup(argv[0])) < 0; }',
  },
  'files': {
    extension: 'c',
    text: `#include <dirent.h>
#include <stdio.h>
int main(void) { DIR *folder = opendir("."); return folder && readdir(folder) && fopen("file", "r") == NULL; }`,
  },
  'new in C++': {
    extension: 'cpp',
    text: '#include <cstdio>\nint main(int argc, char **argv) { auto *a = new int[argc]; a[0] = 1; std::puts(argv[a[0] - 1]); delete[] a; }',
    flags: ['-fno-builtin'],
  },
  'streams of C++': {
    extension: 'cpp',
    text: '#include <iostream>\n#include <string>\nint main() { std::string word; while (std::cin >> word) std::cout << word; }',
  },
  'nothing that allocates': { extension: 'c', text: 'int main(void) { return 0; }', without: true },
};

for (const [name, { extension, text, flags = [], without = false }] of Object.entries(KINDS)) {
  test(`${name}: no function of another allocator`, async () => {
    const program = await buildText(extension, text, { flags });
    assert.equal(foreignNames(program), []);
    assert.is(functionNames(program).some((found) => found.startsWith('tallow')), !without);
  });
}

for (const source of ['word-count.c', 'dependency-order.cpp']) {
  test(`wasi/programs/${source}: no function of another allocator, in any profile`, async () => {
    for (const allocator of PROFILE_NAMES) {
      const program = await buildWasiProgram(path.join(ROOT, 'wasi/programs', source), { allocator });
      assert.equal(foreignNames(program), []);
    }
  });

  test(`wasi/programs/${source}: imports what it imports without Tallow, and no more`, async () => {
    const imports = async (options: ProgramOptions): Promise<string[]> => {
      const program = await buildWasiProgram(path.join(ROOT, 'wasi/programs', source), options);
      const module = new WebAssembly.Module(program as BufferSource);
      return WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`).sort();
    };
    assert.equal(await imports({}), await imports({ allocator: 'wasi-libc' }));
  });
}

test('nothing of C++ is linked into a program in C', async () => {
  const program = await buildText('c', C_PROGRAM, {});
  assert.equal(functionNames(program).filter((name) => name.startsWith('_Z')), []);
});

test('the names to look for are those of the other allocator', async () => {
  const found = foreignNames(await buildText('c', C_PROGRAM, { allocator: 'wasi-libc' }));
  assert.ok(found.includes('dlmalloc') && found.includes('sbrk'));
});

test('a program that takes memory itself by sbrk keeps that, and Tallow', async () => {
  const text = '#include <stdlib.h>\n#include <unistd.h>\nint main(int argc, char **argv) { return malloc(argc) == sbrk(0) || !argv; }';
  const program = await buildText('c', text, { flags: ['-fno-builtin'] });
  assert.equal(foreignNames(program), ['sbrk']);
  assert.ok(functionNames(program).some((name) => name.startsWith('tallow')));
});

test.run();
