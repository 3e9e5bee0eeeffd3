/*
 * What the kernel demands in C on every machine. No decision is taken and no text is printed here: panics and
 * exceptions go up to kernel/panic-report.ts and kernel/exception.ts.
 */
#include "host.h"
#include "tallow.h"

/* The part of the module "host" that no machine differs in. */

extern const char image_start[], image_end[], stack_end[];
extern const uint8_t literal_bytes[];
static uint32_t static_area[1024];
static uint32_t range_table[1000]; /* 200 ranges of 20 bytes */

static inline uint32_t host_pointerSize(void) { return sizeof(void *); }
static inline uint32_t host_imageStart(void) { return to_address(image_start); }
static inline uint32_t host_imageEnd(void) { return to_address(image_end); }
static inline uint32_t host_literals(void) { return to_address(literal_bytes); }
static inline uint32_t host_rangeTable(void) { return to_address(range_table); }
static inline uint32_t host_staticArea(void) { return to_address(static_area); }
static inline uint32_t host_registerNames(void) { return to_address(register_names); }
static inline uint32_t host_bootStackEnd(void) { return to_address(stack_end); }

/* The upper half of a pointer to what has an address. */
static inline uint32_t host_pointerBase(void) { return (uint64_t)TALLOW_BASE >> 32; }

/* The debug profile: the table that the build makes of the kernel's symbols, and reports in plain words. */
#ifdef TALLOW_PUT
extern const uint32_t symbol_count, symbol_table[];
extern const uint8_t symbol_names[];

static inline uint32_t host_symbolCount(void) { return symbol_count; }
static inline uint32_t host_symbolTable(void) { return to_address(symbol_table); }
static inline uint32_t host_symbolNames(void) { return to_address(symbol_names); }
static inline void host_bugTell(uint32_t number) { tallow_report_bug(tallow_bug(number)); }
static inline void host_leaksTell(void) { tallow_report_leaks(); }
static inline void host_recordingTell(uint32_t recording) { tallow_report_recording(to_pointer(recording)); }
#endif

/*
 * The kernel itself, generated from the TypeScript: kernel_* for its exports, literal_bytes, and the module "tallow",
 * which is the allocator's C interface with addresses in place of pointers.
 */
#include "kernel.c"

void tallow_panic(unsigned code, void *address) {
    kernel_panicked(code, to_address(address));
    __builtin_unreachable();
}

#ifdef TALLOW_PUT
void TALLOW_PUT(const char *text, size_t length) {
    kernel_consolePrintText(to_address(text), (uint32_t)length);
}

void TALLOW_PLACE(uint32_t place) {
    kernel_placePrint(place);
}
#endif

void kernel_exception(uintptr_t number, uintptr_t instruction, uintptr_t address, const void *registers) {
    kernel_exceptionRaised(number, (uint64_t)instruction >> 32, instruction, (uint64_t)address >> 32, address,
                           to_address(registers));
    __builtin_unreachable();
}

void kernel_interrupt(uint32_t line) {
    kernel_interruptRaised(line);
}

void kernel_thread(uint32_t kind, uint32_t argument) {
    kernel_threadMain(kind, argument);
    __builtin_unreachable();
}

void kernel_start(uint32_t magic, uint32_t information) {
    kernel_kmain(magic, information);
    __builtin_unreachable();
}
