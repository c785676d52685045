/* Times counted in slots that grow with them: whatever the time, a quantile is told at most 1/128 too high
 * (and exactly below 128 ns), in a fixed 58 KiB. The way of HdrHistogram. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_BITS = 7, /* Of each power of two there are 2^7 slots. */
    HISTOGRAM_SLOTS = (64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS,
};

struct histogram {
    uint64_t count;
    uint64_t most_ns;
    uint64_t slots[HISTOGRAM_SLOTS];
};

/* Counts the same time `times` times. */
void histogram_add(struct histogram *h, uint64_t time_ns, uint64_t times);

/* The time that the given share of all times (0 to 1) does not exceed; 0 where nothing was counted. */
uint64_t histogram_quantile(const struct histogram *h, double share);

/* Prints members of a JSON object, in microseconds: NAMEp50_us, NAMEp99_us, NAMEp999_us, NAMEmost_us. */
void histogram_print(const struct histogram *h, const char *name);

#endif
