/** The snippets of the README are tried: their files are written, their commands are typed, their output is compared. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../../scripts/lib/paths.ts';
import { engineNamed } from '../../scripts/lib/wasi-engines.ts';
import { difference, follow, groupsOf } from './snippets.ts';

const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');

/** The sections whose snippets are tried. */
const SECTIONS = ['For WASI developers', 'Finding bugs'];

/** Why Wasmtime's command, or what stands in for it, cannot be had here. */
const missing = engineNamed('wasmtime').missing();

for (const section of SECTIONS) {
  const test = suite(`README, ${section}`);
  for (const group of groupsOf(readme, section)) {
    const title = `${group.heading}: ${group.commands.length} commands do what the text says`;
    const wantsWasmtime = group.commands.some(({ line }) => line.startsWith('wasmtime '));
    if (wantsWasmtime && missing !== undefined && !process.env.CI) {
      console.log(`Skipped: ${section}, ${group.heading}: ${missing}`);
      test.skip(title);
    } else {
      test(title, () => follow(group));
    }
  }
  test.run();
}

const failing = suite('README, tests of the tests');

const TEXT = `# Title
## First
\`\`\`console
$ echo not this
\`\`\`
## Second
### Files
<!-- file: folder/a.txt -->
\`\`\`text
one
two
\`\`\`
\`\`\`console
$ cat \\
    folder/a.txt   # a comment
one
two
$ test -e dist && echo there
there
\`\`\`
### Nothing to type
\`\`\`c
int main(void);
\`\`\`
`;

failing('snippets are found by section and heading', () => {
  const groups = groupsOf(TEXT, 'Second');
  assert.equal(groups.map(({ heading }) => heading), ['Files']);
  assert.equal([...groups[0]!.files], [['folder/a.txt', 'one\ntwo\n']]);
  assert.equal(groups[0]!.commands.map(({ output }) => output), [['one', 'two'], ['there']]);
  assert.throws(() => groupsOf(TEXT, 'Third'), /no section/);
  follow(groups[0]!);
});

failing('output that differs is told', () => {
  assert.is(difference(['a', 'b'], 'a\nb\n'), undefined);
  assert.is(difference([], 'anything'), undefined);
  assert.is(difference(['...', 'b', '...'], '1\n2\nb\n3\n'), undefined);
  assert.match(difference(['a', 'b'], 'a\nc\n')!, /does not print: b/);
  assert.match(difference(['a'], 'a\nb\n')!, /prints more: b/);
  assert.match(difference(['...', 'b'], 'a\n')!, /does not print: b/);
  assert.match(difference(['a', '...'], 'b\na\n')!, /does not print: a/);
});

failing('a command that fails is told, with what it prints', () => {
  const [group] = groupsOf(TEXT.replace('cat \\', 'cat none \\'), 'Second');
  assert.throws(() => follow(group!), /ended with status 1[^]*none/);
  const [other] = groupsOf(TEXT.replace('$ test -e dist && echo there', '$ echo here'), 'Second');
  assert.throws(() => follow(other!), /\$ echo here\nit does not print: there/);
});

failing.run();
