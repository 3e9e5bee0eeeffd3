/**
 * The machine under the kernel.
 *
 * An address of the kernel is 32 bits long and counts from the place where the machine's memory begins: physical address
 * 0 on x86, 0x80000000 on riscv64. So the first 4 GiB of memory have an address on every machine, and the pointer in C is
 * TALLOW_BASE above it. Physical addresses are met only where somebody else speaks them: in the boot loader's map and in
 * page tables. Devices are no memory: they have ports.
 */

/** The number of the machine. */
declare const machine: () => i32;

/** The physical address of the place where memory begins. */
declare const memoryStart: () => i32;

/** What machineNumber() returns; ../host.h knows the same. */
export const MACHINE_I386: i32 = 0;
export const MACHINE_X86_64: i32 = 1;
export const MACHINE_RISCV64: i32 = 2;

/** The machine under the kernel, one of the numbers above. */
export const machineNumber = (): i32 => machine();

/** The physical address of address 0; what is to be added to an address for a physical one. */
export const machineMemoryStart = (): i32 => memoryStart();
