/* What is sent: all lines of a load, written before it begins, so that sending costs nothing but the call.
 *
 * The lines form a circle. For each item, in a random order that is the same in each run, there is one line
 * of each template, in their order. A template's `%d` is the item's number in seven digits, so that lines
 * have the same length whatever their item. */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>
#include <stdint.h>

enum { MOST_TEMPLATES = 8, MOST_ITEMS = 9999999 };

struct lines {
    uint64_t count;    /* Of the circle. */
    uint64_t ahead;    /* So many lines from any place on lie in one piece. */
    char *bytes;
    size_t *starts;    /* Of each line; the last one is the end of all bytes. */
};

/* `ahead`: at least 1, and at most as many as are sent in one piece. */
struct lines lines_make(const char *const *templates, int template_count, uint64_t items, uint64_t ahead);

/* The bytes of `count` (at most `ahead`) lines from the given place of the circle on. */
const char *lines_at(const struct lines *lines, uint64_t place, uint64_t count, size_t *length);

#endif
