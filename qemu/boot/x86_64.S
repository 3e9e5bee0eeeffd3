/*
 * x86_64: from the 32-bit state a multiboot loader leaves to C in long mode.
 *
 * Address space: the first 2 MiB, which hold the image, at their physical addresses; and the first 4 GiB of physical
 * memory once more at DIRECT_MAP_START, where the heap and the TypeScript work. Nothing else is mapped, so an address
 * to which the base was not added ends in a page fault.
 */
.set PRESENT_WRITABLE, 0x3
.set LARGE_PAGE, 0x80                   /* 2 MiB */
.set DIRECT_MAP_ENTRY, 256              /* of the top table: 0xffff800000000000 */
.set STACK_SIZE, 0x10000

.section .text
.code32
.global start
start:
    cli
    cld
    mov $stack_end, %esp
    mov %eax, %edi                      /* the two arguments of machine_main */
    mov %ebx, %esi

    movl $identity_pointers + PRESENT_WRITABLE, top_table
    movl $identity_directory + PRESENT_WRITABLE, identity_pointers
    movl $LARGE_PAGE + PRESENT_WRITABLE, identity_directory

    movl $direct_pointers + PRESENT_WRITABLE, top_table + 8 * DIRECT_MAP_ENTRY
    mov $direct_directories + PRESENT_WRITABLE, %eax
    xor %ecx, %ecx
1:  mov %eax, direct_pointers(, %ecx, 8)
    add $4096, %eax
    inc %ecx
    cmp $4, %ecx
    jne 1b

    mov $LARGE_PAGE + PRESENT_WRITABLE, %eax
    xor %ecx, %ecx
2:  mov %eax, direct_directories(, %ecx, 8)
    add $0x200000, %eax
    inc %ecx
    cmp $2048, %ecx
    jne 2b

    mov $top_table, %eax
    mov %eax, %cr3
    mov %cr4, %eax
    or $0x20, %eax                      /* physical address extension */
    mov %eax, %cr4
    mov $0xc0000080, %ecx               /* EFER */
    rdmsr
    or $0x100, %eax                     /* long mode */
    wrmsr
    mov %cr0, %eax
    or $0x80000000, %eax                /* paging */
    mov %eax, %cr0
    lgdt descriptor_table_pointer
    ljmp $8, $long_mode

.code64
long_mode:
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %rax, %rbp                      /* no frame is above the first */
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

/* Saves the registers as struct registers (x86.h) has them. The processor aligned the stack. */
trap:
    cld
    .irp register, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
    push %\register
    .endr
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $-16, %rsp
    call machine_trap
    mov %rbp, %rsp
    .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    pop %\register
    .endr
    add $16, %rsp                       /* number, error code */
    iretq

/* context_switch(saved_at, context) of x86-thread.c. A stack pointer is stored as an address, 32 bits of it. */
.global context_switch
context_switch:
    .irp register, rbp, rbx, r12, r13, r14, r15
    push %\register
    .endr
    mov %esp, (%rdi)
    mov %rsi, %rsp
    .irp register, r15, r14, r13, r12, rbx, rbp
    pop %\register
    .endr
    ret

/* The first context of a thread leads here. */
.global thread_start
thread_start:
    mov %ebx, %edi
    mov %r12d, %esi
    call kernel_thread                  /* does not return */

/* probe_byte(pointer): 1 if the byte can be read. A page fault at probe_load goes on at probe_failed. */
.global probe_byte, probe_load, probe_failed
probe_byte:
    mov $1, %eax
probe_load:
    movb (%rdi), %cl
    ret
probe_failed:
    xor %eax, %eax
    ret

.section .data
.balign 8
.global descriptor_table
descriptor_table:
    .quad 0
    .quad 0x00209a0000000000            /* 64-bit code */
    .quad 0
    .quad 0, 0                          /* a task state: x86-fault-stack.c */
descriptor_table_pointer:
    .word descriptor_table_pointer - descriptor_table - 1
    .long descriptor_table

.section .bss
.balign 4096
top_table:
    .skip 4096
identity_pointers:
    .skip 4096
identity_directory:
    .skip 4096
.global memory_map
memory_map:
direct_pointers:
    .skip 4096
direct_directories:
    .skip 4 * 4096
    .skip STACK_SIZE
.global stack_end
stack_end:

.section .note.GNU-stack, "", @progbits
