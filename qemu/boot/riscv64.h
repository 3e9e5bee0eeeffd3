/* riscv64 "virt": where its memory and devices are, and what passes between its files. */
#ifndef RISCV64_H
#define RISCV64_H

#include "../host.h"

#define MEMORY_START 0x80000000u

/* Devices. The first GiB of physical addresses is mapped in its own place. */
#define TEST_DEVICE ((volatile uint32_t *)0x100000)
#define TIMER_COMPARE ((volatile uint64_t *)0x2004000)
#define UART 0x10000000u
#define TIME_FREQUENCY 10000000u /* of the counter that rdtime reads */

/* Replaces the large pages of the boot code by tables whose entries page-table.ts can change. */
void pages_init(void);

/* Resets the machine. */
_Noreturn void machine_reset(void);

#endif
