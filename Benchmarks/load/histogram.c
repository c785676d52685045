#include "histogram.h"

#include <stdio.h>

/* The slot of a time: its highest bits, below which the rest does not count. */
static unsigned slot_of(uint64_t time_ns) {
    if (time_ns < (1u << HISTOGRAM_BITS))
        return (unsigned)time_ns;
    unsigned dropped = 63u - (unsigned)__builtin_clzll(time_ns) - HISTOGRAM_BITS;
    return (dropped << HISTOGRAM_BITS) + (unsigned)(time_ns >> dropped);
}

/* The longest time of a slot. */
static uint64_t end_of(unsigned slot) {
    if (slot < (1u << HISTOGRAM_BITS))
        return slot;
    unsigned dropped = (slot >> HISTOGRAM_BITS) - 1;
    uint64_t kept = slot - (dropped << HISTOGRAM_BITS);
    return ((kept + 1) << dropped) - 1;
}

void histogram_add(struct histogram *h, uint64_t time_ns, uint64_t times) {
    h->slots[slot_of(time_ns)] += times;
    h->count += times;
    if (time_ns > h->most_ns)
        h->most_ns = time_ns;
}

uint64_t histogram_quantile(const struct histogram *h, double share) {
    uint64_t wanted = (uint64_t)(share * (double)h->count), seen = 0;
    for (unsigned slot = 0; slot < HISTOGRAM_SLOTS; slot++)
        if ((seen += h->slots[slot]) > wanted) {
            uint64_t end = end_of(slot);
            return end < h->most_ns ? end : h->most_ns;
        }
    return h->most_ns;
}

void histogram_print(const struct histogram *h, const char *name) {
    static const struct { const char *name; double share; } all[] = {
        {"p50", 0.50}, {"p99", 0.99}, {"p999", 0.999}, {"most", 1.0}};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        printf(",\"%s%s_us\":%.1f", name, all[i].name, (double)histogram_quantile(h, all[i].share) / 1000);
}
