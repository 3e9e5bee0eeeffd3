/*
 * riscv64: from the state in which the "virt" machine starts without firmware to C in supervisor mode.
 *
 * Address space: 4 GiB from the start of memory on at DIRECT_MAP_START, where the kernel is linked, the heap lies and
 * the TypeScript works; and the first GiB of physical addresses, which holds the devices, in its own place. Nothing else
 * is mapped, so an address to which the base was not added ends in a fault.
 */
.set MEMORY_START, 0x80000000
.set DIRECT_MAP_ENTRY, 256              /* of the root table: 0xffffffc000000000 */
.set IDENTITY_ENTRY, 2                  /* of the root table: MEMORY_START */
.set GIBIBYTE, 0x40000000
.set DEVICE, 0xc7                       /* valid, readable, writable, accessed, dirty */
.set MEMORY, 0xcf                       /* the same and executable */
.set PAGING, 8                          /* three levels of tables */
.set TIMER_COMPARE, 0x2004000
.set MACHINE_TIMER, 0x80                /* in mie */
.set INTERVAL_OFFSET, 24              /* of timer_interval behind machine_area */
.set SOFTWARE_INTERRUPT, 2              /* in mip, of supervisor mode */
.set STACK_SIZE, 0x10000
.set EXCEPTION_STACK_SIZE, 0x4000
.set REGISTER_COUNT, 32

.section .text.start, "ax"
.global start
start:                                  /* machine mode; a0 is the processor's number, a1 the device tree */
    bnez a0, park                       /* one processor does everything */
    li t0, -1
    csrw pmpaddr0, t0                   /* supervisor mode may reach every address */
    li t0, 0x1f
    csrw pmpcfg0, t0
    li t0, -1
    csrw medeleg, t0                    /* and gets all exceptions and interrupts */
    csrw mideleg, t0
    csrw mcounteren, t0
    la t0, machine_trap                 /* except the timer's */
    csrw mtvec, t0
    la t0, machine_area
    csrw mscratch, t0
    li t0, TIMER_COMPARE
    li t1, -1
    sd t1, (t0)                         /* nothing for a long time */
    li t0, MACHINE_TIMER
    csrw mie, t0
    li t0, 3 << 11
    csrc mstatus, t0
    li t0, 1 << 11                      /* supervisor mode comes next */
    csrs mstatus, t0
    la t0, supervisor
    csrw mepc, t0
    mret

supervisor:
    la t0, root_table
    srli t0, t0, 12
    li t1, PAGING << 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    lla t0, direct
    la t1, link_offset
    ld t1, (t1)
    add t0, t0, t1
    jr t0
direct:
    la t0, root_table
    sd zero, 8 * IDENTITY_ENTRY(t0)
    sfence.vma
    la t0, trap
    csrw stvec, t0
    la t0, exception_stack_end
    csrw sscratch, t0
    la sp, stack_end
    li s0, 0                            /* no frame is above the first */
    mv a0, a1
    call machine_main                   /* does not return */

.balign 4
park:
    wfi
    j park

/*
 * Machine mode. Only the timer's interrupt comes here: sets the timer anew and passes the interrupt on, as a software
 * interrupt, because supervisor mode can acknowledge that by itself.
 */
.balign 4
machine_trap:
    csrrw t0, mscratch, t0
    sd t1, (t0)
    sd t2, 8(t0)
    csrr t1, mcause
    bgez t1, park
    sd t3, 16(t0)
    li t1, TIMER_COMPARE
    ld t2, (t1)
    ld t3, INTERVAL_OFFSET(t0)
    add t2, t2, t3
    sd t2, (t1)
    li t1, SOFTWARE_INTERRUPT
    csrs mip, t1
    ld t1, (t0)
    ld t2, 8(t0)
    ld t3, 16(t0)
    csrrw t0, mscratch, t0
    mret

.section .text
/*
 * An exception or an interrupt. sscratch holds the end of the stack for exceptions, and 0 while one is handled: one within
 * another, which could go on for ever, resets the machine. An interrupt stays on the stack of its thread.
 */
.macro save
    .irp number, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd x\number, 8 * \number(sp)
    .endr
.endm
.macro restore
    .irp number, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ld x\number, 8 * \number(sp)
    .endr
.endm

.balign 4
trap:
    csrrw t0, sscratch, t0
    beqz t0, machine_reset
    sd t1, -8(t0)
    csrr t1, scause
    bltz t1, interrupt

    ld t1, -8(t0)
    addi t0, t0, -8 * REGISTER_COUNT    /* struct registers of riscv64-trap.c */
    sd sp, 8 * 2(t0)
    mv sp, t0
    save
    csrrw t0, sscratch, zero
    sd t0, 8 * 5(sp)
    csrr t0, sepc
    sd t0, (sp)
    csrr a0, scause
    csrr a1, stval
    mv a2, sp
    call machine_exception
    ld t0, (sp)
    csrw sepc, t0
    addi t0, sp, 8 * REGISTER_COUNT
    csrw sscratch, t0
    restore
    ld sp, 8 * 2(sp)
    sret

interrupt:
    ld t1, -8(t0)
    csrrw t0, sscratch, t0
    addi sp, sp, -8 * REGISTER_COUNT
    sd t0, 8 * 5(sp)
    save
    csrr t0, sepc
    sd t0, (sp)
    csrr t0, sstatus
    sd t0, 8 * 2(sp)
    call machine_interrupt
    ld t0, (sp)
    csrw sepc, t0
    ld t0, 8 * 2(sp)
    csrw sstatus, t0
    restore
    addi sp, sp, 8 * REGISTER_COUNT
    sret

/* context_switch(saved_at, context) of riscv64-trap.c. A stack pointer is stored as an address, 32 bits of it. */
.global context_switch
context_switch:
    addi sp, sp, -8 * 14
    sd ra, (sp)
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    sd s\number, 8 * (1 + \number)(sp)
    .endr
    sw sp, (a0)
    mv sp, a1
    ld ra, (sp)
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ld s\number, 8 * (1 + \number)(sp)
    .endr
    addi sp, sp, 8 * 14
    ret

/* The first context of a thread leads here. */
.global thread_start
thread_start:
    mv a0, s0
    mv a1, s1
    call kernel_thread                  /* does not return */

/* probe_byte(pointer): 1 if the byte can be read. An exception at probe_load goes on at probe_failed. */
.global probe_byte, probe_load, probe_failed
probe_byte:
    mv a1, a0
    li a0, 1
probe_load:
    lbu a1, (a1)
    ret
probe_failed:
    li a0, 0
    ret

.section .rodata
.balign 8
link_offset:
    .quad DIRECT_MAP_START - MEMORY_START

.section .data
.balign 4096
.global root_table
root_table:
    .quad DEVICE
    .quad 0
    .quad MEMORY_START >> 2 | MEMORY    /* until paging is on; then nothing */
    .skip 8 * (DIRECT_MAP_ENTRY - IDENTITY_ENTRY - 1)
    .quad (MEMORY_START + 0 * GIBIBYTE) >> 2 | MEMORY
    .quad (MEMORY_START + 1 * GIBIBYTE) >> 2 | MEMORY
    .quad (MEMORY_START + 2 * GIBIBYTE) >> 2 | MEMORY
    .quad (MEMORY_START + 3 * GIBIBYTE) >> 2 | MEMORY
    .skip 8 * (512 - DIRECT_MAP_ENTRY - 4)

.balign 8
machine_area:
    .skip 3 * 8                         /* registers */
.global timer_interval
timer_interval:
    .quad -1 >> 1

.section .bss
.balign 16
    .skip EXCEPTION_STACK_SIZE
exception_stack_end:
    .skip STACK_SIZE
.global stack_end
stack_end:

.section .note.GNU-stack, "", @progbits
