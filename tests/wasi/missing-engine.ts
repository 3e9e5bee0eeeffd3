/** A suite on an engine that is missing, for engines.test.ts to see what comes of it. */

import type { Engine } from '../../scripts/lib/wasi-engines.ts';
import { onEachEngine } from './engines.ts';

const none: Engine = {
  name: 'none',
  lacks: [],
  missing: () => 'it was never built',
  run: () => { throw new Error('it runs'); },
};

onEachEngine('suite', (test, engine) => test('a case', async () => { await engine.run(''); }), [none]);
