/* Many connections that watch one breaker of breakerd, and how long it takes until the last of them is told
 * that it has tripped.
 *
 *     watchers --socket PATH [--watchers N] [--trips N] [--pause-ms N]
 *
 * For each trip a further connection reports the failure that trips the breaker; the time runs from before
 * that line is written until the last watcher has read its event. Then the breaker is reset, and all are
 * told of that, too, before the next. Prints one JSON object; with no --trips goes on until it is ended,
 * and prints nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "common.h"
#include "histogram.h"

static const char USAGE[] = "usage: watchers --socket PATH [--watchers N] [--trips N] [--pause-ms N]\n";
static const char DECLARE[] =
    "{\"op\":\"declare\",\"id\":1,\"breaker\":\"watched\",\"policy\":"
    "{\"consecutive_failures\":1,\"open_for\":\"1h\",\"open_max\":\"1h\"}}\n";
static const char WATCH[] = "{\"op\":\"watch\",\"id\":1,\"breakers\":[\"watched\"]}\n";
static const char FAIL[] = "{\"op\":\"report\",\"id\":2,\"breaker\":\"watched\",\"outcome\":\"failure\"}\n";
static const char RESET[] = "{\"op\":\"reset\",\"id\":3,\"breaker\":\"watched\"}\n";

enum { EVENTS = 256, LINE_BYTES = 4096, MOST_WATCHERS = 10000, MOST_TRIPS = 1000000, MOST_MS = 60000 };
/* How long any one answer is awaited. */
enum { PATIENCE_MS = 10000 };

struct watcher {
    int fd;
    size_t held;             /* Of a line whose end has not come. */
    char line[LINE_BYTES];
    uint64_t seen;           /* The last round in which it was told what all await. */
};

struct audience {
    int poll;
    uint64_t count;
    struct watcher *all;     /* The last one, after `count` watchers, is the one that steers. */
};

static void say(const struct watcher *w, const char *line) {
    size_t length = strlen(line);
    if (send(w->fd, line, length, MSG_NOSIGNAL) != (ssize_t)length)
        die("send");
}

/* Reads what has come of one connection; says whether a line that contains `text` was in it. */
static int was_told(struct watcher *w, const char *text) {
    int told = 0;
    ssize_t got = recv(w->fd, w->line + w->held, LINE_BYTES - w->held, 0);
    if (got < 0)
        die("recv");
    if (got == 0)
        fail("watchers: the daemon ended a connection");
    size_t length = w->held + (size_t)got;
    char *at = w->line, *newline;
    while ((newline = memchr(at, '\n', length)) != NULL) {
        size_t line = (size_t)(newline - at) + 1;
        told |= memmem(at, line, text, strlen(text)) != NULL;
        at += line;
        length -= line;
    }
    if (length == LINE_BYTES)
        fail("watchers: a line is longer than expected");
    memmove(w->line, at, length);
    w->held = length;
    return told;
}

/* Returns when each watcher has read a line with `text`, and whoever steers one with `reply`. */
static uint64_t await_all(struct audience *a, const char *text, const char *reply) {
    static uint64_t round;
    struct epoll_event events[EVENTS];
    struct watcher *steering = &a->all[a->count];
    uint64_t missing = (text != NULL ? a->count : 0) + (reply != NULL), last_ns = now_ns();
    round++;
    while (missing > 0) {
        int ready = epoll_wait(a->poll, events, EVENTS, PATIENCE_MS);
        if (ready == 0)
            fail("watchers: somebody was not told in time");
        for (int i = 0; i < ready; i++) {
            struct watcher *w = events[i].data.ptr;
            const char *awaited = w == steering ? reply : text;
            if (awaited == NULL || !was_told(w, awaited) || w->seen == round)
                continue;
            w->seen = round;
            missing--;
            if (w != steering)
                last_ns = now_ns();
        }
    }
    return last_ns;
}

static struct audience assemble(const char *path, uint64_t count) {
    struct audience a = {.poll = epoll_create1(0), .count = count, .all = allocate(count + 1, sizeof *a.all)};
    if (a.poll < 0)
        die("epoll_create1");
    for (uint64_t i = 0; i <= count; i++) {
        a.all[i].fd = dial(path);
        listen_for(a.poll, EPOLL_CTL_ADD, a.all[i].fd, 0, &a.all[i]);
    }
    say(&a.all[count], DECLARE);
    await_all(&a, NULL, "\"ok\":true");
    for (uint64_t i = 0; i < count; i++)
        say(&a.all[i], WATCH);
    await_all(&a, "\"event\":\"synced\"", NULL);
    return a;
}

/* One trip and the reset after it. Returns how long it took until the last one was told of the trip. */
static uint64_t trip(struct audience *a) {
    uint64_t before = now_ns();
    say(&a->all[a->count], FAIL);
    uint64_t told = await_all(a, "\"state\":\"open\"", "\"state\":\"open\"");
    say(&a->all[a->count], RESET);
    await_all(a, "\"state\":\"closed\"", "\"ok\":true");
    return told - before;
}

struct options {
    const char *socket;
    uint64_t watchers;
    uint64_t trips;          /* 0: until it is ended. */
    uint64_t pause_ms;
};

static struct options read_options(int count, char **arguments) {
    struct options o = {.watchers = 100, .pause_ms = 1};
    for (int i = 1; i + 1 < count; i += 2) {
        const char *name = arguments[i], *value = arguments[i + 1];
        if (strcmp(name, "--socket") == 0)
            o.socket = value;
        else if (strcmp(name, "--watchers") == 0)
            o.watchers = integer(name, value, MOST_WATCHERS);
        else if (strcmp(name, "--trips") == 0)
            o.trips = integer(name, value, MOST_TRIPS);
        else if (strcmp(name, "--pause-ms") == 0)
            o.pause_ms = integer(name, value, MOST_MS);
        else
            usage(USAGE);
    }
    if (o.socket == NULL || o.watchers == 0 || count % 2 == 0)
        usage(USAGE);
    return o;
}

int main(int argc, char **argv) {
    struct options o = read_options(argc, argv);
    static struct histogram times;
    struct audience a = assemble(o.socket, o.watchers);
    time_t seconds = (time_t)(o.pause_ms / 1000);
    struct timespec pause = {.tv_sec = seconds, .tv_nsec = (long)(o.pause_ms % 1000) * 1000000};
    for (uint64_t i = 0; o.trips == 0 || i < o.trips; i++) {
        histogram_add(&times, trip(&a), 1);
        nanosleep(&pause, NULL);
    }
    printf("{\"watchers\":%llu,\"trips\":%llu", (unsigned long long)o.watchers, (unsigned long long)o.trips);
    histogram_print(&times, "");
    printf("}\n");
    return 0;
}
