/**
 * Type-preserving bundle: several TypeScript files to one, annotations untouched.
 *
 * The compiler behind it reads one file and needs its type annotations, so an ordinary bundler will not do.
 * Ours concatenates the files with what is imported before what imports it, which puts callees first, as the
 * compiler requires. It reads top-level lines only and knows exactly these forms, each beginning its line:
 *
 *     import { a, b } from './x.ts';       (may run over several lines)
 *     export { a, b } from './x.ts';       (likewise)
 *     export const a = …                   const a = …      let a = …
 *     declare const a: (x: i32) => i32;    a function the host provides; a parameter may be i64 there
 *     type A = …                           (removed)
 *
 * A file is named by its relative path, or by what package.json calls it for those who import it from outside.
 *
 * Anything else at the beginning of a line that looks like a declaration is an error with file and line. Exported names
 * are unique over all files; a name that a file keeps to itself gets a number when another file has it too.
 *
 * A function the host provides becomes an arrow around the import proper. Without it the compiler would not know
 * that the result is an i32 and miscompile `hostA() + hostB()`; the optimiser inlines it away. The arrow takes an i32
 * also where the host takes an i64; the optimiser's step extends it.
 */

import fs from 'node:fs';
import path from 'node:path';
import { displayPath, exportedFile } from './paths.ts';

/** A function that the compiled module imports. */
export interface HostImport {
  /** The name as the TypeScript calls it, and as it is imported. */
  name: string;
  /** The Wasm module it is imported from. */
  module: string;
  /** The name the compiler knows the import proper by. */
  symbol: string;
  /** Count of i32 parameters. */
  parameters: number;
  /** Count of i32 results, 0 or 1. */
  results: number;
  /** Indices of the parameters that the host takes as i64; left out if there are none. */
  wide?: number[];
}

export interface BundleOptions {
  /** The file whose exports are the module's exports. */
  entry: string;
  /** Files that are not bundled: each name imported from one becomes an import of the Wasm module named here. */
  externals?: Map<string, string>;
  /** Files whose declared functions come from another Wasm module than HOST_MODULE, by path. */
  hostModules?: Map<string, string>;
  /** Texts that replace those of files, by absolute path. */
  overrides?: Map<string, string>;
}

export interface Bundle {
  text: string;
  /** Names the entry exports, in order. */
  exports: string[];
  hostImports: HostImport[];
  /** Every file that was read, absolute; a change in one of them may change the bundle. */
  files: string[];
  /** The file that declares each top-level name of the text. */
  declared: Map<string, string>;
  /** The place in the sources that a line of the text (counted from 1) came from. */
  locate(line: number): string;
}

/** The Wasm module that functions declared by `declare const` are imported from, unless hostModules says otherwise. */
export const HOST_MODULE = 'host';

interface Place { file: string; line: number }

interface Source {
  file: string;
  /** The text with imports, re-exports and types blanked out; line numbers stay. */
  text: string;
  imports: { names: string[]; from: string; place: Place }[];
  reexports: { names: string[]; from: string; place: Place }[];
  /** Top-level names, and whether the file exports them. */
  names: Map<string, { exported: boolean; place: Place }>;
  hosts: { name: string; signature: string; place: Place }[];
}

const fail = (place: Place, message: string): never => {
  throw new Error(`${displayPath(place.file)}:${place.line}: ${message}`);
};

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** Blanks every character but line breaks, so that what follows keeps its line. */
const blank = (text: string): string => text.replace(/[^\n]/g, '');

const nameList = (list: string, place: Place): string[] => {
  const names = list.split(',').map((name) => name.trim()).filter(Boolean);
  for (const name of names) if (!/^[A-Za-z_$][\w$]*$/.test(name)) {
    fail(place, `"${name}" in an import or export list; only plain names are understood (no "as", no "type")`);
  }
  return names;
};

/** A line that begins like a declaration and is none of the known forms. */
const NOT_UNDERSTOOD = new RegExp([
  '^(?:import|declare|enum|function|class|interface|namespace|var|async|abstract)\\b.*',
  '^export\\b(?!\\s+(?:const|let)\\s+[\\w$]+\\s*[:=]).*',
  '^(?:const|let)\\b(?!\\s+[\\w$]+\\s*[:=]).*',
].join('|'), 'm');

const scan = (file: string, text: string): Source => {
  const source: Source = { file, text, imports: [], reexports: [], names: new Map(), hosts: [] };
  const at = (index: number): Place => ({ file, line: lineOf(source.text, index) });
  const resolve = (specifier: string, place: Place): string => {
    const exported = exportedFile(specifier);
    if (exported !== undefined) return exported;
    if (!/^\.{1,2}\/.*\.ts$/.test(specifier)) {
      fail(place, `cannot import '${specifier}'; only relative paths ending in .ts, and what package.json exports`);
    }
    return path.resolve(path.dirname(file), specifier);
  };

  source.text = source.text.replace(
    /^(import|export)\s*\{([^}]*)\}\s*from\s*['"]([^'"\n]+)['"]\s*;?/gm,
    (whole, verb: string, list: string, specifier: string, index: number) => {
      const place = at(index);
      const entry = { names: nameList(list, place), from: resolve(specifier, place), place };
      (verb === 'import' ? source.imports : source.reexports).push(entry);
      return blank(whole);
    });
  source.text = source.text.replace(
    /^declare\s+const\s+([\w$]+)\s*:\s*(\([^)]*\)\s*=>\s*\w+)\s*;/gm,
    (whole, name: string, signature: string, index: number) => {
      source.hosts.push({ name, signature, place: at(index) });
      return blank(whole);
    });
  source.text = source.text.replace(/^(?:export\s+)?type\s+\w+\s*=[^;]*;/gm, blank);

  for (const match of source.text.matchAll(/^(export\s+)?(?:const|let)\s+([A-Za-z_$][\w$]*)\s*[:=]/gm)) {
    const place = at(match.index);
    const known = source.names.get(match[2]!);
    if (known) fail(place, `${match[2]} is declared a second time; the first is in line ${known.place.line}`);
    source.names.set(match[2]!, { exported: match[1] !== undefined, place });
  }
  const other = NOT_UNDERSTOOD.exec(source.text);
  if (other) fail(at(other.index), `not understood at top level: ${other[0].trim()}`);
  return source;
};

const TYPES = new Set(['i32', 'number', 'boolean', 'string']);

interface Signature {
  parameters: { name: string; type: string }[];
  result: string;
}

/**
 * Parameter list and result of `(a: i32, b: i32) => void` or `(a: i32): i32 =>`.
 *
 * @param more types that parameters may have besides
 */
const parseSignature = (signature: string, place: Place, more: string[] = []): Signature => {
  const match = /^\(([^)]*)\)\s*(?:=>|:)\s*(\w+)/.exec(signature) ?? fail(place, `not a signature: ${signature}`);
  const parameters = match[1]!.split(',').map((item) => item.trim()).filter(Boolean).map((item) => {
    const [name, type] = item.split(':').map((part) => part.trim());
    if (!name || !type || !(TYPES.has(type) || more.includes(type))) {
      fail(place, `parameter "${item}"; each needs a name and one of the types ${[...TYPES, ...more].join(', ')}`);
    }
    return { name: name!, type: type! };
  });
  if (match[2] !== 'void' && !TYPES.has(match[2]!)) {
    fail(place, `result type ${match[2]}; void or one of ${[...TYPES].join(', ')}`);
  }
  return { parameters, result: match[2]! };
};

/** `name`, or with the first number behind it that makes it a name which is not `taken`. */
const freeName = (name: string, taken: Map<string, unknown>): string => {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}$${number}`;
  return free;
};

/** What is no code in a text, and the insertions in templates, which are. */
const QUOTED = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\/[^\n]*|\/\*[^]*?\*\//;

/** A text with every use of a name replaced. */
const renamed = (text: string, name: string, replacement: string): string => {
  const use = `(?<![.\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`;
  return text.replace(new RegExp(`${QUOTED.source}|${use}`, 'g'), (found) => {
    if (found === name) return replacement;
    if (!found.startsWith('`')) return found;
    return found.replace(/\$\{([^}]*)\}/g, (_, inserted: string) => `\${${renamed(inserted, name, replacement)}}`);
  });
};

/** Concatenates `entry` and all it imports. Throws an error that names file and line when a form is not understood. */
export const bundle = (options: BundleOptions): Bundle => {
  const absolute = (map: Map<string, string> = new Map()): Map<string, string> =>
    new Map([...map].map(([file, module]) => [path.resolve(file), module]));
  const externals = absolute(options.externals);
  const hostModules = absolute(options.hostModules);
  const entry = path.resolve(options.entry);
  const sources = new Map<string, Source>();
  const read = (file: string, place?: Place): Source => {
    const known = sources.get(file);
    if (known) return known;
    let text = options.overrides?.get(file);
    if (text === undefined) {
      if (!fs.existsSync(file)) {
        if (place) fail(place, `there is no file ${displayPath(file)}`);
        throw new Error(`there is no file ${displayPath(file)}`);
      }
      text = fs.readFileSync(file, 'utf8');
    }
    const source = scan(file, text);
    sources.set(file, source);
    return source;
  };

  /** The file that declares what `file` exports as `name`. */
  const declaring = (file: string, name: string, place: Place): Source => {
    const source = read(file, place);
    if (source.names.get(name)?.exported) return source;
    const through = source.reexports.find((reexport) => reexport.names.includes(name));
    if (through) return declaring(through.from, name, through.place);
    return fail(place, `${displayPath(file)} does not export ${name}`);
  };

  const ordered: Source[] = [];
  const taken = new Map<string, Place>();
  const take = (name: string, place: Place): void => {
    const first = taken.get(name);
    if (first) {
      fail(place, `${name} collides with ${displayPath(first.file)}:${first.line}; `
        + 'exported names are unique over all files of a bundle');
    }
    taken.set(name, place);
  };
  const hostImports: HostImport[] = [];
  const stubs: string[] = [];
  const provide = (name: string, module: string, signature: string, place: Place): void => {
    const known = hostImports.find((host) => host.name === name);
    const { parameters, result } = parseSignature(signature, place, ['i64']);
    const symbol = `${name}$host`;
    const wide = parameters.flatMap(({ type }, index) => (type === 'i64' ? [index] : []));
    const host: HostImport = {
      name, module, symbol,
      parameters: parameters.length,
      results: result === 'void' ? 0 : 1,
      ...(wide.length > 0 ? { wide } : {}),
    };
    if (known) {
      if (JSON.stringify(known) !== JSON.stringify(host)) {
        fail(place, `${name} is provided by the host twice, differently`);
      }
      return;
    }
    take(name, place);
    hostImports.push(host);
    const call = `${symbol}(${parameters.map((parameter) => parameter.name).join(', ')})`;
    const list = parameters.map((parameter) => `${parameter.name}: ${parameter.type.replace('i64', 'i32')}`).join(', ');
    stubs.push(result === 'void'
      ? `const ${name} = (${list}): void => { ${call}; };`
      : `const ${name} = (${list}): ${result} => { const $result: ${result} = ${call}; return $result; };`);
  };

  const visiting: string[] = [];
  const visit = (file: string, place?: Place): void => {
    if (visiting.includes(file)) {
      const circle = [...visiting.slice(visiting.indexOf(file)), file].map(displayPath).join(' -> ');
      throw new Error(`imports go in a circle: ${circle}; a callee must be declared before its caller`);
    }
    const source = read(file, place);
    if (ordered.includes(source)) return;
    visiting.push(file);
    for (const link of [...source.imports, ...source.reexports]) {
      const module = externals.get(link.from);
      for (const name of link.names) {
        const declaration = declaring(link.from, name, link.place);
        if (module === undefined) continue;
        const literalName = name.replaceAll('$', '\\$');
        const arrow = new RegExp(`^export\\s+const\\s+${literalName}\\s*=\\s*(\\([^)]*\\)\\s*:\\s*\\w+)\\s*=>`, 'm');
        const signature = arrow.exec(declaration.text);
        if (!signature) {
          fail(link.place, `${name} is no typed arrow; only functions can be imported from an external module`);
        }
        provide(name, module, signature![1]!, link.place);
      }
      if (module === undefined) visit(link.from, link.place);
    }
    visiting.pop();
    const hostModule = hostModules.get(file) ?? HOST_MODULE;
    for (const host of source.hosts) provide(host.name, hostModule, host.signature, host.place);
    ordered.push(source);
  };
  visit(entry);
  for (const { names } of ordered) for (const [name, { exported, place }] of names) if (exported) take(name, place);
  const declared = new Map<string, string>();
  for (const source of ordered) {
    for (const [name, { exported, place }] of source.names) {
      if (exported) declared.set(name, source.file);
      if (exported) continue;
      const own = taken.get(name)?.file === source.file;
      const free = own ? name : freeName(name, taken);
      take(free, place);
      declared.set(free, source.file);
      if (free !== name) source.text = renamed(source.text, name, free);
    }
  }

  const main = read(entry);
  const exports = [...main.names].filter(([, { exported }]) => exported).map(([name]) => name)
    .concat(main.reexports.flatMap((reexport) => reexport.names));
  if (exports.length === 0) throw new Error(`${displayPath(entry)} exports nothing`);

  const lines: string[] = [...stubs];
  const origins: Place[] = stubs.map(() => ({ file: entry, line: 1 }));
  for (const source of ordered) {
    const text = source.text.replace(/^export\s+((?:const|let)\s+([\w$]+))/gm, '$1')
      .replace(/^((?:const|let)\s+([\w$]+))/gm, (head: string, _: string, name: string) =>
        exports.includes(name) ? `export ${head}` : head);
    text.split('\n').forEach((line, index) => {
      if (line.trim() === '') return;
      lines.push(line);
      origins.push({ file: source.file, line: index + 1 });
    });
  }
  return {
    text: lines.join('\n') + '\n',
    exports,
    hostImports,
    files: [...sources.keys()],
    declared,
    locate: (line) => {
      const place = origins[line - 1];
      return place ? `${displayPath(place.file)}:${place.line}` : displayPath(entry);
    },
  };
};
