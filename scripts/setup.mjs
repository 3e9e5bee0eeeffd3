/**
 * Installs what is missing: npm packages, and system tools by apt where this machine and user allow it.
 * Quick when nothing is missing: it compares two lock files and looks for a few programs.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/**
 * Sets of tools. Each is a program on the PATH, a file, a file for WASI or for this machine that clang tells the place of,
 * or a target that some rustc compiles for, by any of its names; and the Debian package that brings it.
 */
const TOOLS = {
  wasi: [
    { program: 'clang', package: 'clang' },
    { program: 'wasm-ld', package: 'lld' },
    { program: 'llvm-ar', package: 'llvm' },
    { clangFile: '--print-file-name=libc.a', package: 'wasi-libc' },
    { clangFile: '--print-libgcc-file-name', package: 'libclang-rt-dev-wasm32' },
    { clangFile: '--print-file-name=libc++.a', package: 'libc++-dev-wasm32' },
  ],
  kernel: [
    { program: 'clang', package: 'clang' },
    { program: 'ld.lld', package: 'lld' },
    { program: 'llvm-nm', package: 'llvm' },
    { program: 'qemu-system-x86_64', package: 'qemu-system-x86' },
    { program: 'qemu-system-i386', package: 'qemu-system-x86' },
    { program: 'qemu-system-riscv64', package: 'qemu-system-misc' },
  ],
  native: [
    { program: 'gcc', package: 'gcc' },
    { file: '/usr/include/stdio.h', package: 'libc6-dev' },
  ],
  clang: [{ program: 'clang', package: 'clang' }],
  cargo: [{ program: 'cargo', package: 'cargo' }],
  jemalloc: [{ library: 'libjemalloc.so.2', package: 'libjemalloc2' }],
  tcmalloc: [{ library: 'libtcmalloc_minimal.so.4', package: 'libtcmalloc-minimal4' }],
  rust: [
    { rustTargets: ['wasm32-wasip1', 'wasm32-wasi'], package: 'rustc' },
    { rustTargets: ['wasm32-wasip1', 'wasm32-wasi'], package: 'libstd-rust-dev-wasm32' },
    { rustTargets: ['wasm32-unknown-unknown'], package: 'libstd-rust-dev-wasm32' },
  ],
};

const onPath = (program) => (process.env.PATH ?? '').split(path.delimiter)
  .some((folder) => folder !== '' && fs.existsSync(path.join(folder, program)));

/** Whether the file is there that clang names when asked with these arguments. */
const clangFileExists = (...args) => {
  const { stdout } = spawnSync('clang', args, { encoding: 'utf8' });
  return stdout !== null && path.isAbsolute(stdout.trim()) && fs.existsSync(stdout.trim());
};

/** Whether a rustc, the one on the PATH or Debian's, has the library of one of `targets`. */
const rustCompilesFor = (targets) => ['rustc', '/usr/bin/rustc'].some((compiler) => targets.some((target) => {
  const { status, stdout } = spawnSync(compiler, ['--print', 'target-libdir', '--target', target], { encoding: 'utf8' });
  return status === 0 && fs.existsSync(stdout.trim());
}));

const isThere = ({ program, file, clangFile, library, rustTargets }) => {
  if (program) return onPath(program);
  if (library) return clangFileExists(`--print-file-name=${library}`);
  if (rustTargets) return rustCompilesFor(rustTargets);
  return file ? fs.existsSync(file) : clangFileExists('--target=wasm32-wasi', clangFile);
};

const missingPackages = (needs) => {
  const missing = needs.flatMap((need) => TOOLS[need])
    .filter((tool) => !isThere(tool))
    .map((tool) => tool.package);
  return [...new Set(missing)];
};

const run = (command, args, options) => {
  console.log(`> ${[command, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error) throw new Error(`${command} did not start: ${error.message}`);
  return status === 0;
};

const installSystemPackages = (needs) => {
  const packages = missingPackages(needs);
  if (packages.length === 0) return;
  const list = packages.join(' ');
  const byHand = `Install them by hand, on Debian or Ubuntu with\n  apt-get install --no-install-recommends ${list}`;
  if (!onPath('apt-get')) throw new Error(`System packages are missing: ${list}. There is no apt-get here.\n${byHand}`);
  if (process.getuid?.() !== 0) {
    throw new Error(
      `System packages are missing: ${list}. Installing them needs root.\n${byHand.replace('apt-get', 'sudo apt-get')}`,
    );
  }
  console.log(`Installing system packages: ${list}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], { env });
  // The package lists may be stale or absent; fetching them is slow, so only when the first attempt fails.
  if (!install() && !(run('apt-get', ['update'], { env }) && install())) {
    throw new Error(`apt-get could not install ${list}; its reasons stand above.\n${byHand}`);
  }
  const still = missingPackages(needs);
  if (still.length > 0) {
    throw new Error(`apt-get installed ${list}, but what ${still.join(' ')} should bring is still not there.`);
  }
};

/** Whether node_modules holds what the lock file names; packages for other platforms may be absent. */
const packagesMatch = (root) => {
  const read = (file) => {
    try {
      return JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')).packages;
    } catch {
      return undefined;
    }
  };
  const wanted = read('package-lock.json');
  if (!wanted) {
    throw new Error('package-lock.json is missing or damaged; restore it with: git checkout package-lock.json');
  }
  const installed = read('node_modules/.package-lock.json');
  if (!installed) return false;
  const same = (name) => wanted[name].version === installed[name].version
    && (wanted[name].integrity === undefined || wanted[name].integrity === installed[name].integrity);
  return Object.keys(wanted).every((name) => name === '' || (installed[name] ? same(name) : wanted[name].optional));
};

const installNpmPackages = (root) => {
  if (packagesMatch(root)) return;
  console.log('Installing npm packages');
  if (!run('npm', ['ci'], { cwd: root })) {
    throw new Error('npm ci failed; its reasons stand above. A network connection to the npm registry is needed once.');
  }
};

/** Where Python packages go, so that they touch nothing else on this machine. */
const PYTHON_PACKAGES = 'dist/python';

/** The packages of scripts/requirements.txt, each `name==version`, that are not there in that version. */
const missingPythonPackages = (root) => fs.readFileSync(path.join(root, 'scripts/requirements.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !fs.existsSync(path.join(root, PYTHON_PACKAGES, `${line.replace('==', '-')}.dist-info`)));

/** The first Python that has pip, Debian's own after the one on the PATH. */
const pythonWithPip = () => ['python3', '/usr/bin/python3']
  .find((python) => spawnSync(python, ['-m', 'pip', '--version']).status === 0);

const installPythonPackages = (root) => {
  if (missingPythonPackages(root).length === 0) return;
  console.log('Installing Python packages');
  if (!pythonWithPip() && onPath('apt-get') && process.getuid?.() === 0) {
    const install = () => run('apt-get', ['install', '--yes', '--no-install-recommends', 'python3', 'python3-pip']);
    if (!install() && run('apt-get', ['update'])) install();
  }
  const python = pythonWithPip();
  if (!python) throw new Error('there is no python3 with pip; on Debian or Ubuntu: apt-get install python3-pip');
  const options = ['--quiet', '--no-deps', '--only-binary', ':all:', '--upgrade', '--retries', '2'];
  const args = ['-m', 'pip', 'install', ...options, '--target', PYTHON_PACKAGES, '-r', 'scripts/requirements.txt'];
  // Older versions of pip know this by the environment alone.
  const env = { ...process.env, PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' };
  if (!run(python, args, { cwd: root, env })) throw new Error('pip failed; its reasons stand above');
};

/** What is good to have, but nothing that the work stops for. */
const EXTRAS = {
  wasmtime: { install: installPythonPackages, without: 'nothing runs on the current Wasmtime, nor do its tests' },
  cargo: { install: () => installSystemPackages(['cargo']), without: 'there is no comparison with mimalloc, talc, wee_alloc and lol_alloc' },
  jemalloc: { install: () => installSystemPackages(['jemalloc']), without: 'there is no comparison with it' },
  tcmalloc: { install: () => installSystemPackages(['tcmalloc']), without: 'there is no comparison with it' },
};

/**
 * Makes sure that the npm packages, the system tools of `needs` (keys of TOOLS) and the extras of `wants` (keys of
 * EXTRAS) are there. Throws an error that says what is missing and how to get it; of an extra it only tells.
 */
export const setUp = (root, needs, wants = []) => {
  installSystemPackages(needs);
  installNpmPackages(root);
  for (const want of wants) {
    try {
      EXTRAS[want].install(root);
    } catch (error) {
      console.log(`Without ${want}: ${error.message}; ${EXTRAS[want].without}.`);
    }
  }
};
