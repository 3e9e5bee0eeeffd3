/** What calls cost in a kernel, in instructions that QEMU counts: no figure here depends on the machine or on time. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FREES, KERNEL_HEAP_NAMES, kernelCostReport, measureKernelCost, type KernelCost } from '../../scripts/lib/bench/kernel-cost.ts';

const test = suite('instructions in a kernel');

/** The counts of frees for heaps that need the square of them. */
const FREES_FEW = FREES.slice(0, 2);

const costs = new Map<string, KernelCost>();
for (const heap of KERNEL_HEAP_NAMES) costs.set(heap, await measureKernelCost(heap, heap === 'tallow' ? FREES : FREES_FEW));

/** Instructions of one free among the `index`-th count of them. */
const perFree = (heap: string, index: number): number => {
  const { count, instructions } = costs.get(heap)!.frees[index]!;
  return instructions / count;
};

for (const [heap, { thousand, calls, frees }] of costs) {
  test(`${heap}: instructions are counted exactly, and everything is measured`, () => {
    assert.is(thousand, 1000);
    assert.is(calls.length, 6);
    assert.equal(frees.map(({ count }) => count), heap === 'tallow' ? FREES : FREES_FEW);
    for (const { kind, operation, typical, worst } of calls) assert.ok(typical > 0 && typical <= worst, `${operation}, ${kind}`);
  });
}

test('the same figures in every run', async () => {
  assert.equal(await measureKernelCost('tallow'), costs.get('tallow'));
});

test('random frees of buddy blocks grow linearly', () => {
  for (const index of [1, 2]) {
    const growth = perFree('tallow', index) / perFree('tallow', 0);
    assert.ok(growth < 1.25, `${FREES[index]} frees cost ${growth.toFixed(2)} times as much each as ${FREES[0]}`);
  }
});

test('the comparison can tell: with a list that is searched they do not', () => {
  for (const heap of ['linked list', 'scanning buddy']) {
    const growth = perFree(heap, 1) / perFree(heap, 0);
    assert.ok(growth > 3, `${heap}: five times as many frees cost ${growth.toFixed(2)} times as much each`);
  }
});

test('most calls for small blocks stay on the fast path', () => {
  for (const { kind, operation, typical } of costs.get('tallow')!.calls.slice(0, 2)) {
    assert.ok(typical <= 32, `${operation}, ${kind}: ${typical} instructions`);
  }
});

test('no call of 50,000 is out of all proportion', () => {
  for (const { kind, operation, typical, worst } of costs.get('tallow')!.calls) {
    assert.ok(worst < 5000, `${operation}, ${kind}: ${worst} instructions at worst, ${typical} typically`);
  }
});

test('the report names every heap and every figure', () => {
  const text = kernelCostReport([...costs.values()].map((cost) => ({ ...cost, frees: cost.frees.slice(0, 2) })));
  for (const name of KERNEL_HEAP_NAMES) assert.ok(text.includes(name));
  for (const { typical, worst } of costs.get('tallow')!.calls) {
    assert.ok(text.includes(`${typical.toLocaleString('en')} / ${worst.toLocaleString('en')}`));
  }
});

test.run();
