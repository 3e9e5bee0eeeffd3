/** cabi_realloc in C programs: alignment, growing, shrinking, nothing; and the tests' own tests. The cases are in cabi.c. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withFolder } from '../../scripts/lib/folder.ts';
import { engineNamed } from '../../scripts/lib/wasi-engines.ts';
import { buildWasiProgram, type Allocator } from '../../scripts/lib/wasi-program.ts';
import { exportsOf } from '../../scripts/lib/wasm-exports.ts';
import { casesIn, verdictsIn } from '../contract/c-verdicts.ts';

const SOURCE = path.join(import.meta.dirname, 'cabi.c');

const node = engineNamed('node');

const verdicts = async (allocator: Allocator, flags: string[] = []): Promise<Map<string, string>> => {
  const core = await buildWasiProgram(SOURCE, { allocator, flags });
  return verdictsIn((await node.run(core)).stdout);
};

for (const allocator of ['release', 'hardened', 'debug'] as const) {
  const test = suite(`wasi: cabi_realloc, ${allocator}`);
  let found = new Map<string, string>();
  test.before(async () => { found = await verdicts(allocator); });
  for (const name of casesIn(SOURCE, 'cases')) test(name, () => assert.is(found.get(name), 'ok'));
  test.run();
}

const failing = suite('wasi: cabi_realloc, tests of the tests');

/** Others of the kind that are found in the field, in place of ours. */
const WRONG: Record<string, string> = {
  'one that ignores the alignment': 'return n ? realloc(p, n) : (void *)a',
  'one that does not free': 'if (!n) return (void *)a; void *q = aligned_alloc(a, n); if (o) memcpy(q, p, o < n ? o : n); return q',
  'one that loses the contents': 'void *q = n ? aligned_alloc(a, n) : (void *)a; if (o) free(p); return q',
};

for (const [what, body] of Object.entries(WRONG)) {
  failing(`${what} is noticed`, async () => {
    const definition = `static void *wrong_realloc(void *p, size_t o, size_t a, size_t n) { (void)o; ${body}; }\n`;
    const text = fs.readFileSync(SOURCE, 'utf8').replace(/^void \*cabi_realloc\(.*;$/m, definition).replaceAll('cabi_realloc(', 'wrong_realloc(');
    await withFolder(async (folder) => {
      const file = path.join(folder, 'wrong.c');
      fs.writeFileSync(file, text);
      // What the text includes lies beside its original.
      const program = await buildWasiProgram(file, { flags: ['-iquote', import.meta.dirname] });
      const { stdout } = await node.run(program).catch((error: { stdout: string }) => error);
      assert.match(stdout, /^not ok /m);
    });
  });
}

failing.run();

const linking = suite('wasi: cabi_realloc, linking');

const functions = async (flags: string[]): Promise<string[]> =>
  exportsOf(await buildWasiProgram(path.join(import.meta.dirname, 'start-and-end.c'), { flags })).map(({ name }) => name);

linking('is there for those who export it, and for nobody else', async () => {
  assert.not((await functions([])).includes('cabi_realloc'));
  assert.ok((await functions(['-Wl,--export=cabi_realloc'])).includes('cabi_realloc'));
});

linking.run();
