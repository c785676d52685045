#include <errno.h>
#include <sys/epoll.h>

#include "common.h"
#include "loops.h"

enum { EVENTS = 256 };

/* Begins the next round of one connection, unless all that was asked for is sent. */
static int begin_round(struct connection *c, const struct plan *plan, uint64_t *sent) {
    uint64_t round = plan->pipeline;
    if (plan->requests > 0 && plan->requests - *sent < round)
        round = plan->requests - *sent;
    c->wanted += round;
    c->sent_at_ns = now_ns();
    *sent += round;
    return round > 0;
}

void closed_loop(struct load *load, struct connection *all, const struct plan *plan, struct result *result) {
    struct epoll_event events[EVENTS];
    uint64_t sent = 0, busy = 0;
    for (uint64_t i = 0; i < plan->connections; i++) {
        busy += (uint64_t)begin_round(&all[i], plan, &sent);
        connection_push(&all[i], load);
    }
    uint64_t from = now_ns() + plan->warm_up_ns, until = from + plan->measured_ns, now = 0;
    while (busy > 0 && now < until) {
        int ready = epoll_wait(load->poll, events, EVENTS, 100);
        if (ready < 0 && errno != EINTR)
            die("epoll_wait");
        now = now_ns();
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            uint64_t came = connection_take(c, load);
            result->answered_in_all += came;
            if (now >= from)
                result->answered += came;
            if (came > 0 && c->answered == c->wanted) {
                if (c->sent_at_ns >= from)
                    histogram_add(&result->times, now_ns() - c->sent_at_ns, plan->pipeline);
                busy -= (uint64_t)!begin_round(c, plan, &sent);
            }
            connection_push(c, load);
        }
    }
    result->seconds = (double)(now - from) / 1e9;
}
