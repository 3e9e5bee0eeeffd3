/* From the state that a multiboot loader leaves (32 bits, flat segments, no paging) to C. */
.set MAGIC, 0x1badb002
.set FLAGS, 1 << 1                      /* memory information is wanted */

.section .multiboot, "a"
.balign 4
    .long MAGIC, FLAGS, -(MAGIC + FLAGS)

.section .text
.global start
start:
    cli
    cld
    mov $stack_end, %esp
    sub $8, %esp                        /* 16-byte alignment at the call */
    push %ebx                           /* the multiboot information */
    push %eax                           /* the multiboot magic */
    call kernel_main                    /* does not return */

.section .bss
.balign 16
    .skip 0x4000
stack_end:

.section .note.GNU-stack, "", @progbits
