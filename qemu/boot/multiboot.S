/*
 * The Multiboot 1 header. It carries the address fields (flag 16), so a boot loader takes the file as one flat image
 * and never looks at the ELF class: the same header serves i386 and x86_64.
 */
.set MAGIC, 0x1badb002
.set FLAGS, (1 << 16) | (1 << 1)        /* address fields are valid; memory information is wanted */

.section .multiboot, "a"
.balign 4
header:
    .long MAGIC
    .long FLAGS
    .long -(MAGIC + FLAGS)
    .long header
    .long image_start
    .long image_loaded_end              /* from here to image_end the loader clears memory (.bss) */
    .long image_end
    .long start
