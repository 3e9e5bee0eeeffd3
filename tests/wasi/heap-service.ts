/** The component tallow-heap as tests call it, on Node, with everything written down (components.ts). */

import * as assert from 'uvu/assert';
import { buildHeapComponent, HEAP_INTERFACE } from '../../scripts/lib/heap-component.ts';
import { instantiate, Recorder, type Recording, type Value } from './components.ts';

/** A case of `variant error`, alone or with its value. */
export type HeapError = string | [name: string, value: number];

/** What a call that is no success gives. */
const errorOf = (result: Value): HeapError => {
  const [[name, value]] = Object.entries((result as { err: Record<string, number | null> }).err) as [[string, number | null]];
  return value === null ? name : [name, value];
};

const isOk = (result: Value): result is { ok: Value } => Object.hasOwn(result as object, 'ok');

const asNumber = (result: Value): number => {
  assert.ok(isOk(result), `no success but ${JSON.stringify(result)}`);
  return result.ok as number;
};

/** A heap of the service. Functions whose name ends in Error want one and give it. */
export class ServiceHeap {
  readonly #service: Service;
  readonly #resource: Value;
  constructor(service: Service, resource: Value) { this.#service = service; this.#resource = resource; }

  call(name: string, ...args: Value[]): Value {
    return this.#service.call(`[method]heap.${name}`, this.#resource, ...args);
  }

  error(name: string, ...args: Value[]): HeapError {
    const result = this.call(name, ...args);
    assert.not(isOk(result), `${name}(${args.join(', ')}) succeeds`);
    return errorOf(result);
  }

  alloc(size: number): number { return asNumber(this.call('alloc', size)); }
  allocAligned(size: number, alignment: number): number { return asNumber(this.call('alloc-aligned', size, alignment)); }
  realloc(block: number, size: number): number { return asNumber(this.call('realloc', block, size)); }
  free(block: number): void { assert.equal(this.call('free', block), { ok: null }); }
  usableSize(block: number): number { return asNumber(this.call('usable-size', block)); }
  read(block: number, offset: number, length: number): number[] {
    const result = this.call('read', block, offset, length);
    assert.ok(isOk(result), JSON.stringify(result));
    return result.ok as number[];
  }
  write(block: number, offset: number, bytes: number[]): void {
    assert.equal(this.call('write', block, offset, bytes), { ok: null });
  }
  stats(): Record<string, number> { return this.call('stats') as Record<string, number>; }
  drop(): void { this.#service.drop(this.#resource); }
}

/** An instance of the component. */
export class Service {
  readonly #recorder: Recorder;
  constructor(recorder: Recorder) { this.#recorder = recorder; }

  /** Everything that was called. */
  get recording(): Recording { return this.#recorder.recording; }

  call(name: string, ...args: Value[]): Value { return this.#recorder.call(HEAP_INTERFACE, name, ...args); }
  drop(resource: Value): void { this.#recorder.drop(resource); }
  heap(): ServiceHeap {
    const result = this.call('[constructor]heap');
    assert.ok(isOk(result), JSON.stringify(result));
    return new ServiceHeap(this, result.ok);
  }
  totals(): Record<string, number> { return this.call('total-stats') as Record<string, number>; }
  /** The code of the first broken invariant, 0 if there is none. */
  check(): number {
    const result = this.call('check');
    return isOk(result) ? 0 : (result as { err: number }).err;
  }
}

/** A new instance of the component, or of another build of it. */
export const startService = async (component?: Uint8Array): Promise<Service> => {
  const exports = await instantiate(component ?? await buildHeapComponent());
  return new Service(new Recorder({ [HEAP_INTERFACE]: exports.allocator }, ['[method]heap.stats', 'total-stats']));
};
