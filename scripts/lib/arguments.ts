/** Command lines: long flags, help, and errors that end a script without a stack trace. */

import path from 'node:path';
import { parseArgs } from 'node:util';

export interface Flag {
  /** What the flag's value is called in the help; a flag without one is a switch. */
  value?: string;
  help: string;
}

type Values<Name extends string> = Partial<Record<Name, string>>;

const parse = <Name extends string>(
  summary: string,
  flags: Record<Name, Flag>,
  allowPositionals: boolean,
): { values: Values<Name>; words: string[] } => {
  const entries = Object.entries(flags) as [Name, Flag][];
  const options: Record<string, { type: 'string' | 'boolean' }> = { help: { type: 'boolean' } };
  for (const [name, flag] of entries) options[name] = { type: flag.value ? 'string' : 'boolean' };
  const parsed = parseArgs({ options, strict: true, allowPositionals });
  const values: Record<string, unknown> = parsed.values;
  if (values.help) {
    const lines = entries.map(([name, { value, help }]) => {
      const flag = `--${name}${value ? ` <${value}>` : ''}`;
      return `  ${flag.padEnd(24)} ${help}`;
    });
    process.stdout.write([summary, '', ...lines, ''].join('\n'));
    process.exit(0);
  }
  const result: Values<Name> = {};
  for (const [name] of entries) if (values[name] !== undefined) result[name] = String(values[name]);
  return { values: result, words: parsed.positionals };
};

/**
 * The values of the flags on the command line; that of a switch is 'true'. `--help` prints the help and ends; anything
 * unknown is an error.
 *
 * @param summary what the script does, for the help
 */
export const parseFlags = <Name extends string>(summary: string, flags: Record<Name, Flag>): Values<Name> =>
  parse(summary, flags, false).values;

/** The same for a script that takes one word besides: a file, say. `called` is what errors call it. */
export const parseFlagsAndWord = <Name extends string>(
  summary: string,
  flags: Record<Name, Flag>,
  called: string,
): { values: Values<Name>; word: string } => {
  const { values, words } = parse(summary, flags, true);
  const [word, second] = words;
  if (word === undefined) throw new Error(`${called} is missing; --help tells more`);
  if (second !== undefined) throw new Error(`${called} is one word; what is ${second}?`);
  return { values, word };
};

/** The absolute path of `file` as the caller's shell means it: npm itself changes to the checkout (run.mjs). */
export const callerPath = (file: string): string => path.resolve(process.env.INIT_CWD ?? '.', file);

/** The count that a flag's `text` tells. Throws if it is no whole number from 1 upwards. */
export const countOf = (flag: string, text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${flag} takes a whole number from 1 upwards, not ${text}`);
  return Number(text);
};

/** Runs a script's main function; an error becomes one message and exit code 1. TALLOW_TRACE=1 shows its stack. */
export const runMain = async (main: () => Promise<void> | void): Promise<void> => {
  try {
    await main();
  } catch (error) {
    const { message, stack } = error as Error;
    console.error(process.env.TALLOW_TRACE ? stack : message);
    process.exitCode = 1;
  }
};
