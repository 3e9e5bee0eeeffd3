/** The verifications can fail: on cores that are wrong on purpose they name what is wrong, and the way there. */

import fs from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildCore } from '../../scripts/lib/module.ts';
import { CORE } from '../../scripts/lib/paths.ts';
import { Arena, BUDDY_FUNCTIONS, type BuddyCore } from './buddy/arena.ts';
import { explore as exploreBuddy } from './buddy/explore.ts';
import { induct, outcomeOf } from './buddy/induction.ts';
import { layoutCount } from './buddy/model.ts';
import { Auditor } from './heap/audit.ts';
import { parse, textOf } from './heap/operations.ts';
import { constantsOf, RELEASE, scaled } from './heap/scale.ts';
import { World, type HeapCore } from './heap/world.ts';
import { openCore } from './modules.ts';
import { KNOWN_BUGS } from './mutation/known.ts';
import { Script } from './translation/native.ts';

for (const { name, file, original } of KNOWN_BUGS) {
  test(`the sources have the text once that "${name}" replaces`, () => {
    assert.is(fs.readFileSync(path.join(CORE, file), 'utf8').split(original).length - 1, 1, original);
  });
}

const PLAN = { frames: 6, offset: 1, guards: true, far: false, garbage: 0xff };

/** The changed file of a known bug. */
const overridesOf = (index: number): Map<string, string> => {
  const { file, original, replacement } = KNOWN_BUGS[index]!;
  const full = path.join(CORE, file);
  return new Map([[full, fs.readFileSync(full, 'utf8').replace(original, replacement)]]);
};

const arena = async (overrides: Map<string, string>): Promise<Arena> => {
  const { opened } = await openCore(BUDDY_FUNCTIONS, { overrides });
  return new Arena(new WebAssembly.Instance(new WebAssembly.Module(opened as BufferSource)).exports as BuddyCore, PLAN);
};

for (const [index, shortest] of [[0, 1], [2, 1]] as const) {
  test(`buddy: ${KNOWN_BUGS[index]!.name}: found in ${shortest} operation(s), and by the inductive step`, async () => {
    const { failed } = exploreBuddy(await arena(overridesOf(index)));
    assert.ok(failed, 'the exploration finds nothing');
    assert.is(failed!.sequence.split(',').length, shortest, failed!.sequence);
    const wrong = await arena(overridesOf(index));
    assert.ok(outcomeOf(() => ({ counts: { ...induct(wrong) }, binaries: [] })).counterexample, 'the inductive step finds nothing');
  });
}

test('a buddy that writes into other memory is found', async () => {
  const right = await arena(new Map());
  assert.is(right.wrongElsewhere(), undefined);
  new Uint8Array(right.core.memory.buffer)[PLAN.offset * 4096 + 64 * 4096 + 5]! ^= 1;
  assert.match(right.wrongElsewhere()!, 'was changed');
});

test('the counts of layouts are those that one can count', () => {
  // Every frame is free (0), begins a run (1) or continues one (2); a 2 needs something used before it.
  const count = (frames: number, before: number): number => {
    if (frames === 0) return 1;
    return count(frames - 1, 0) + count(frames - 1, 1) + (before === 0 ? 0 : count(frames - 1, 1));
  };
  for (let frames = 0; frames <= 10; frames++) assert.is(layoutCount(frames), count(frames, 0), `${frames} frames`);
});

test('the auditor notices a change of any word that the structures hold', async () => {
  const { wasm } = await buildCore({ overrides: scaled(RELEASE) });
  const core = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource)).exports as HeapCore;
  const world = new World(core, { frames: 4, descriptors: 2, garbage: 0xff }, await constantsOf(RELEASE));
  const auditor = new Auditor(world);
  const blocks = [64, 64, 64, 257].map((size) => core.malloc!(size));
  core.free!(blocks[0]!);
  assert.is(auditor.audit(), undefined);
  const live = auditor.live.slice();
  const image = world.words.slice();
  let held = 0;
  for (const index of world.changeable()) {
    world.words[index]! ^= 0x10;
    const wrong = auditor.audit() ?? (auditor.live.some((size, at) => size !== live[at]) ? 'other blocks are live' : undefined);
    // What nothing holds has the pattern again; contents of live blocks are the model's.
    if (wrong === undefined && world.words[index] !== image[index]) {
      const address = 4 * index;
      const inBlock = blocks.slice(1).some((block, at) => address >= block && address < block + [64, 64, 384][at]!);
      // The second slot of the first descriptors is nobody's; the magic is heap_check's.
      const slot = address >= world.descriptorFrame * world.frameSize + 32 && address < world.descriptorFrame * world.frameSize + 64;
      const unused = slot || address === world.state + world.constants.HEAP_MAGIC_OFFSET!;
      assert.ok(inBlock || unused, `the word at 0x${address.toString(16)} can be changed unnoticed`);
    } else if (wrong !== undefined) {
      held++;
    }
    world.words.set(image);
  }
  assert.ok(held > 50, `only ${held} words are held`);
});

test('a C build that differs is noticed', async () => {
  const right = await buildCore();
  const core = new WebAssembly.Instance(new WebAssembly.Module(right.wasm as BufferSource)).exports as HeapCore;
  const script = new Script(65536, 0, 0, 0);
  script.call('heap_init', [16, 60_000], core.heap_init!(16, 60_000));
  for (let round = 0; round < 3; round++) script.call('malloc', [9_000], core.malloc!(9_000) >>> 0);
  assert.is((await script.run()).different, undefined);
  assert.match((await script.run(scaled(RELEASE))).different!, 'in C');
});

test('sequences are read back as they are written', () => {
  const text = 'malloc 64, calloc 1, aligned 256 1, free 0, realloc 128 257, trim, illegal -16';
  assert.is(textOf(parse(text)), text);
  assert.throws(() => parse('malloc'), /malloc <size>/);
  assert.throws(() => parse('grow 1'), /is none of/);
});

test.run();
