/*
 * i386: from the state a multiboot loader leaves to C. Segments stay flat and paging stays off,
 * so an address in TypeScript, in C and on the bus is the same number.
 */
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
    sub $8, %esp                        /* 16-byte alignment at the call */
    push %ebx
    push %eax
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
    pop %eax                            /* number */
    pop %ecx                            /* error code: not shown */
    mov (%esp), %ecx                    /* instruction */
    mov %cr2, %edx                      /* address, of a page fault */
    and $-16, %esp
    sub $4, %esp
    push %edx
    push %ecx
    push %eax
    call machine_exception              /* does not return */

.section .rodata
.balign 8
descriptor_table:
    .quad 0
    .quad 0x00cf9a000000ffff            /* code: all 4 GiB */
    .quad 0x00cf92000000ffff            /* data: all 4 GiB */
descriptor_table_pointer:
    .word descriptor_table_pointer - descriptor_table - 1
    .long descriptor_table

.section .bss
.balign 4096
    .skip STACK_SIZE
stack_end:

.section .note.GNU-stack, "", @progbits
