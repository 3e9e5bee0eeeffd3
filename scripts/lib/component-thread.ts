/** Core module to component, by the component tools of jco; component.ts runs it as a thread. */

import fs from 'node:fs';
import { componentEmbed, componentNew, preview1AdapterCommandPath, preview1AdapterReactorPath } from '@bytecodealliance/jco';
import { answerRequest } from './thread-answer.ts';

export interface ComponentRequest {
  core: Uint8Array;
  /** What the component is to the outside: worlds that are joined. A command needs none. */
  wit: { source: string; world?: string }[];
  /** What stands between the core's imports of WASI preview 1 and the interfaces of the component model. */
  adapter?: 'command' | 'reactor';
}

const PREVIEW1 = 'wasi_snapshot_preview1';

await answerRequest(async ({ core, wit, adapter }: ComponentRequest): Promise<Uint8Array> => {
  const adapterPath = adapter === 'command' ? preview1AdapterCommandPath() : preview1AdapterReactorPath();
  const adapters: [string, Uint8Array][] = adapter ? [[PREVIEW1, fs.readFileSync(adapterPath)]] : [];
  let embedded = core;
  for (const { source, world } of wit) {
    embedded = await componentEmbed({ binary: embedded, witSource: source, world, stringEncoding: 'utf8' });
  }
  return componentNew(embedded, adapters);
});
