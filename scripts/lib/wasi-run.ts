/**
 * Runs a WASI command on Node with this process's input and output: wasi-run.ts <file.wasm> [arguments].
 * A process of its own, as it is for any command; it ends with the command's exit code.
 */

import fs from 'node:fs';
import { WASI } from 'node:wasi';

const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [file!, ...args], returnOnExit: true });
const module = await WebAssembly.compile(fs.readFileSync(file!));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject() as WebAssembly.Imports);
process.exitCode = wasi.start(instance);
