/** WIT from files: one file, or a package's folder with the packages that it uses below deps/. */

import fs from 'node:fs';
import path from 'node:path';
import { displayPath } from './paths.ts';

const PACKAGE = /^[ \t]*package\s+([^\s;{]+)\s*;/m;

const isFolder = (file: string): boolean => fs.statSync(file).isDirectory();

const witFilesIn = (folder: string): string[] =>
  fs.readdirSync(folder).filter((name) => name.endsWith('.wit')).sort().map((name) => path.join(folder, name));

/** The files of one package as one text, and the package's name. */
const readPackage = (files: string[], place: string): { name: string; text: string } => {
  const texts = files.map((file) => fs.readFileSync(file, 'utf8'));
  const names = new Set(texts.flatMap((text) => PACKAGE.exec(text)?.[1] ?? []));
  if (names.size > 1) throw new Error(`${place} has files of several packages: ${[...names].join(', ')}`);
  const [name] = names;
  if (name === undefined) throw new Error(`${place} does not say which package it is; it wants a line "package a:b;"`);
  return { name, text: texts.map((text) => text.replace(PACKAGE, '')).join('\n') };
};

/**
 * The text of the WIT in `place`, a file or a folder, with the packages below its deps/ as nested ones behind it.
 * Throws an error that says what is wrong with it as files; what is in it is another's to judge.
 */
export const readWit = (place: string): string => {
  if (!fs.existsSync(place)) throw new Error(`there is no ${displayPath(place)}`);
  if (!isFolder(place)) return fs.readFileSync(place, 'utf8');
  const files = witFilesIn(place);
  if (files.length === 0) throw new Error(`${displayPath(place)} holds no .wit file`);
  const main = readPackage(files, displayPath(place));
  const deps = path.join(place, 'deps');
  const used = !fs.existsSync(deps) ? [] : fs.readdirSync(deps).sort().map((name) => path.join(deps, name))
    .filter((item) => isFolder(item) || item.endsWith('.wit'))
    .map((item) => readPackage(isFolder(item) ? witFilesIn(item) : [item], displayPath(item)));
  const nested = used.map(({ name, text }) => `package ${name} {\n${text}\n}\n`);
  return [`package ${main.name};\n${main.text}`, ...nested].join('\n');
};
