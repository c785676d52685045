#include "lines.h"

#include <stdio.h>
#include <string.h>

#include "common.h"

static const char PLACEHOLDER[] = "%d";
enum { DIGITS = 7 };

/* The items in a random order: a server must not find the next one beside the last one. */
static uint32_t *shuffled(uint64_t items) {
    uint32_t *order = allocate(items, sizeof *order);
    uint64_t random = 88172645463325252u; /* xorshift64, its usual seed. */
    for (uint64_t i = 0; i < items; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        uint64_t other = random % (i + 1);
        order[i] = order[other];
        order[other] = (uint32_t)i;
    }
    return order;
}

/* Writes one line and its newline; returns where it ends. */
static char *write_line(char *to, const char *template, uint32_t item) {
    for (const char *at; (at = strstr(template, PLACEHOLDER)) != NULL; template = at + strlen(PLACEHOLDER)) {
        memcpy(to, template, (size_t)(at - template));
        to += at - template;
        to += sprintf(to, "%0*u", DIGITS, (unsigned)item);
    }
    size_t rest = strlen(template);
    memcpy(to, template, rest);
    to[rest] = '\n';
    return to + rest + 1;
}

/* More than any line of it has. */
static size_t longest(const char *template) {
    size_t length = strlen(template) + 2;
    for (const char *at = template; (at = strstr(at, PLACEHOLDER)) != NULL; at++)
        length += DIGITS;
    return length;
}

struct lines lines_make(const char *const *templates, int template_count, uint64_t items, uint64_t ahead) {
    struct lines lines = {.count = items * (uint64_t)template_count, .ahead = ahead};
    size_t width = 0;
    for (int i = 0; i < template_count; i++)
        width = longest(templates[i]) > width ? longest(templates[i]) : width;
    uint64_t written = lines.count + ahead;
    uint32_t *order = shuffled(items);
    lines.bytes = allocate(written, width);
    lines.starts = allocate(written + 1, sizeof *lines.starts);
    char *to = lines.bytes;
    for (uint64_t i = 0; i < written; i++) {
        uint64_t place = i % lines.count;
        lines.starts[i] = (size_t)(to - lines.bytes);
        const char *template = templates[place % (uint64_t)template_count];
        to = write_line(to, template, order[place / (uint64_t)template_count]);
    }
    lines.starts[written] = (size_t)(to - lines.bytes);
    return lines;
}

const char *lines_at(const struct lines *lines, uint64_t place, uint64_t count, size_t *length) {
    place %= lines->count;
    *length = lines->starts[place + count] - lines->starts[place];
    return lines->bytes + lines->starts[place];
}
