/** The machines that the kernel runs on: how to compile for one, and how QEMU is called for it. */

export type Machine = 'x86_64' | 'i386';

export interface MachineDescription {
  /** For clang. */
  target: string;
  flags: string[];
  /** The constant between an address of the heap and a C pointer, as C writes it. */
  base: string;
  /** QEMU's program. */
  emulator: string;
}

export const MACHINES: Record<Machine, MachineDescription> = {
  x86_64: {
    target: 'x86_64-unknown-none-elf',
    flags: ['-mno-red-zone', '-mcmodel=small'],
    base: '0xffff800000000000u', // DIRECT_MAP_ENTRY of qemu/boot/x86_64.S
    emulator: 'qemu-system-x86_64',
  },
  i386: {
    target: 'i386-unknown-none-elf',
    flags: ['-march=i686'],
    base: '0',
    emulator: 'qemu-system-i386',
  },
};

export const MACHINE_NAMES = Object.keys(MACHINES) as Machine[];

/** The machine called `name`; an error that lists them all if there is none. */
export const machineNamed = (name: string): Machine => {
  if (!Object.hasOwn(MACHINES, name)) throw new RangeError(`there is no machine "${name}"; there are ${MACHINE_NAMES.join(', ')}`);
  return name as Machine;
};
