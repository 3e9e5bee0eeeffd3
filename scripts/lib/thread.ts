/**
 * Runs a TypeScript file of this folder in a thread of its own, outside the TypeScript loader.
 *
 * Two reasons. Porffor takes its options from process.argv when imported and keeps state in globals, as binaryen does,
 * so that each use wants a fresh copy. And the loader looks through every JavaScript module that is imported, which
 * for binaryen's 15 MB takes seconds; in a thread without it they load at once.
 */

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build, type Plugin } from 'esbuild';
import { ROOT } from './paths.ts';

/** What a thread is told to do, and its answer or error. */
export type ThreadMessage<Answer> = { answer: Answer } | { error: string };

/** Packages stay packages, addressed absolutely: the thread's code has no place from which to look for them. */
const packagesByAddress: Plugin = {
  name: 'packages-by-address',
  setup: (builder) => {
    builder.onResolve({ filter: /^[^./]/ }, async ({ path: name, pluginData, resolveDir }) => {
      if (pluginData === 'resolving') return undefined;
      if (name.startsWith('node:')) return { path: name, external: true };
      const options = { resolveDir, kind: 'import-statement', pluginData: 'resolving' } as const;
      const { path: file, errors } = await builder.resolve(name, options);
      return errors.length > 0 ? { errors } : { path: pathToFileURL(file).href, external: true };
    });
  },
};

const programs = new Map<string, Promise<URL>>();

/** The file and what it imports as one module of plain JavaScript. */
const programOf = (file: string): Promise<URL> => {
  const known = programs.get(file);
  if (known) return known;
  const program = build({
    entryPoints: [path.resolve(ROOT, 'scripts/lib', file)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'silent',
    plugins: [packagesByAddress],
  }).then(({ outputFiles }) => new URL(`data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`));
  programs.set(file, program);
  return program;
};

export interface ThreadOptions {
  /** What the thread finds behind the second place of process.argv. */
  argv?: string[];
  /** Milliseconds after which it is given up. */
  timeMax: number;
}

/**
 * Runs `file` (of this folder, or by its absolute path), which answers `request` (its workerData) by one ThreadMessage, and gives the answer.
 * Throws the thread's error, with all it printed, when it fails, ends without an answer or takes too long.
 */
export const runThread = async <Answer>(file: string, request: unknown, options: ThreadOptions): Promise<Answer> => {
  const worker = new Worker(await programOf(file), {
    argv: options.argv ?? [],
    execArgv: [],
    workerData: request,
    stdout: true,
    stderr: true,
  });
  let output = '';
  worker.stdout.on('data', (chunk) => { output += chunk; });
  worker.stderr.on('data', (chunk) => { output += chunk; });
  const withOutput = (message: string): Error => new Error(`${message}\n${output}`.trim());
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      let message: ThreadMessage<Answer> | undefined;
      timer = setTimeout(() => {
        reject(withOutput(`${file} did not end within ${options.timeMax / 1000} s`));
      }, options.timeMax);
      worker.once('message', (received: ThreadMessage<Answer>) => { message = received; });
      worker.once('error', (error) => reject(withOutput(error.message)));
      worker.once('exit', (code) => {
        if (message === undefined) reject(withOutput(`${file} ended with code ${code} and no answer`));
        else if ('error' in message) reject(withOutput(message.error));
        else resolve(message.answer);
      });
    });
  } finally {
    clearTimeout(timer);
    void worker.terminate();
  }
};
