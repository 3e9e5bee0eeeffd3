/**
 * Allocators that others publish in registries. They are fetched when the benchmark wants them, checked against their
 * hashes, and built here.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { withFolder } from '../folder.ts';
import { packageFolder, type Package } from '../programs/package.ts';
import { rustFor } from '../rust.ts';
import { run, versionOf } from '../tools.ts';
import { cached, linkWithWasiLibc, optimise, SOURCES, WASI_STACK_SIZE } from './build.ts';

const ADAPTERS = path.join(SOURCES, 'allocators');

const EMSCRIPTEN: Package = {
  registry: 'debian',
  name: 'emscripten',
  version: '3.1.6~dfsg-5',
  sha256: '43742f32443a7a5510f6c5d1d2603f07c0ff555b3464f2438ab7ba7fdc85c8fd',
  only: ['./usr/share/emscripten/system/lib/emmalloc.c'],
};

const MIMALLOC: Package = {
  registry: 'crates',
  name: 'libmimalloc-sys',
  version: '0.1.49',
  sha256: '6a45a52f43e1c16f667ccfe4dd8c85b7f7c204fd5e3bf46c5b0db9a5c3c0b8e9',
};

const crate = (name: string, version: string, sha256: string): Package => ({ registry: 'crates', name, version, sha256 });

interface Crate {
  source: Package;
  edition: '2015' | '2018' | '2021';
  features?: string[];
}

/** The crates that an allocator for Rust is made of, its own last. */
const CRATES: Readonly<Record<string, readonly Crate[]>> = {
  talc: [
    { source: crate('allocator-api2', '0.4.0', 'c880a97d28a3681c0267bd29cff89621202715b065127cd445fa0f0fe0aa2880'), edition: '2018' },
    { source: crate('scopeguard', '1.2.0', '94143f37725109f92c262ed2cf5e59bce7498c01bcc1502d7b9afe439a4e9f49'), edition: '2018' },
    { source: crate('lock_api', '0.4.14', '224399e74b87b5f3557511d98dff8b14089b3dadafcab6bb93eab67d3aace965'), edition: '2021' },
    { source: crate('talc', '5.1.1', '53f8ad14fa1c1b8635114abf9721076fe1e869572a5f26a52690f407292c80dc'), edition: '2021' },
  ],
  wee_alloc: [
    { source: crate('cfg-if', '0.1.10', '4785bdd1c96b2a846b2bd7cc02e86b6b3dbf14e7e53446c4f54c92a361040822'), edition: '2018' },
    { source: crate('memory_units', '0.4.0', '8452105ba047068f40ff7093dd1d9da90898e63dd61736462e9cdda6a90ad3c3'), edition: '2015' },
    { source: crate('wee_alloc', '0.4.5', 'dbb3b5a6b2bb17cb6ad44a2e68a43e8d2722c997da10e928665c72ec6c0a0b8e'), edition: '2015', features: ['size_classes'] },
  ],
  lol_alloc: [
    { source: crate('spin', '0.9.9', '3763264f6b73151db08c50ff20d7d8a0b8796e021cdea7ceedad07b80155fa0e'), edition: '2015', features: ['mutex', 'spin_mutex'] },
    { source: crate('lol_alloc', '0.4.1', '83e5106554cabc97552dcadf54f57560ae6af3276652f82ca2be06120dc4c5dc'), edition: '2021' },
  ],
};

/** Bytes of stack that rustc's linker puts below everything else; the flag makes it what WASI has. */
const RUST_STACK_SIZE = WASI_STACK_SIZE;

/** Older compilers let what is stable by now be used only with this; newer ones do not mind. */
const UNSTABLE = 'RUSTC_BOOTSTRAP=1';

/** The folder of a crate: its archive has one folder. */
const crateFolder = (source: Package): string => {
  const folder = packageFolder(source);
  return path.join(folder, `${source.name}-${source.version}`);
};

/** An allocator for Rust, behind the names of C. */
const buildRustAllocator = (name: string): string => {
  const crates = CRATES[name]!;
  const source = path.join(ADAPTERS, 'global-alloc.rs');
  const { compiler, target } = rustFor('none');
  const args = ['--target', target, '-C', 'opt-level=3', '-C', 'panic=abort', '-C', 'target-feature=+bulk-memory',
    '-C', `link-arg=-zstack-size=${RUST_STACK_SIZE}`];
  const settings = [...args, run(compiler, ['--version']), JSON.stringify(crates)];
  return cached(name, [source], settings, (output) => withFolder((folder) => {
    const compile = (...more: string[]): void => void run('env', [UNSTABLE, compiler, ...args, '--cap-lints', 'allow', '-L', folder, ...more]);
    /** Every crate that is compiled already, for the next to use. */
    const compiled = (): string[] => readdirSync(folder).filter((file) => file.endsWith('.rlib'))
      .flatMap((file) => ['--extern', `${file.slice('lib'.length, -'.rlib'.length)}=${path.join(folder, file)}`]);
    for (const { source: wanted, edition, features = [] } of crates) {
      compile('--crate-type', 'rlib', '--crate-name', wanted.name.replaceAll('-', '_'), '--out-dir', folder, '--edition', edition,
        ...compiled(), ...features.flatMap((feature) => ['--cfg', `feature="${feature}"`]), path.join(crateFolder(wanted), 'src/lib.rs'));
    }
    compile('--crate-type', 'cdylib', '--edition', '2021', '-C', 'lto=fat', '--cfg', `allocator="${name}"`, ...compiled(), source, '-o', output);
    optimise(output);
  }));
};

/** Inside an allocator malloc and free are functions like others, and memory has one type and then another. */
const OWN_MALLOC = ['-fno-builtin-malloc', '-fno-builtin-free', '-fno-builtin-calloc', '-fno-builtin-realloc', '-fno-strict-aliasing'];

const buildEmmalloc = (): string => {
  const emmalloc = path.join(packageFolder(EMSCRIPTEN), 'usr/share/emscripten/system/lib/emmalloc.c');
  const headers = path.join(ADAPTERS, 'emscripten');
  const exported = ['malloc', 'free', 'calloc', 'realloc', 'aligned_alloc', 'memalign', 'posix_memalign', 'malloc_usable_size'];
  return linkWithWasiLibc('emmalloc', path.join(ADAPTERS, 'emmalloc-module.c'), exported,
    ['-w', '-DNDEBUG', ...OWN_MALLOC, `-I${headers}`, `-I${path.dirname(emmalloc)}`], [emmalloc]);
};

type MimallocVersion = 'v2' | 'v3';

const mimallocFolder = (version: MimallocVersion): string => path.join(crateFolder(MIMALLOC), 'c_src/mimalloc', version);

const mimallocFlags = (folder: string): string[] =>
  ['-w', '-DNDEBUG', `-I${path.join(folder, 'include')}`, `-I${path.join(folder, 'src')}`];

const buildMimalloc = (version: MimallocVersion): string =>
  linkWithWasiLibc(`mimalloc-${version}`, path.join(ADAPTERS, 'mimalloc.c'), [], mimallocFlags(mimallocFolder(version)));

/** mimalloc as a native library that takes the place of malloc, compiled as its own build does. */
export const buildNativeMimalloc = (version: MimallocVersion): string => {
  const folder = mimallocFolder(version);
  const args = ['-O3', '-shared', '-fPIC', '-DMI_MALLOC_OVERRIDE', '-DMI_SHARED_LIB', '-DMI_SHARED_LIB_EXPORT', '-fvisibility=hidden',
    '-ftls-model=initial-exec', '-fno-builtin-malloc', ...mimallocFlags(folder), path.join(folder, 'src/static.c'), '-lpthread'];
  return cached(`mimalloc-${version}-native`, [], [...args, versionOf('clang')], (output) => void run('clang', [...args, '-o', output]), '.so');
};

export interface Peer {
  readonly name: string;
  readonly description: string;
  readonly foreignBytes: number;
  readonly build: () => string;
  readonly part?: number;
  /** Workloads that it does not go through, and why. */
  readonly skips?: Readonly<Record<string, string>>;
}

/** Some walk a list of all free blocks: this part of the operations is enough of that. */
const SLOW_PART = 1 / 80;

const TOO_SLOW = { live_100k: 'too slow', live_1m: 'too slow' };

const HEADER = 'a header of 16 bytes added for what free is not told';

export const PEERS: readonly Peer[] = [
  { name: 'emmalloc', description: "Emscripten 3.1.6's, from Debian's package", foreignBytes: WASI_STACK_SIZE, build: buildEmmalloc },
  { name: 'mimalloc2', description: 'mimalloc 2 for WASI, from libmimalloc-sys 0.1.49', foreignBytes: WASI_STACK_SIZE, build: () => buildMimalloc('v2') },
  { name: 'mimalloc3', description: 'mimalloc 3 for WASI, from the same', foreignBytes: WASI_STACK_SIZE, build: () => buildMimalloc('v3') },
  { name: 'talc', description: `5.1.1, for Rust; ${HEADER}`, foreignBytes: RUST_STACK_SIZE, build: () => buildRustAllocator('talc') },
  { name: 'wee_alloc', description: `0.4.5, for Rust; ${HEADER}; an 80th of the operations`, foreignBytes: RUST_STACK_SIZE, build: () => buildRustAllocator('wee_alloc'), part: SLOW_PART,
    skips: { large: 'gives no block', ...TOO_SLOW } },
  { name: 'lol_alloc', description: `0.4.1, a list of free blocks, for Rust; ${HEADER}; an 80th of the operations`, foreignBytes: RUST_STACK_SIZE, build: () => buildRustAllocator('lol_alloc'), part: SLOW_PART,
    skips: { larson_50k: 'takes half a millisecond for an operation', ...TOO_SLOW } },
];
