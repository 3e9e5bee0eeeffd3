/**
 * TypeScript programs for WASI: one file, with all that it imports, to a command that runs anywhere. Two kinds:
 *
 * - A file that exports `main` is in the compiled subset: it works on memory directly and calls malloc and free itself.
 *   `main` is called without arguments and gives the exit code.
 * - Any other file is ordinary TypeScript, compiled with Porffor's JavaScript runtime, whose memory comes from the heap.
 *
 * What the second kind cannot do, because the runtime cannot:
 *
 * - Nothing is ever freed. A program grows until it ends.
 * - An array, an object, a Map, a Set, a piece of split() or the result of join() and JSON.stringify() has a page of
 *   16 KiB, whatever is in it: 1,816 elements, 907 properties, 16,348 characters. What outgrows its page ends the
 *   program with a message; `pageSize` makes all pages larger. Other strings and an ArrayBuffer are as long as needed.
 * - `a[i] = x` does not lengthen an array, push() does. Typed arrays do not check their bounds.
 * - try, async functions, functions that return functions, and classes derived from Error do not work; the first two
 *   are errors here. What is thrown ends the program with a message and exit code 1.
 * - Numbers are printed with 15 digits, and toFixed() does not carry. join() and JSON.stringify() take characters up to U+00FF only, and end the
 *   program with a message when they are given others; but JSON.stringify() leaves properties with such a name out.
 */

import fs from 'node:fs';
import path from 'node:path';
import { build, transform, type BuildFailure, type Plugin } from 'esbuild';
import ts from 'typescript';
import { cached } from './cache.ts';
import { compileWithRuntime } from './compile.ts';
import { withSafeSums } from './concatenation.ts';
import { link } from './link.ts';
import { buildModule, type BuiltModule } from './module.ts';
import { CORE_ENTRY, displayPath, exportedFile, ROOT } from './paths.ts';
import type { Profile } from './profiles.ts';

/** The seam between programs and WASI. */
const HOST = path.join(ROOT, 'wasi/host');

const RUNTIME = path.join(HOST, 'runtime.ts');
const SUPPORT = path.join(ROOT, 'wasi/runtime/support.ts');

/** Bytes of a page of the compiler's runtime. */
const PAGE_SIZE = 16384;

/** Bytes for the literals of wasi/host. */
const HOST_LITERALS_SIZE = 16384;

/** Where the functions come from that a file of the seam declares. */
const HOST_MODULES = new Map([[path.join(HOST, 'preview1.ts'), 'wasi_snapshot_preview1'], [RUNTIME, 'program']]);

export interface TsProgramOptions {
  /** The profile of the core; release by default. */
  profile?: Profile;
  /** Bytes that the runtime has for each array, object and growing string; a power of two from 16 KiB on. */
  pageSize?: number;
}

const MAIN = /^export\s+const\s+main\b/m;
const MAIN_SIGNATURE = /^export\s+const\s+main\s*=\s*\(\s*\)\s*:\s*i32\s*=>/m;

/** How `file` imports `other`. */
const specifier = (file: string, other: string): string => {
  const relative = path.relative(path.dirname(file), other);
  return relative.startsWith('.') ? relative : `./${relative}`;
};

/**
 * A program in the compiled subset: bundled with the core and the seam, as one module. What adapts a command to the
 * component model takes its memory from cabi_realloc where that is exported.
 */
const buildSubsetProgram = (source: string, profile?: Profile): Promise<BuiltModule> => {
  const entry = path.join(path.dirname(source), 'start.ts'); // is never written
  const text = `import { main } from '${specifier(entry, source)}';
import { exit } from '${specifier(entry, path.join(HOST, 'exit.ts'))}';
import { heapBegin } from '${specifier(entry, path.join(HOST, 'heap.ts'))}';
export { cabi_realloc } from '${specifier(entry, CORE_ENTRY)}';
export const _start = (): void => {
  heapBegin();
  exit(main());
};
`;
  return buildModule({
    entry,
    overrides: new Map([[entry, text]]),
    hostModules: HOST_MODULES,
    profile,
    heapStart: 'behind literals',
    literalsStart: 0,
  });
};

/** The text of wasi/host/runtime.ts for pages of so many bytes. */
const hostText = (pageSize: number): string => {
  const text = fs.readFileSync(RUNTIME, 'utf8');
  const line = /^(const PAGE_SIZE: i32 = )\d+;/m;
  if (!line.test(text)) throw new Error(`${displayPath(RUNTIME)}: there is no line "const PAGE_SIZE: i32 = <number>;"`);
  return text.replace(line, `$1${pageSize};`);
};

/** What messages of esbuild say, with file and line. */
const explain = (error: unknown): Error => {
  const { errors } = error as BuildFailure;
  if (!errors) return error as Error;
  return new Error(errors.map(({ text, location }) => {
    const place = location ? `${displayPath(path.resolve(ROOT, location.file))}:${location.line}: ` : '';
    return `${place}${text}`;
  }).join('\n'), { cause: error });
};

/** What package.json exports. */
const ownPackage: Plugin = {
  name: 'own-package',
  setup: (builder) => {
    builder.onResolve({ filter: /^tallow\// }, ({ path: name }) => {
      const file = exportedFile(name);
      return file === undefined ? { errors: [{ text: `there is no ${name}; package.json has the names` }] } : { path: file };
    });
  },
};

interface RuntimeBundle {
  /** JavaScript. */
  text: string;
  /** The files it was made of, absolute. */
  files: string[];
}

/** The program and what it imports as one text, with what the runtime calls before it. */
const bundleWithSupport = async (source: string): Promise<RuntimeBundle> => {
  const support = await transform(fs.readFileSync(SUPPORT, 'utf8'), { loader: 'ts', target: 'esnext' });
  const program = await build({
    // imported for what it does, so that it may export what it likes
    stdin: { contents: `import ${JSON.stringify(source)};`, resolveDir: path.dirname(source) },
    bundle: true,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    ignoreAnnotations: true,
    target: 'esnext',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
    absWorkingDir: ROOT,
    plugins: [ownPackage],
  }).catch((error) => { throw explain(error); });
  const files = Object.keys(program.metafile.inputs).filter((name) => name !== '<stdin>').map((name) => path.resolve(ROOT, name));
  return { text: support.code + withSafeSums(program.outputFiles[0]!.text), files };
};

/** The error for functions that would catch exceptions, with the places of all `try` in the files. */
const catchError = (functions: string[], files: string[]): Error => {
  const places = files.flatMap((file) => {
    const tree = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext, true);
    const lines: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isTryStatement(node)) {
        lines.push(`${displayPath(file)}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}: try`);
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
    return lines;
  });
  const where = places.length > 0 ? places.join('\n') : `async function ${functions.join(', ')}`;
  return new Error(`${where}\nnothing can be caught in a program for WASI: what is thrown ends it, with a message`);
};

/** A program in ordinary TypeScript: compiled with the compiler's runtime, and linked with the core and the seam. */
const buildRuntimeProgram = async (source: string, profile: Profile | undefined, pageSize: number): Promise<Uint8Array> => {
  if (pageSize < PAGE_SIZE || (pageSize & (pageSize - 1)) !== 0) {
    throw new Error(`a page of the runtime is a power of two and at least ${PAGE_SIZE} bytes, not ${pageSize}`);
  }
  const { text, files } = await bundleWithSupport(source);
  const { value: program } = await cached('runtime-program', [text], () => compileWithRuntime(text));
  if (program.catchers.length > 0) throw catchError(program.catchers, files);
  const heapStart = program.staticSize + HOST_LITERALS_SIZE;
  const host = await buildModule({
    entry: RUNTIME,
    overrides: new Map([[RUNTIME, hostText(pageSize)]]),
    hostModules: HOST_MODULES,
    profile,
    memory: { module: 'program', name: 'memory' },
    heapStart,
    literalsStart: program.staticSize,
    raw: true,
  });
  const data = host.data.map(({ offset, bytes }) => ({ offset: offset + program.staticSize, bytes }));
  if (data.some(({ offset, bytes }) => offset + bytes.length > heapStart)) throw new Error('the literals of wasi/host are too long');
  const inputs = [program.wasm, host.wasm, JSON.stringify([program.imports, heapStart, data])];
  return (await cached('linked', inputs, () => link(program, { wasm: host.wasm, data, heapStart }))).value;
};

/**
 * Compiles the program in `source` to a WASI preview 1 command, which exports `_start`, `memory` and `cabi_realloc`.
 * Throws an error that names the place or the function when something cannot be compiled. Takes a few seconds; nothing
 * when the same was built before.
 */
export const buildTsProgram = async (source: string, options: TsProgramOptions = {}): Promise<Uint8Array> => {
  const name = displayPath(source);
  if (!fs.existsSync(source)) throw new Error(`there is no file ${name}`);
  const text = fs.readFileSync(source, 'utf8');
  const main = MAIN.exec(text);
  if (!main) return buildRuntimeProgram(source, options.profile, options.pageSize ?? PAGE_SIZE);
  if (!MAIN_SIGNATURE.test(text)) {
    const line = text.slice(0, main.index).split('\n').length;
    throw new Error(`${name}:${line}: write "export const main = (): i32 => …"; its result is the exit code`);
  }
  return (await buildSubsetProgram(source, options.profile)).wasm;
};
