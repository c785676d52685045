#define _GNU_SOURCE
#include <errno.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>

#include "common.h"
#include "loops.h"

enum { EVENTS = 256 };
/* How long replies are awaited after the last request was due. */
static const uint64_t GRACE_NS = 1000000000;

struct schedule {
    const struct plan *plan;
    uint64_t start_ns;
    uint64_t total;          /* Requests in all. */
    uint64_t next;           /* The next one to become due. */
};

/* When the request of that number is due, counted over all connections. */
static uint64_t due_at(const struct schedule *s, uint64_t number) {
    return s->start_ns + (uint64_t)((double)number * 1e9 / (double)s->plan->rate);
}

/* The number of the given request of one connection: they take turns. */
static uint64_t number_of(const struct schedule *s, uint64_t connection, uint64_t request) {
    return request * s->plan->connections + connection;
}

static int is_counted(const struct schedule *s, uint64_t due_ns) {
    return due_ns >= s->start_ns + s->plan->warm_up_ns;
}

/* Sends what is due. What is due of one connection goes out in one piece. */
static void send_due(struct schedule *s, struct load *load, struct connection *all, struct result *result) {
    uint64_t connections = s->plan->connections, first = s->next, now = now_ns();
    for (; s->next < s->total && due_at(s, s->next) <= now; s->next++) {
        all[s->next % connections].wanted++;
        if (is_counted(s, due_at(s, s->next)))
            histogram_add(&result->lateness, now - due_at(s, s->next), 1);
    }
    uint64_t touched = s->next - first < connections ? s->next - first : connections;
    for (uint64_t i = 0; i < touched; i++)
        connection_push(&all[(first + i) % connections], load);
}

/* Reads replies of one connection; each belongs to its oldest request without one. */
static void take(const struct schedule *s, struct load *load, struct connection *all, struct connection *c,
                 struct result *result) {
    uint64_t request = c->answered, came = connection_take(c, load), now = now_ns();
    result->answered_in_all += came;
    for (; came > 0; came--, request++) {
        uint64_t due = due_at(s, number_of(s, (uint64_t)(c - all), request));
        if (!is_counted(s, due))
            continue;
        histogram_add(&result->times, now - due, 1);
        result->answered++;
    }
}

/* What was given up has waited at least until now. */
static void give_up(const struct schedule *s, const struct connection *all, struct result *result) {
    uint64_t now = now_ns();
    for (uint64_t number = 0; number < s->total; number++) {
        uint64_t connection = number % s->plan->connections, due = due_at(s, number);
        if (number / s->plan->connections < all[connection].answered || !is_counted(s, due))
            continue;
        histogram_add(&result->times, now - due, 1);
        result->unanswered++;
    }
}

static struct timespec wait_time(const struct schedule *s, uint64_t until) {
    uint64_t then = s->next < s->total ? due_at(s, s->next) : until, now = now_ns();
    uint64_t wait = then > now ? then - now : 0;
    return (struct timespec){.tv_sec = (time_t)(wait / 1000000000u), .tv_nsec = (long)(wait % 1000000000u)};
}

void open_loop(struct load *load, struct connection *all, const struct plan *plan, struct result *result) {
    struct schedule s = {.plan = plan, .start_ns = now_ns()};
    uint64_t length = plan->warm_up_ns + plan->measured_ns, until = s.start_ns + length + GRACE_NS;
    s.total = (uint64_t)((double)length / 1e9 * (double)plan->rate);
    /* The kernel would wait 50 microseconds longer than it is told to. */
    if (prctl(PR_SET_TIMERSLACK, 1) < 0)
        die("prctl");
    struct epoll_event events[EVENTS];
    while (result->answered_in_all < s.total && now_ns() < until) {
        send_due(&s, load, all, result);
        struct timespec wait = wait_time(&s, until);
        int ready = epoll_pwait2(load->poll, events, EVENTS, &wait, NULL);
        if (ready < 0 && errno != EINTR)
            die("epoll_pwait2");
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            take(&s, load, all, c, result);
            if (c->blocked)
                connection_push(c, load);
        }
    }
    give_up(&s, all, result);
    result->seconds = (double)plan->measured_ns / 1e9;
}
