/*
 * i386: from the state a multiboot loader leaves to C. Segments stay flat and every page is its own frame, in large
 * pages, so an address in TypeScript, in C and on the bus is the same number.
 */
.set PRESENT_WRITABLE, 0x3
.set LARGE_PAGE, 0x80                   /* 4 MiB */
.set STACK_SIZE, 0x10000

.section .text
.global start
start:
    cli
    cld
    mov $stack_end, %esp
    lgdt descriptor_table_pointer       /* the loader's own table may lie in memory that the heap will use */
    ljmp $8, $reload
reload:
    mov $16, %ecx
    mov %ecx, %ds
    mov %ecx, %es
    mov %ecx, %ss

    mov $LARGE_PAGE + PRESENT_WRITABLE, %edx
    xor %ecx, %ecx
1:  mov %edx, memory_map(, %ecx, 4)
    add $0x400000, %edx
    inc %ecx
    cmp $1024, %ecx
    jne 1b
    mov $memory_map, %ecx
    mov %ecx, %cr3
    mov %cr4, %ecx
    or $0x10, %ecx                      /* large pages */
    mov %ecx, %cr4
    mov %cr0, %ecx
    or $0x80000000, %ecx                /* paging */
    mov %ecx, %cr0

    xor %ebp, %ebp                      /* no frame is above the first */
    sub $8, %esp                        /* 16-byte alignment at the call */
    push %ebx
    push %eax
    call machine_main                   /* does not return */

/* One entry per exception and interrupt, 16 bytes apart, each leaving its number and an error code on the stack. */
.set PUSHES_ERROR_CODE, 0x60227d00      /* one bit per exception: 8, 10-14, 17, 21, 29, 30 */
.balign 16
.global trap_entries
trap_entries:
.set number, 0
.rept 48
    .balign 16
    .if number >= 32 || !((PUSHES_ERROR_CODE >> number) & 1)
    push $0
    .endif
    push $number
    jmp trap
    .set number, number + 1
.endr

/* Saves the registers as struct registers (x86.h) has them. */
trap:
    cld
    sub $4, %esp
    .irp register, ebp, edi, esi, edx, ecx, ebx, eax
    push %\register
    .endr
    lea 52(%esp), %eax                  /* the stack pointer before: behind ip, code segment and flags */
    mov %eax, 28(%esp)
    mov %esp, %ebp
    and $-16, %esp
    sub $12, %esp
    push %ebp
    call machine_trap
    mov %ebp, %esp
    .irp register, eax, ebx, ecx, edx, esi, edi, ebp
    pop %\register
    .endr
    add $12, %esp                       /* stack pointer, number, error code */
    iret

/* context_switch(saved_at, context) of x86-thread.c. */
.global context_switch
context_switch:
    mov 4(%esp), %ecx
    mov 8(%esp), %edx
    .irp register, ebp, ebx, esi, edi
    push %\register
    .endr
    mov %esp, (%ecx)
    mov %edx, %esp
    .irp register, edi, esi, ebx, ebp
    pop %\register
    .endr
    ret

/* The first context of a thread leads here. */
.global thread_start
thread_start:
    sub $8, %esp
    push %esi
    push %ebx
    call kernel_thread                  /* does not return */

/* probe_byte(pointer): 1 if the byte can be read. A page fault at probe_load goes on at probe_failed. */
.global probe_byte, probe_load, probe_failed
probe_byte:
    mov 4(%esp), %ecx
    mov $1, %eax
probe_load:
    movb (%ecx), %cl
    ret
probe_failed:
    xor %eax, %eax
    ret

.section .data
.balign 8
.global descriptor_table
descriptor_table:
    .quad 0
    .quad 0x00cf9a000000ffff            /* code: all 4 GiB */
    .quad 0x00cf92000000ffff            /* data: all 4 GiB */
    .quad 0, 0, 0                       /* two task states: x86-fault-stack.c */
descriptor_table_pointer:
    .word descriptor_table_pointer - descriptor_table - 1
    .long descriptor_table

.section .bss
.balign 4096
.global memory_map
memory_map:                             /* the page directory */
    .skip 4096
    .skip STACK_SIZE
.global stack_end
stack_end:

.section .note.GNU-stack, "", @progbits
