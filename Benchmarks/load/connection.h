/* One connection of a load: what it still has to send, and the replies that come, one line each.
 *
 * A reply must begin with a given text; one that does not is counted as refused. Nothing else of it is
 * read, so that a long reply costs hardly more than a short one. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#include "lines.h"


/* What all connections of a load have in common. */
struct load {
    int poll;
    struct lines lines;
    const char *expected;    /* How a reply begins. */
    size_t expected_length;
    uint64_t refused;
};

struct connection {
    int fd;
    int blocked;             /* The socket takes no more; it is awaited. */
    uint64_t first;          /* The place of its first line in the circle. */
    uint64_t wanted;         /* Lines that should have been sent by now, since the start. */
    uint64_t begun;          /* Lines handed to `remaining` or sent. */
    uint64_t answered;       /* Lines that came. */
    uint64_t sent_at_ns;     /* When the last round was begun. */
    const char *remaining;   /* Of what was begun: not sent yet. */
    size_t remaining_length;
    size_t matched;          /* Bytes of the present reply that were compared. */
    int differs;             /* One of them was different. */
};

/* Opens the connection number `index` of `count`. They begin at places that are evenly spread. */
void connection_open(struct connection *c, struct load *load, const char *path, uint64_t index,
                     uint64_t count);

/* Sends as much of what is wanted as the socket takes. */
void connection_push(struct connection *c, struct load *load);

/* Reads what has come, once, and returns how many replies ended in it. The end of the stream ends the
 * program. */
uint64_t connection_take(struct connection *c, struct load *load);

#endif
