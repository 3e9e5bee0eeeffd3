/** What wasi/rust/README.md says is tried. */

import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../../scripts/lib/paths.ts';
import { follow, groupsOf } from '../docs/snippets.ts';

const readme = fs.readFileSync(path.join(ROOT, 'wasi/rust/README.md'), 'utf8');
const test = suite('wasi/rust/README.md');

const groups = groupsOf(readme, 'For Rust authors');

test('there are sessions', () => assert.is(groups.length, 2));

for (const group of groups) {
  test(`${group.heading}: ${group.commands.length} commands do what the text says`, () => follow(group));
}

test.run();
