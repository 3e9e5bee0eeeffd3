/*
 * i386 and x86_64: time, by the processor's time stamp counter. Its frequency is measured once, against counter 2 of
 * the timer (8254), which has a known one; counter 0 is the tick's.
 */
#include "../host.h"

#define CLOCK_SHIFT 16 /* 2^16 cycles are a tick of the clock: at 3 GHz it begins again after a day */
#define TIMER_CLOCK 1193182 /* Hz */
#define PERIODS 100 /* a second is so many times what is measured */

#define TIMER_DATA_2 0x42
#define TIMER_COMMAND 0x43
#define TIMER_ONCE 0xb0 /* counter 2, both bytes, counting down once */
#define SPEAKER 0x61
#define SPEAKER_COUNTS 0x01 /* counter 2 is running */
#define SPEAKER_SOUNDS 0x02
#define SPEAKER_DONE 0x20 /* counter 2 has arrived at 0 */

static uint64_t cycles(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

uint32_t host_cycleCount(void) {
    return (uint32_t)cycles();
}

uint32_t host_clockTicks(void) {
    return (uint32_t)(cycles() >> CLOCK_SHIFT);
}

static uint32_t measure(void) {
    uint32_t count = TIMER_CLOCK / PERIODS;
    host_portWrite(SPEAKER, (host_portRead(SPEAKER) & ~SPEAKER_SOUNDS) | SPEAKER_COUNTS);
    host_portWrite(TIMER_COMMAND, TIMER_ONCE);
    host_portWrite(TIMER_DATA_2, count & 0xff);
    host_portWrite(TIMER_DATA_2, count >> 8);
    uint64_t start = cycles();
    while ((host_portRead(SPEAKER) & SPEAKER_DONE) == 0) {
    }
    return (uint32_t)((cycles() - start) * PERIODS >> CLOCK_SHIFT);
}

uint32_t host_clockFrequency(void) {
    static uint32_t frequency;
    if (frequency == 0)
        frequency = measure();
    return frequency;
}
