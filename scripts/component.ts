/** npm run component: a component from a core module. `npm run component -- --help` tells how. */

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { callerPath, runMain } from './lib/arguments.ts';
import { buildComponent, type BuiltComponent } from './lib/component.ts';
import { readWit } from './lib/wit.ts';

const HELP = `npm run component -- [options] <program.wasm>

Makes a component of a core module. A command, which exports _start, becomes
one that runs in wasi:cli. A library becomes what a world in WIT says; it
exports the world's functions under their canonical names, and cabi_realloc:

  clang --target=wasm32-wasi -mexec-model=reactor library.c -ltallow \\
    -Wl,--export=cabi_realloc -o library.wasm

  --wit <path>      a .wit file, or the folder of a package, with the packages
                    that it uses below deps/
  --world <name>    the world; the only one of the package by default
  --output <file>   <program>.component.wasm beside the program by default
  --help            this text
`;

await runMain(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      wit: { type: 'string' },
      world: { type: 'string' },
      output: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const [program] = positionals;
  if (program === undefined || positionals.length > 1) {
    throw new Error(`one program is wanted, ${positionals.length || 'none'} given; --help tells more`);
  }
  if (values.world !== undefined && values.wit === undefined) throw new Error('--world is a name in --wit, which is missing');
  if (!fs.existsSync(callerPath(program))) throw new Error(`there is no file ${program}`);
  const output = values.output ?? program.replace(/(\.wasm)?$/, '.component.wasm');
  if (callerPath(output) === callerPath(program)) throw new Error(`--output ${output} is the program itself`);

  const wit = values.wit === undefined ? undefined : { source: readWit(callerPath(values.wit)), world: values.world };
  let built: BuiltComponent;
  try {
    built = await buildComponent(fs.readFileSync(callerPath(program)), { wit });
  } catch (error) {
    throw new Error(`${program}: ${(error as Error).message}`, { cause: error });
  }
  fs.mkdirSync(path.dirname(callerPath(output)), { recursive: true });
  fs.writeFileSync(callerPath(output), built.component);
  console.log(`${output}: ${built.component.length.toLocaleString('en')} bytes`);
  if (built.adapterMemory) console.log(`its adapter to WASI has its memory from ${built.adapterMemory}`);
});
