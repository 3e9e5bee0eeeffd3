/** Fetching the packages of programs that others wrote. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packageFolder, UnreachableError, type Package } from '../../scripts/lib/programs/package.ts';

const test = suite('programs: packages');

test('what a client cannot get is told apart, with its reason', () => {
  const nowhere: Package = { registry: 'npm', name: './no-such-package', version: '1', sha256: '' };
  assert.throws(() => packageFolder(nowhere), (error: unknown) => error instanceof UnreachableError
    && error.message.includes('no-such-package'));
});

test('a file with another hash than it should have is refused, and nothing of it is kept', () => {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-packages-'));
  try {
    // A folder by this name is a package to npm, which needs no registry for it.
    const name = path.join(place, 'package');
    fs.mkdirSync(`${name}@1.0.0`);
    fs.writeFileSync(path.join(`${name}@1.0.0`, 'package.json'), '{ "name": "package", "version": "1.0.0" }');
    const changed: Package = { registry: 'npm', name, version: '1.0.0', sha256: '0'.repeat(64) };
    assert.throws(() => packageFolder(changed), (error: unknown) => !(error instanceof UnreachableError)
      && /has the SHA-256 [0-9a-f]{64}, not 0{64}/.test((error as Error).message));
    assert.throws(() => packageFolder(changed), /SHA-256/);
  } finally {
    fs.rmSync(place, { recursive: true });
  }
});

test.run();
