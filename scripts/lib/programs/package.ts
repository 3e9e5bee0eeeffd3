/**
 * Packages of registries that hold a program's sources or its data. They are fetched by the registries' own clients
 * when they are wanted, checked against the hash given here, and unpacked under dist/packages.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DIST } from '../paths.ts';
import { run } from '../tools.ts';

export interface Package {
  /** crates: crates.io, by cargo; debian: a binary package, by apt-get. */
  registry: 'npm' | 'pypi' | 'crates' | 'debian';
  name: string;
  version: string;
  /** Of the file that the client fetches, as hexadecimal text. */
  sha256: string;
  /** pypi: the platform of a wheel; a source distribution is taken when left out. */
  platform?: string;
  /** An archive within the package that is unpacked beside it. */
  inner?: string;
  /** debian: what is unpacked of it, as patterns of tar; the rest is not kept. */
  only?: string[];
}

const FOLDER = path.join(DIST, 'packages');

/** A package cannot be fetched on this machine, now; what is wrong with it is no case of this. */
export class UnreachableError extends Error {}

/** How each registry's client is asked for a package; it puts one file into `folder`. */
const CLIENTS: Record<Package['registry'], (wanted: Package, folder: string) => [string, string[]]> = {
  npm: ({ name, version }, folder) => ['npm', ['pack', `${name}@${version}`, '--pack-destination', folder]],
  pypi: ({ name, version, platform }, folder) => {
    const kind = platform
      ? ['--only-binary', ':all:', '--platform', platform, '--python-version', '3.12']
      : ['--no-binary', ':all:'];
    return ['python3', ['-m', 'pip', 'download', '--no-deps', ...kind, '--dest', folder, `${name}==${version}`]];
  },
  crates: () => ['cargo', []],
  debian: ({ name, version }) => ['apt-get', ['download', `${name}=${version}`]],
};

/** cargo has no command that gives a file; it keeps those it has fetched. */
const downloadCrate = ({ name, version }: Package, folder: string): { status: number | null; stdout: string; stderr: string; error?: Error } => {
  const cache = path.join(process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo'), 'registry/cache');
  const find = (): string | undefined => (fs.existsSync(cache) ? fs.readdirSync(cache) : [])
    .map((registry) => path.join(cache, registry, `${name}-${version}.crate`)).find((file) => fs.existsSync(file));
  let answer: ReturnType<typeof downloadCrate> = { status: 0, stdout: '', stderr: '' };
  if (!find()) {
    const manifest = path.join(folder, 'Cargo.toml');
    fs.writeFileSync(manifest, `[package]\nname = "fetch"\nversion = "0.0.0"\n[lib]\npath = "lib.rs"\n[dependencies]\n${name} = "=${version}"\n`);
    fs.writeFileSync(path.join(folder, 'lib.rs'), '');
    answer = spawnSync('cargo', ['fetch', '--target', 'wasm32-unknown-unknown', '--manifest-path', manifest], { encoding: 'utf8' });
    for (const file of fs.readdirSync(folder)) fs.rmSync(path.join(folder, file));
  }
  const file = find();
  if (file) fs.copyFileSync(file, path.join(folder, path.basename(file)));
  return answer;
};

const download = (wanted: Package, folder: string): string => {
  const [client, args] = CLIENTS[wanted.registry](wanted, folder);
  const { status, stdout, stderr, error } = wanted.registry === 'crates'
    ? downloadCrate(wanted, folder)
    : spawnSync(client, args, { encoding: 'utf8', cwd: folder });
  const [file] = fs.readdirSync(folder);
  if (status !== 0 || file === undefined) {
    const reason = error ? error.message : `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n');
    throw new UnreachableError(
      `${wanted.name} ${wanted.version} could not be fetched by ${client}, which a connection to its registry needs ` +
      `once:\n${reason}`,
    );
  }
  return path.join(folder, file);
};

/** Unpacks a tar archive, a wheel, which is a zip archive, or a Debian package. */
const unpack = (archive: string, folder: string, only: string[] = []): void => {
  fs.mkdirSync(folder, { recursive: true });
  if (archive.endsWith('.deb')) {
    const contents = `${folder}.tar`;
    run('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" > "$2"', 'sh', archive, contents]);
    try {
      run('tar', ['-xf', contents, '-C', folder, '--no-same-owner', '--wildcards', ...only]);
    } finally {
      fs.rmSync(contents);
    }
    return;
  }
  if (/\.(whl|zip)$/.test(archive)) run('python3', ['-m', 'zipfile', '-e', archive, folder]);
  else run('tar', ['-xf', archive, '-C', folder, '--no-same-owner']);
};

/**
 * The folder with the package's files, fetched if they are not there yet.
 *
 * @throws UnreachableError if the client cannot get it; another error if it is not the file that it should be
 */
export const packageFolder = (wanted: Package): string => {
  const { name, version, sha256, inner, only } = wanted;
  const folder = path.join(FOLDER, `${name.replaceAll('/', '-')}-${version}-${sha256.slice(0, 8)}`);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(FOLDER, { recursive: true });
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-package-'));
  const partial = `${folder}.${process.pid}`;
  try {
    const archive = download(wanted, place);
    const found = createHash('sha256').update(fs.readFileSync(archive)).digest('hex');
    if (found !== sha256) {
      throw new Error(`${path.basename(archive)} has the SHA-256 ${found}, not ${sha256}: it is not the file it was`);
    }
    unpack(archive, partial, only);
    if (inner !== undefined) unpack(path.join(partial, inner), path.dirname(path.join(partial, inner)));
    fs.renameSync(partial, folder);
  } catch (error) {
    // Another process may have put it there meanwhile.
    if (!fs.existsSync(folder)) throw error;
  } finally {
    fs.rmSync(place, { recursive: true });
    fs.rmSync(partial, { recursive: true, force: true });
  }
  return folder;
};
