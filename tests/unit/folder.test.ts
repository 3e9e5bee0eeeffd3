/** A folder for a while is there as long as it is needed, and gone afterwards however that ends. */

import fs from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withFolder } from '../../scripts/lib/folder.ts';

test('it is gone when the function has returned', () => {
  const folder = withFolder((place) => {
    fs.writeFileSync(`${place}/file`, 'text');
    return place;
  });
  assert.not(fs.existsSync(folder));
});

test('it is gone when the function has thrown', () => {
  let folder = '';
  const failing = (): never => withFolder((place) => {
    folder = place;
    throw new Error('no');
  });
  assert.throws(failing, 'no');
  assert.not(fs.existsSync(folder));
});

test('it is there until what the function promised is, kept or broken', async () => {
  for (const breaks of [false, true]) {
    let folder = '';
    const promised = withFolder(async (place) => {
      folder = place;
      await new Promise((resolve) => { setTimeout(resolve, 1); });
      assert.ok(fs.existsSync(place));
      if (breaks) throw new Error('no');
      return 7;
    });
    assert.ok(fs.existsSync(folder));
    assert.is(await promised.catch((error: Error) => error.message), breaks ? 'no' : 7);
    assert.not(fs.existsSync(folder));
  }
});

test.run();
