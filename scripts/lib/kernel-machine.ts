/** The machines that the kernel runs on: how to compile for one, and how QEMU is called for it. */

export type Machine = 'x86_64' | 'i386' | 'riscv64';

export interface MachineDescription {
  /** For clang. */
  target: string;
  flags: string[];
  /** The constant between an address of the heap and a C pointer, as C writes it. */
  base: string;
  /** What is compiled for this machine besides the sources of all machines, below qemu/. */
  sources: string[];
  linkerScript: string;
  /** The physical address of the place where memory begins: address 0 of the kernel's TypeScript. */
  memoryStart: number;
  /** QEMU's program, the Debian package that brings it, and what it must be told of the machine. */
  emulator: string;
  emulatorPackage: string;
  emulatorFlags: string[];
}

/** A device whose ports end QEMU's run; qemu/boot/x86.c writes to it. */
const DEBUG_EXIT = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'];

const X86_SOURCES = ['boot/x86.c', 'boot/x86-interrupt.c', 'boot/x86-fault-stack.c', 'boot/x86-thread.c', 'boot/x86-paging.c', 'boot/x86-clock.c'];

export const MACHINES: Record<Machine, MachineDescription> = {
  x86_64: {
    target: 'x86_64-unknown-none-elf',
    flags: ['-mgeneral-regs-only', '-mno-red-zone', '-mcmodel=small'],
    base: '0xffff800000000000u', // DIRECT_MAP_ENTRY of qemu/boot/x86_64.S
    sources: ['boot/multiboot.S', 'boot/x86_64.S', ...X86_SOURCES],
    linkerScript: 'boot/x86.ld',
    memoryStart: 0,
    emulator: 'qemu-system-x86_64',
    emulatorPackage: 'qemu-system-x86',
    emulatorFlags: DEBUG_EXIT,
  },
  i386: {
    target: 'i386-unknown-none-elf',
    flags: ['-mgeneral-regs-only', '-march=i686'],
    base: '0',
    sources: ['boot/multiboot.S', 'boot/i386.S', ...X86_SOURCES],
    linkerScript: 'boot/x86.ld',
    memoryStart: 0,
    emulator: 'qemu-system-i386',
    emulatorPackage: 'qemu-system-x86',
    emulatorFlags: DEBUG_EXIT,
  },
  riscv64: {
    target: 'riscv64-unknown-none-elf',
    flags: ['-march=rv64imac', '-mabi=lp64', '-mcmodel=medany', '-mno-relax'],
    base: '0xffffffc000000000u', // DIRECT_MAP_ENTRY of qemu/boot/riscv64.S
    sources: ['boot/riscv64.S', 'boot/riscv64.c', 'boot/riscv64-trap.c', 'boot/riscv64-paging.c'],
    linkerScript: 'boot/riscv64.ld',
    memoryStart: 0x80000000,
    emulator: 'qemu-system-riscv64',
    emulatorPackage: 'qemu-system-misc',
    emulatorFlags: ['-machine', 'virt', '-bios', 'none'],
  },
};

export const MACHINE_NAMES = Object.keys(MACHINES) as Machine[];

/** The machine called `name`; an error that lists them all if there is none. */
export const machineNamed = (name: string): Machine => {
  if (!Object.hasOwn(MACHINES, name)) throw new RangeError(`there is no machine "${name}"; there are ${MACHINE_NAMES.join(', ')}`);
  return name as Machine;
};
