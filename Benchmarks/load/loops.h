/* The two ways to drive a load. Both return what was measured after the warm-up. */
#ifndef LOOPS_H
#define LOOPS_H

#include <stdint.h>

#include "connection.h"
#include "histogram.h"

struct plan {
    uint64_t connections;
    uint64_t pipeline;       /* Closed loop: requests of one round. */
    uint64_t rate;           /* Open loop: requests a second over all connections; 0: closed loop. */
    uint64_t requests;       /* Closed loop: ends when so many are answered; 0: by the time. */
    uint64_t warm_up_ns;
    uint64_t measured_ns;
};

struct result {
    uint64_t answered;       /* While it was measured. */
    uint64_t answered_in_all; /* Since the start. */
    uint64_t unanswered;     /* Open loop: still to be answered when it was given up. */
    double seconds;          /* How long was measured. */
    struct histogram times;
    struct histogram lateness; /* Open loop: from when a request was due until it was sent. */
};

/* Every connection sends a round of requests, awaits all replies, and sends again. The time of a round is
 * what each of its requests took at most. */
void closed_loop(struct load *load, struct connection *all, const struct plan *plan, struct result *result);

/* Requests are due at even distances, whatever became of those before, one connection after the other. A time
 * is counted from when the request was due: what waits behind a stalled server waits in the figures, too. */
void open_loop(struct load *load, struct connection *all, const struct plan *plan, struct result *result);

#endif
