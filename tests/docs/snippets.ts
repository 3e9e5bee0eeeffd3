/**
 * Reading the snippets of a text in Markdown, and doing with them what a reader would.
 *
 * A fenced block behind the line `<!-- file: name -->` is a file. A ```console block is a session: lines that begin
 * with `$ ` are commands (a `\` at the end continues one), those below each are what it prints, with `...` for any
 * lines. The heading above them groups them: its files are there before the first of its sessions.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../../scripts/lib/paths.ts';

export interface Command {
  line: string;
  /** Lines that it must print, in this order; undefined where the text shows none. */
  output: string[];
}

export interface Group {
  heading: string;
  files: Map<string, string>;
  commands: Command[];
}

const commandsIn = (session: string[]): Command[] => {
  const commands: Command[] = [];
  let continued = false;
  for (const line of session) {
    const last = commands.at(-1);
    if (continued) last!.line += `\n${line}`;
    else if (line.startsWith('$ ')) commands.push({ line: line.slice(2), output: [] });
    else if (last) last.output.push(line);
    else throw new Error(`output without a command: ${line}`);
    continued = (continued || line.startsWith('$ ')) && line.endsWith('\\');
  }
  return commands;
};

/** The snippets below the heading `## title`, by the headings within. Groups without commands are left out. */
export const groupsOf = (markdown: string, title: string): Group[] => {
  const section = markdown.split(/^(?=## )/m).find((text) => text.startsWith(`## ${title}\n`));
  if (!section) throw new Error(`there is no section "${title}"`);
  const groups: Group[] = [];
  for (const text of section.split(/^(?=##+ )/m)) {
    const group: Group = { heading: /^#+ (.*)/.exec(text)![1]!, files: new Map(), commands: [] };
    for (const [, name, language, body] of text.matchAll(/^(?:<!-- file: (\S+) -->\n)?```(\w*)\n(.*?)^```$/gms)) {
      if (name) group.files.set(name, body!);
      else if (language === 'console') group.commands.push(...commandsIn(body!.trimEnd().split('\n')));
    }
    if (group.commands.length > 0) groups.push(group);
  }
  return groups;
};

/** What is wrong with `printed`, or undefined if it is as `expected` has it; spaces at the ends do not count. */
export const difference = (expected: string[], printed: string): string | undefined => {
  const lines = printed.split('\n').map((line) => line.trimEnd());
  let next = 0;
  let skipping = expected.length === 0;
  for (const line of expected.map((text) => text.trimEnd())) {
    if (line === '...') {
      skipping = true;
      continue;
    }
    const found = skipping ? lines.indexOf(line, next) : next;
    if (found < 0 || lines[found] !== line) return `it does not print: ${line}`;
    next = found + 1;
    skipping = false;
  }
  const rest = lines.slice(next).join('\n').trim();
  return skipping || rest === '' ? undefined : `it prints more: ${rest}`;
};

/** The programs of this folder that stand in for those that a machine may not have. */
const STAND_INS = path.join(import.meta.dirname, 'bin');

/** Those that choose among several that a machine may have. */
const COMPILERS = path.join(import.meta.dirname, 'compilers');

/**
 * Does what the group's text says in a new folder that looks like the checkout, and throws an error with the first
 * command that fails or prints something else. New files end with the folder, but for those that go to dist/.
 */
export const follow = ({ files, commands }: Group): void => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-snippets-'));
  try {
    for (const name of fs.readdirSync(ROOT)) fs.symlinkSync(path.join(ROOT, name), path.join(folder, name));
    for (const [name, text] of files) {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
    }
    const PATH = [COMPILERS, process.env.PATH, STAND_INS].join(path.delimiter);
    for (const { line, output } of commands) {
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', line],
        { cwd: folder, encoding: 'utf8', env: { ...process.env, PATH }, maxBuffer: 1 << 26 });
      const problem = status === 0 ? difference(output, stdout) : `it ended with status ${status}`;
      if (problem) throw new Error(`$ ${line}\n${problem}\n${stdout}${stderr}`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
};
