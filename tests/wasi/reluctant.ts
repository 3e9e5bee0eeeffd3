/** A WASI that does as little as it may: it reads and writes a few bytes a time, and often asks to be asked again. */

const AGAIN = 6;
const INTERRUPTED = 27;

/** How the program left: thrown through it. */
class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

export interface ReluctantOptions {
  input?: Uint8Array;
  /** Error number of every fd_read, or of every fd_write to standard output. */
  readError?: number;
  writeError?: number;
  /** Wasm pages that somebody else has taken before the program begins. What they hold must stay. */
  taken?: number;
}

/** What somebody else's pages are full of. */
const TAKEN_BYTE = 0xa5;

/** Runs a program and gives what it wrote. A trap is an error. */
export const runReluctantly = (
  program: Uint8Array,
  args: string[],
  { input = new Uint8Array(), readError, writeError, taken = 0 }: ReluctantOptions = {},
): { exitCode: number; stdout: string; stderr: string } => {
  const words = ['program', ...args].map((word) => Buffer.from(`${word}\0`));
  const written: Record<number, Buffer[]> = { 1: [], 2: [] };
  let calls = 0;
  let read = 0;
  const memory = (): ArrayBuffer => (instance.exports.memory as WebAssembly.Memory).buffer;
  const view = (): DataView => new DataView(memory());
  const vector = (at: number): Uint8Array =>
    new Uint8Array(memory(), view().getUint32(at, true), view().getUint32(at + 4, true));
  const transfer = (size: number, countAt: number): number => {
    view().setUint32(countAt, size, true);
    return 0;
  };
  const refusal = (): number => [0, AGAIN, INTERRUPTED][calls++ % 3]!;

  const system = {
    args_sizes_get: (count: number, size: number) => {
      view().setUint32(count, words.length, true);
      view().setUint32(size, Buffer.concat(words).length, true);
      return 0;
    },
    args_get: (pointers: number, texts: number) => {
      words.forEach((word, index) => {
        const start = texts + Buffer.concat(words.slice(0, index)).length;
        view().setUint32(pointers + 4 * index, start, true);
        new Uint8Array(memory()).set(word, start);
      });
      return 0;
    },
    clock_time_get: () => 0,
    fd_read: (_descriptor: number, vectors: number, _count: number, countAt: number) => {
      if (readError !== undefined) return readError;
      const error = refusal();
      if (error !== 0) return error;
      const target = vector(vectors);
      const piece = input.subarray(read, read + Math.min(target.length, 1 + calls % 5));
      target.set(piece);
      read += piece.length;
      return transfer(piece.length, countAt);
    },
    fd_write: (descriptor: number, vectors: number, _count: number, countAt: number) => {
      if (descriptor === 1 && writeError !== undefined) return writeError;
      const error = refusal();
      if (error !== 0) return error;
      const source = vector(vectors);
      const piece = Buffer.from(source.subarray(0, Math.min(source.length, 1 + calls % 7)));
      written[descriptor]!.push(piece);
      return transfer(piece.length, countAt);
    },
    proc_exit: (code: number) => { throw new Exit(code); },
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(program as BufferSource),
    { wasi_snapshot_preview1: system });
  const takenStart = (instance.exports.memory as WebAssembly.Memory).grow(taken) * 65536;
  const takenBytes = (): Uint8Array => new Uint8Array(memory(), takenStart, taken * 65536);
  takenBytes().fill(TAKEN_BYTE);
  let exitCode = 0;
  try {
    (instance.exports._start as () => void)();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    exitCode = error.code;
  }
  if (takenBytes().some((byte) => byte !== TAKEN_BYTE)) throw new Error("the program has written to somebody else's memory");
  const text = (descriptor: number): string => Buffer.concat(written[descriptor]!).toString('utf8');
  return { exitCode, stdout: text(1), stderr: text(2) };
};
