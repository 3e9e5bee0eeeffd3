/** Boot loaders that bring a bad memory map, or are none: the kernel says so in one line and powers off with a code. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EXIT_MAP_BELOW_BASE, EXIT_MAP_DAMAGED, EXIT_MAP_EMPTY_ENTRY, EXIT_MAP_OVERLAP, EXIT_NO_BOOT_INFO, EXIT_NO_MEMORY, EXIT_SUCCESS,
} from '../../qemu/kernel/exit-code.ts';
import { bootKernel, exitMeaning, type Boot } from '../../scripts/lib/kernel-boot.ts';
import { MACHINE_NAMES, MACHINES, type Machine } from '../../scripts/lib/kernel-machine.ts';
import { buildKernel } from '../../scripts/lib/kernel.ts';
import { ROOT } from '../../scripts/lib/paths.ts';
import { run } from '../../scripts/lib/tools.ts';
import { deviceTree, MULTIBOOT, multibootMap, pair, virtTree, type MapEntry } from './boot-data.ts';

const MEBIBYTE = 0x100000n;
const MAP_FLAG = 1 << 6;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tallow-bad-map-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true }));

const written = (name: string, bytes: Uint8Array): string => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, bytes);
  return file;
};

/** The boot loader of boot-loader/, for QEMU. */
const buildLoader = (): string => {
  const source = path.join(import.meta.dirname, 'boot-loader');
  const { target, flags } = MACHINES.i386;
  const objects = [path.join(ROOT, 'qemu/boot/multiboot.S'), path.join(source, 'loader.c')].map((file) => {
    const object = path.join(folder, `${path.basename(file)}.o`);
    run('clang', [`--target=${target}`, ...flags, '-O1', '-ffreestanding', '-fno-pic', '-c', file, '-o', object]);
    return object;
  });
  const loader = path.join(folder, 'loader.elf');
  run('ld.lld', ['-static', '-nostdlib', '-T', path.join(source, 'loader.ld'), ...objects, '-o', loader]);
  return loader;
};

const files = new Map<Machine, string>();
for (const machine of MACHINE_NAMES) files.set(machine, (await buildKernel(machine)).file);
const loader = buildLoader();

/** Boots through the boot loader that lies. */
const bootMultiboot = (machine: Machine, map: Uint8Array, magic = MULTIBOOT, flags = MAP_FLAG): Promise<Boot> => {
  const lie = new Uint8Array(8 + map.length);
  const view = new DataView(lie.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, flags, true);
  lie.set(map, 8);
  return bootKernel(machine, loader, { flags: ['-initrd', `${files.get(machine)!},${written('lie', lie)}`] });
};

const bootTree = (machine: Machine, tree: Uint8Array): Promise<Boot> =>
  bootKernel(machine, files.get(machine)!, { flags: ['-dtb', written('tree', tree)] });

const assertEnd = ({ exitCode, output }: Boot, expected: number, line: RegExp): void => {
  assert.is(exitMeaning(exitCode), exitMeaning(expected), output);
  assert.match(output.trimEnd().split('\n').at(-1)!, line);
  assert.is(output.match(/FAILED/g)?.length, 1);
};

const NO_BOOT_INFO = /^FAILED: started by neither a multiboot loader nor one with a device tree; the magic number is 0x[\da-f]{8}$/;
const NO_REGION = /^FAILED: the memory map has no usable region above 0x00000000$/;
const DAMAGED = /^FAILED: the memory map is cut off, damaged, or too long; the information is at 0x[\da-f]{8}$/;
const emptyAt = (start: string): RegExp => new RegExp(`^FAILED: the memory map has an entry of size 0: at 0x${start} size 0x0{16}$`);
const overlapAt = (start: string): RegExp => new RegExp(`^FAILED: the memory map has an entry that overlaps usable memory: at 0x${start} size 0x[\\da-f]{16}$`);

const test = suite('bad memory maps');

const PC: MapEntry[] = [{ start: 0n, size: 0x9f000n }, { start: MEBIBYTE, size: 63n * MEBIBYTE }];

for (const machine of ['x86_64', 'i386'] as const) {
  test(`${machine}: the boot loader that lies can tell the truth`, async () => {
    const { exitCode, output } = await bootMultiboot(machine, multibootMap(PC));
    assert.is(exitMeaning(exitCode), exitMeaning(EXIT_SUCCESS), output);
  });

  test(`${machine}: no multiboot magic`, async () => {
    assertEnd(await bootMultiboot(machine, multibootMap(PC), 0x12345678), EXIT_NO_BOOT_INFO, NO_BOOT_INFO);
  });

  test(`${machine}: no memory map`, async () => {
    assertEnd(await bootMultiboot(machine, multibootMap(PC), MULTIBOOT, 0), EXIT_NO_MEMORY, /^FAILED: the boot loader brought no memory map/);
  });

  test(`${machine}: no usable region`, async () => {
    const map = multibootMap(PC.map((entry) => ({ ...entry, kind: 2 })));
    assertEnd(await bootMultiboot(machine, map), EXIT_NO_MEMORY, NO_REGION);
  });

  test(`${machine}: an empty map`, async () => {
    assertEnd(await bootMultiboot(machine, multibootMap([])), EXIT_NO_MEMORY, NO_REGION);
  });

  test(`${machine}: an entry of size 0`, async () => {
    const map = multibootMap([...PC, { start: 0x123456789000n, size: 0n }]);
    assertEnd(await bootMultiboot(machine, map), EXIT_MAP_EMPTY_ENTRY, emptyAt('0000123456789000'));
  });

  test(`${machine}: overlapping entries`, async () => {
    const map = multibootMap([...PC, { start: 63n * MEBIBYTE, size: 2n * MEBIBYTE }]);
    assertEnd(await bootMultiboot(machine, map), EXIT_MAP_OVERLAP, overlapAt('0000000003f00000'));
  });

  test(`${machine}: a map that is cut off`, async () => {
    assertEnd(await bootMultiboot(machine, multibootMap(PC).slice(0, -1)), EXIT_MAP_DAMAGED, DAMAGED);
  });
}

const BASE = BigInt(MACHINES.riscv64.memoryStart);
const MEMORY = pair(BASE, 64n * MEBIBYTE);

test('riscv64: a device tree of our own, with a reservation', async () => {
  const reserved = {
    properties: { '#address-cells': [2], '#size-cells': [2] },
    nodes: { 'firmware@81000000': { properties: { reg: pair(0x81000000n, 0x100000n) } } },
  };
  const { exitCode, output } = await bootTree('riscv64', deviceTree(virtTree(MEMORY, { nodes: { 'reserved-memory': reserved } })));
  assert.is(exitMeaning(exitCode), exitMeaning(EXIT_SUCCESS), output);
  assert.match(output, /^  at 0x0000000081000000 size 0x0000000000100000 in use$/m);
  assert.match(output, /^  from 0x\w+ to 0x01000000: \d+ frames$/m);
  assert.match(output, /^  from 0x01100000 to 0x\w+: \d+ frames$/m);
});

test('riscv64: no device tree', async () => {
  const flags = ['-device', `loader,file=${files.get('riscv64')!},cpu-num=0`];
  assertEnd(await bootKernel('riscv64', written('nothing', new Uint8Array(4096)), { flags }), EXIT_NO_BOOT_INFO, NO_BOOT_INFO);
});

test('riscv64: no memory in the device tree', async () => {
  const { properties, nodes } = virtTree(MEMORY);
  const tree = deviceTree({ properties, nodes: { chosen: nodes!.chosen! } });
  assertEnd(await bootTree('riscv64', tree), EXIT_NO_MEMORY, NO_REGION);
});

test('riscv64: a range of size 0', async () => {
  const tree = deviceTree(virtTree([...MEMORY, ...pair(0x90000000n, 0n)]));
  assertEnd(await bootTree('riscv64', tree), EXIT_MAP_EMPTY_ENTRY, emptyAt('0000000090000000'));
});

test('riscv64: overlapping ranges', async () => {
  const tree = deviceTree(virtTree([...MEMORY, ...pair(BASE + MEBIBYTE, MEBIBYTE)]));
  assertEnd(await bootTree('riscv64', tree), EXIT_MAP_OVERLAP, overlapAt('0000000080100000'));
});

test('riscv64: memory below that of the machine', async () => {
  const tree = deviceTree(virtTree([...MEMORY, ...pair(0x40000000n, MEBIBYTE)]));
  const line = /^FAILED: the memory map has memory below that of the machine: at 0x0000000040000000 size 0x0000000000100000$/;
  assertEnd(await bootTree('riscv64', tree), EXIT_MAP_BELOW_BASE, line);
});

test('riscv64: words of an address that make no sense', async () => {
  const tree = deviceTree(virtTree(MEMORY, { properties: { '#address-cells': [3] } }));
  assertEnd(await bootTree('riscv64', tree), EXIT_MAP_DAMAGED, DAMAGED);
});

test.run();
