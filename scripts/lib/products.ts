/** The products in dist/, each built from the core's sources unless it is there unchanged. */

import fs from 'node:fs';
import path from 'node:path';
import { C_FUNCTIONS } from './c-names.ts';
import { cached } from './cache.ts';
import { buildCoreForC, cachedCFile } from './c-file.ts';
import { HEAP_WIT, isComponent } from './component.ts';
import { header } from './header.ts';
import { buildHeapComponent } from './heap-component.ts';
import { buildCore, type BuiltModule } from './module.ts';
import { DIST, displayPath } from './paths.ts';
import type { Profile } from './profiles.ts';
import { versionOf } from './tools.ts';
import { buildCoreForWasi, DEBUG_HEADER, glueFiles, wasiLibrary } from './wasi-library.ts';
import { codeSize, sectionsOf } from './wasm-binary.ts';

export interface Product {
  /** Absolute path. */
  file: string;
  bytes: Uint8Array;
  /** The same bytes were there already. */
  unchanged: boolean;
  /** Milliseconds it took. */
  time: number;
}

export interface ProductPaths {
  wasm: string;
  c: string;
  header: string;
  cDebugHeader: string;
  library: string;
  libraryHeader: string;
  debugHeader: string;
  component: string;
  wit: string;
}

/** Where the products of a profile are. Other profiles than release carry their name. */
export const productPaths = (profile: Profile): ProductPaths => {
  const suffix = (separator: string): string => (profile === 'release' ? '' : separator + profile);
  return {
    wasm: path.join(DIST, 'wasm', `tallow${suffix('.')}.wasm`),
    c: path.join(DIST, 'c', `tallow${suffix('.')}.c`),
    header: path.join(DIST, 'c', 'tallow.h'),
    cDebugHeader: path.join(DIST, 'c', 'tallow-debug.h'),
    library: path.join(DIST, 'wasi', `libtallow${suffix('-')}.a`),
    libraryHeader: path.join(DIST, 'wasi', 'tallow.h'),
    debugHeader: path.join(DIST, 'wasi', 'tallow-debug.h'),
    component: path.join(DIST, 'component', `tallow-heap${suffix('.')}.component.wasm`),
    wit: path.join(DIST, 'component', 'tallow-heap.wit'),
  };
};

const DATA_SECTION = 11;

/** The shipped module has its own empty memory, no imports, and exports the contract and nothing else. */
const checkStandalone = (core: BuiltModule): void => {
  const module = new WebAssembly.Module(core.wasm as BufferSource);
  const imports = WebAssembly.Module.imports(module);
  if (imports.length > 0) {
    const names = imports.map(({ module: from, name }) => `${from}.${name}`);
    throw new Error(`the core imports ${names.join(', ')}; it may import nothing`);
  }
  if (sectionsOf(core.wasm).some(({ id }) => id === DATA_SECTION)) {
    throw new Error('the core has data in its memory, which it hands out to others; use no strings');
  }
  const expected = ['memory', ...C_FUNCTIONS.map((f) => f.core)];
  const found = WebAssembly.Module.exports(module).map(({ name }) => name);
  const missing = expected.filter((name) => !found.includes(name));
  const extra = found.filter((name) => !expected.includes(name));
  if (missing.length > 0) throw new Error(`kernel-heap/index.ts does not export ${missing.join(', ')}`);
  if (extra.length > 0) {
    throw new Error(
      `kernel-heap/index.ts exports ${extra.join(', ')}, which the table in scripts/lib/c-names.ts does not know`,
    );
  }
};

/** Puts a product where it belongs, unless the same is there; whether it was not. */
export const writeProduct = (file: string, bytes: Uint8Array): boolean => {
  if (fs.existsSync(file) && Buffer.compare(fs.readFileSync(file), bytes) === 0) return false;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  fs.writeFileSync(partial, bytes);
  fs.renameSync(partial, file);
  return true;
};

/**
 * Builds every product of `profile`. They are made at the same time, and reported as each is done.
 *
 * @param report called with each product
 */
export const buildProducts = async (
  profile: Profile,
  report: (product: Product) => void = () => {},
): Promise<Product[]> => {
  const paths = productPaths(profile);
  const text = header();
  const make = async (file: string, bytesOf: () => Promise<Uint8Array>): Promise<Product> => {
    const start = performance.now();
    const bytes = await bytesOf();
    const product = { file, bytes, unchanged: !writeProduct(file, bytes), time: performance.now() - start };
    report(product);
    return product;
  };
  return Promise.all([
    make(paths.header, async () => Buffer.from(text)),
    make(paths.libraryHeader, async () => Buffer.from(text)),
    make(paths.debugHeader, async () => fs.readFileSync(DEBUG_HEADER)),
    make(paths.wasm, async () => {
      const core = await buildCore({ profile });
      checkStandalone(core);
      return core.wasm;
    }),
    make(paths.c, async () => Buffer.from(await cachedCFile(await buildCoreForC({ profile })))),
    make(paths.cDebugHeader, async () => fs.readFileSync(DEBUG_HEADER)),
    make(paths.library, async () => {
      const core = await buildCoreForWasi({ profile });
      const glue = glueFiles(profile).map((source) => fs.readFileSync(source));
      const inputs = [core.wasm, text, ...glue, versionOf('clang'), versionOf('llvm-ar')];
      return (await cached('library', inputs, () => wasiLibrary(core, profile))).value;
    }),
    make(paths.wit, async () => fs.readFileSync(HEAP_WIT)),
    make(paths.component, () => buildHeapComponent({ profile })),
  ]);
};

/** One line on a product: where, how large, how long. */
export const productLine = ({ file, bytes, unchanged, time }: Product): string => {
  const code = file.endsWith('.wasm') && !isComponent(bytes) ? `, ${codeSize(bytes).toLocaleString('en')} of code` : '';
  const size = `${bytes.length.toLocaleString('en')} bytes${code}`;
  const took = unchanged ? 'unchanged' : `${(time / 1000).toFixed(1)} s`;
  return `  ${displayPath(file).padEnd(51)} ${size.padEnd(34)} ${took}`;
};
