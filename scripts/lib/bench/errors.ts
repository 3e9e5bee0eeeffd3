/** An allocator broke a workload: it handed out bad memory, or none. */
export class BrokenError extends Error {}
