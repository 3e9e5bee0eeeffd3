/** A component's exports are called on the current Wasmtime with values as JSON has them. */

import path from 'node:path';
import * as assert from 'uvu/assert';
import { buildComponent } from '../../scripts/lib/component.ts';
import { engineNamed } from '../../scripts/lib/wasi-engines.ts';
import { callComponent, missingPackage, type ComponentCall } from '../../scripts/lib/wasi-engines/wasmtime.ts';
import { buildWasiProgram } from '../../scripts/lib/wasi-program.ts';
import { onEachEngine } from './engines.ts';

const WIT = `package calls:calls@0.1.0;

interface kinds {
  record point { x: s32, y: f64 }
  flags colours { red, green, blue }
  enum size { small, large }
  variant shape { dot, polygon(u32) }
  mirror: func(p: point) -> point;
  complement: func(c: colours) -> colours;
  larger: func(s: size) -> size;
  corners: func(s: shape) -> u32;
  resource counter {
    constructor(start: u32);
    next: func() -> u32;
  }
}

world calls {
  export repeat: func(word: string, count: u32) -> string;
  export sum: func(numbers: list<u8>) -> u32;
  export half: func(number: u32) -> result<u32, string>;
  export predecessor: func(number: u32) -> option<u32>;
  export swap: func(number: u32, word: string) -> tuple<string, u32>;
  export stop: func();
  export kinds;
}
`;

const KINDS = 'calls:calls/kinds@0.1.0';

const kinds = (name: string, ...args: unknown[]): ComponentCall => ({ interface: KINDS, function: name, args });
const call = (name: string, ...args: unknown[]): ComponentCall => ({ function: name, args });

/** Each call and what comes of it. */
const CALLS: [ComponentCall, unknown][] = [
  [call('repeat', 'für ', 3), 'für für für '],
  [call('repeat', 'x'.repeat(1000), 1000), 'x'.repeat(1_000_000)],
  [call('repeat', '', 0), ''],
  [call('sum', [1, 2, 255]), 258],
  [call('half', 10), { ok: 5 }],
  [call('half', 11), { err: 'odd' }],
  [call('predecessor', 1), 0],
  [call('predecessor', 0), null],
  [call('swap', 7, 'seven'), ['seven', 7]],
  [kinds('mirror', { x: -5, y: 2 }), { x: 5, y: -2 }],
  [kinds('complement', ['red']), ['blue', 'green']],
  [kinds('larger', 'small'), 'large'],
  [kinds('corners', { dot: null }), 0],
  [kinds('corners', { polygon: 5 }), 5],
  [kinds('[constructor]counter', 41), { resource: 0 }],
  [kinds('[constructor]counter', 0), { resource: 1 }],
  [kinds('[method]counter.next', { resource: 0 }), 41],
  [kinds('[method]counter.next', { resource: 0 }), 42],
  [kinds('[method]counter.next', { resource: 1 }), 0],
  [{ drop: 0 }, null],
];

const current = { ...engineNamed('wasmtime'), missing: missingPackage };

onEachEngine('wasi: calls of a component', (test) => {
  let component: Uint8Array;

  test.before(async () => {
    const flags = ['-mexec-model=reactor', '-Wl,--export=cabi_realloc'];
    const core = await buildWasiProgram(path.join(import.meta.dirname, 'calls.c'), { flags });
    ({ component } = await buildComponent(core, { wit: { source: WIT } }));
  });

  test('every kind of value goes in and comes out', async () => {
    const answers = await callComponent(component, CALLS.map(([one]) => one));
    assert.equal(answers, CALLS.map(([, result]) => ({ result })));
  });

  test('the first trap ends the calls, and is told', async () => {
    const answers = await callComponent(component, [call('sum', []), call('stop'), call('sum', [])]);
    assert.equal(answers, [{ result: 0 }, { trap: 'wasm `unreachable` instruction executed' }]);
  });

  test('what the component does not export, or a value of another type, is told', async () => {
    const messageOf = (calls: ComponentCall[]): Promise<string> =>
      callComponent(component, calls).then(() => 'no error', ({ message }: Error) => message);
    assert.match(await messageOf([call('none')]), /exports no function none/);
    assert.match(await messageOf([{ interface: 'a:b/c', function: 'none' }]), /exports no interface a:b\/c/);
    assert.match(await messageOf([call('half', 'ten')]), /expected int/);
  });
}, [current]);
