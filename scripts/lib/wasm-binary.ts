/** The few things about the Wasm binary format that the tools at hand do not do for us: sections and names. */

/** Unsigned LEB128. */
export const leb = (value: number): number[] => {
  const bytes = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value ? low | 0x80 : low);
  } while (value);
  return bytes;
};

/** Signed LEB128 of a 32-bit number. */
export const signedLeb = (value: number): number[] => {
  const bytes = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    if ((value === 0 && low < 0x40) || (value === -1 && low >= 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
};

/** A name as modules write it: size, then UTF-8. */
export const utf8 = (text: string): number[] => {
  const bytes = [...Buffer.from(text, 'utf8')];
  return [...leb(bytes.length), ...bytes];
};

/** Reads through the bytes of a module, a section or a function. */
export class Reader {
  readonly bytes: Uint8Array;
  position: number;
  constructor(bytes: Uint8Array, position = 0) { this.bytes = bytes; this.position = position; }
  get atEnd(): boolean { return this.position >= this.bytes.length; }
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.position++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  text(): string {
    const size = this.number();
    this.position += size;
    return Buffer.from(this.bytes.subarray(this.position - size, this.position)).toString('utf8');
  }
}

export interface Section {
  id: number;
  /** Of a custom section (id 0), else ''. */
  name: string;
  /** Offset of the section's first byte, its id, in the module. */
  start: number;
  /** Offset behind its last byte. */
  end: number;
  /** Contents, without id and size; of a custom section also without its name. */
  contents: Uint8Array;
}

/** The sections of a module, in order. */
export const sectionsOf = (wasm: Uint8Array): Section[] => {
  const sections: Section[] = [];
  const reader = new Reader(wasm, 8);
  while (!reader.atEnd) {
    const start = reader.position;
    const id = wasm[reader.position++]!;
    const size = reader.number();
    const end = reader.position + size;
    const name = id === 0 ? reader.text() : '';
    sections.push({ id, name, start, end, contents: wasm.subarray(reader.position, end) });
    reader.position = end;
  }
  return sections;
};

export const TYPE_SECTION = 1;
export const IMPORT_SECTION = 2;
export const FUNCTION_SECTION = 3;
export const MEMORY_SECTION = 5;
export const GLOBAL_SECTION = 6;
export const EXPORT_SECTION = 7;
export const START_SECTION = 8;
export const CODE_SECTION = 10;

export const KIND_FUNCTION = 0;
export const KIND_MEMORY = 2;

/** A section with its id and size. */
export const sectionBytes = (id: number, contents: number[] | Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([id, ...leb(contents.length)]), Uint8Array.from(contents)]);

/** Size of the code section in bytes: what an allocator costs in a program, names and exports aside. */
export const codeSize = (wasm: Uint8Array): number =>
  sectionsOf(wasm).find((section) => section.id === CODE_SECTION)?.contents.length ?? 0;

export interface Names {
  functions: Map<number, string>;
  globals: Map<number, string>;
}

const FUNCTION_NAMES = 1;
const GLOBAL_NAMES = 7;

/** What the module's name section says, or empty maps. */
export const readNames = (wasm: Uint8Array): Names => {
  const names: Names = { functions: new Map(), globals: new Map() };
  const section = sectionsOf(wasm).find(({ name }) => name === 'name');
  if (!section) return names;
  const reader = new Reader(section.contents);
  while (!reader.atEnd) {
    const id = reader.bytes[reader.position++]!;
    const end = reader.number() + reader.position;
    const map = id === FUNCTION_NAMES ? names.functions : id === GLOBAL_NAMES ? names.globals : undefined;
    if (map) for (let count = reader.number(); count > 0; count--) map.set(reader.number(), reader.text());
    reader.position = end;
  }
  return names;
};

/** The module with exactly these names in its name section. */
export const withNames = (wasm: Uint8Array, names: Names): Uint8Array => {
  const subsection = (id: number, map: Map<number, string>): number[] => {
    if (map.size === 0) return [];
    const entries = [...map].sort(([a], [b]) => a - b).flatMap(([index, name]) => [...leb(index), ...utf8(name)]);
    const body = [...leb(map.size), ...entries];
    return [id, ...leb(body.length), ...body];
  };
  const body = [
    ...utf8('name'),
    ...subsection(FUNCTION_NAMES, names.functions),
    ...subsection(GLOBAL_NAMES, names.globals),
  ];
  const kept = sectionsOf(wasm).filter(({ name }) => name !== 'name')
    .map(({ start, end }) => wasm.subarray(start, end));
  return Buffer.concat([wasm.subarray(0, 8), ...kept, sectionBytes(0, body)]);
};
