/** Folders for a while. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Does something with a new folder, which is gone afterwards: when `use` returns, or what it promised is there. */
export const withFolder = <T>(use: (folder: string) => T): T => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-'));
  const remove = (): void => fs.rmSync(folder, { recursive: true });
  let result: T;
  try {
    result = use(folder);
  } catch (error) {
    remove();
    throw error;
  }
  if (result instanceof Promise) return result.finally(remove) as T;
  remove();
  return result;
};
