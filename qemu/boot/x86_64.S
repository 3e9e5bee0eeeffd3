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
    call machine_main                   /* does not return */

/* One entry per exception, 16 bytes apart, each leaving its number and an error code on the stack. */
.set PUSHES_ERROR_CODE, 0x60227d00      /* one bit per exception: 8, 10-14, 17, 21, 29, 30 */
.balign 16
.global exception_entries
exception_entries:
.set number, 0
.rept 32
    .balign 16
    .if !((PUSHES_ERROR_CODE >> number) & 1)
    push $0
    .endif
    push $number
    jmp exception
    .set number, number + 1
.endr

exception:
    cld
    pop %rdi                            /* number */
    pop %rax                            /* error code: not shown */
    mov (%rsp), %rsi                    /* instruction */
    mov %cr2, %rdx                      /* address, of a page fault */
    and $-16, %rsp
    call machine_exception              /* does not return */

.section .rodata
.balign 8
descriptor_table:
    .quad 0
    .quad 0x00209a0000000000            /* 64-bit code */
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
direct_pointers:
    .skip 4096
direct_directories:
    .skip 4 * 4096
    .skip STACK_SIZE
stack_end:

.section .note.GNU-stack, "", @progbits
