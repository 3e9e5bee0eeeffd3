/**
 * The current Wasmtime: its command where that is installed, else the Python package wasmtime, which scripts/setup.mjs
 * puts into dist/python.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { DIST, ROOT } from '../paths.ts';
import { withFolder } from '../folder.ts';
import { ask, fileOf, outcomeOf, runProcess, Trap, type Engine, type Outcome, type Run, type RunOptions } from './engine.ts';

/** The oldest major version of the command that counts as current. */
const VERSION_MIN = 40;

const PACKAGES = path.join(DIST, 'python');

/** The line of scripts/requirements.txt, `wasmtime==<version>`. */
const [, packageVersion] = /^wasmtime==(\S+)$/m.exec(fs.readFileSync(path.join(ROOT, 'scripts/requirements.txt'), 'utf8'))!;

/** Whether there is a wasmtime command and it is new enough. */
const hasCommand = (): boolean => {
  const { stdout } = spawnSync('wasmtime', ['--version'], { encoding: 'utf8' });
  const major = /^wasmtime(?:-cli)? (\d+)\./.exec(stdout ?? '')?.[1];
  return major !== undefined && Number(major) >= VERSION_MIN;
};

const hasPackage = (): boolean => fs.existsSync(path.join(PACKAGES, `wasmtime-${packageVersion}.dist-info`));

/** Why Python code cannot run on Wasmtime here, or undefined. */
export const missingPackage = (): string | undefined => {
  if (hasPackage()) return undefined;
  return `the Python package wasmtime ${packageVersion} is not in dist/python, where npm test installs it`;
};

/** With these variables Python finds the package. */
export const PACKAGE_VARIABLES = { PYTHONPATH: PACKAGES };

/** Asks wasmtime-run.py; its head describes requests and answers. */
export const askWasmtime = (request: object, input?: string | Uint8Array): Promise<Run> =>
  ask('wasmtime', ['python3', '-B'], 'wasmtime-run.py', request, { input, env: PACKAGE_VARIABLES });

/** How the command reports on standard error, behind what the program wrote there, that the program was stopped. */
const STOPPED = 'Error: failed to run main module';

const runCommand = async (file: string, { args = [], input, env = {}, folder }: RunOptions): Promise<Outcome> => {
  // The command tells by an exit code like any other that it could not read the file.
  if (!fs.readFileSync(file).subarray(0, 4).equals(Buffer.from('\0asm'))) throw new Error(`${file} is no module`);
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const folders = folder === undefined ? [] : ['--dir', `${folder}::.`];
  const run = await runProcess('wasmtime',
    ['run', '--argv0', 'program', ...variables, ...folders, file, ...args], { input });
  const { status, signal, stdout, stderr } = run;
  if (status === null) throw new Error(`wasmtime was ended by ${signal}\n${stdout}${stderr}`);
  const stopped = stderr.lastIndexOf(STOPPED);
  if (stopped < 0) return { exitCode: status, stdout, stderr };
  const causes = [...stderr.slice(stopped).split('Stack backtrace')[0]!.matchAll(/^ {4}\d+: (?!\s)(.*)$/gm)];
  const cause = causes.at(-1)?.[1]?.replace('wasm trap: ', '') ?? STOPPED;
  throw new Trap(`${cause}, on wasmtime`, { stdout, stderr: stderr.slice(0, stopped) });
};

export const wasmtime: Engine = {
  name: 'wasmtime',
  lacks: [],
  missing: () => (hasCommand() ? undefined : missingPackage()),
  /** Takes a command that is a component, too. */
  run: (program, options = {}) => withFolder(async (place) => {
    const file = fileOf(program, place);
    if (hasCommand()) return runCommand(file, options);
    const { args, input, env, folder } = options;
    return outcomeOf('wasmtime', await askWasmtime({ do: 'run', file, args, env, folder }, input));
  }),
};

/** A call of a component's export, or a resource that is given back. Values are as component_values.py has them. */
export type ComponentCall =
  | { interface?: string; function: string; args?: unknown[] }
  | { drop: number };

/** What came of a call; the one that trapped is the last. */
export type ComponentAnswer = { result: unknown } | { trap: string };

/**
 * Instantiates a component on the current Wasmtime, with WASI, and calls its exports in order.
 * Needs the Python package, so ask missingPackage before. Throws if the component has no such export or the arguments
 * are not of its types.
 */
export const callComponent = (component: Uint8Array | string, calls: ComponentCall[]): Promise<ComponentAnswer[]> =>
  withFolder(async (place) => {
    const { answer } = await askWasmtime({ do: 'call', file: fileOf(component, place), calls });
    return JSON.parse(answer) as ComponentAnswer[];
  });
