/** The package of acorn, a parser of JavaScript in JavaScript, which some programs run or read. */

import type { Package } from '../../scripts/lib/programs/package.ts';

export const ACORN: Package = {
  registry: 'npm',
  name: 'acorn',
  version: '8.19.0',
  sha256: 'c6fad21ffa1f2ba20338bf1dde1de911c2093c1aaf7b3af17c477661bd3bfaaf',
};
