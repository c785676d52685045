/* A load generator for breakerd: many connections on one thread, each with a fixed number of requests
 * outstanding, half of them acquires and half reports.
 *
 *     load SOCKET CONNECTIONS PIPELINE BREAKERS SECONDS
 *
 * Every connection sends PIPELINE lines in one write, reads until all are answered, and sends again. The
 * time of such a round is what each of its requests took at most. The first fifth of the time warms up
 * and is not counted. Prints one line: requests a second, p50 and p99 in microseconds, refused replies.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_BYTES = 160,         /* More than the longest request. */
    MOST_PIPELINE = 512,
    MOST_CONNECTIONS = 1000,
    HISTOGRAM_SLOTS = 200000, /* One a microsecond; the last takes all that is longer. */
};

struct connection {
    int fd;
    int awaited;        /* Replies still to come in this round. */
    int next;           /* Chooses the breaker of the next request. */
    uint64_t sent_at_ns;
    size_t length;      /* Of what this round sends, and how much of it is sent. */
    size_t sent;
    char output[LINE_BYTES * MOST_PIPELINE];
};

static uint64_t histogram[HISTOGRAM_SLOTS];
static uint64_t replies, failures;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int dial(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "load: the socket's path is too long: %s\n", path);
        exit(2);
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die(path);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        die("fcntl");
    return fd;
}

/* Writes the requests of one round. */
static void fill(struct connection *c, int pipeline, int breakers) {
    c->length = 0;
    c->sent = 0;
    for (int i = 0; i < pipeline; i++) {
        int breaker = c->next / 2 % breakers;
        const char *format = c->next % 2 == 0
            ? "{\"op\":\"acquire\",\"id\":%d,\"breaker\":\"service-%d\"}\n"
            : "{\"op\":\"report\",\"id\":%d,\"breaker\":\"service-%d\",\"outcome\":\"success\","
              "\"duration_ms\":12.5}\n";
        c->length += (size_t)snprintf(c->output + c->length, LINE_BYTES, format, i, breaker);
        c->next++;
    }
    c->awaited = pipeline;
    c->sent_at_ns = now_ns();
}

static void push(struct connection *c) {
    while (c->sent < c->length) {
        ssize_t written = write(c->fd, c->output + c->sent, c->length - c->sent);
        if (written < 0 && errno == EAGAIN)
            return;
        if (written < 0)
            die("write");
        c->sent += (size_t)written;
    }
}

/* Counts the lines that came. A line with "ok":false is a failure: the load is meant to be answered. */
static void take(struct connection *c) {
    static char input[1 << 16];
    for (;;) {
        ssize_t got = read(c->fd, input, sizeof input - 1);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0)
            die("read");
        input[got] = 0;
        for (char *at = input; (at = memchr(at, '\n', (size_t)(input + got - at))) != NULL; at++)
            c->awaited--;
        if (strstr(input, "\"ok\":false") != NULL)
            failures++;
    }
}

static void count_round(const struct connection *c, int pipeline) {
    uint64_t micros = (now_ns() - c->sent_at_ns) / 1000;
    histogram[micros < HISTOGRAM_SLOTS ? micros : HISTOGRAM_SLOTS - 1] += (uint64_t)pipeline;
    replies += (uint64_t)pipeline;
}

static unsigned quantile(double share) {
    uint64_t wanted = (uint64_t)(share * (double)replies), seen = 0;
    for (unsigned micros = 0; micros < HISTOGRAM_SLOTS; micros++)
        if ((seen += histogram[micros]) > wanted)
            return micros;
    return HISTOGRAM_SLOTS;
}

static int argument(const char *text, int most) {
    int number = atoi(text);
    if (number < 1 || number > most) {
        fprintf(stderr, "load: expected 1 to %d, not %s\n", most, text);
        exit(2);
    }
    return number;
}

/* Serves whatever is ready until the time is over. Rounds that end before `counted_from` only warm up. */
static void drive(int poll, int pipeline, int breakers, uint64_t counted_from, uint64_t until) {
    struct epoll_event events[256];
    for (uint64_t now = now_ns(); now < until; now = now_ns()) {
        int ready = epoll_wait(poll, events, 256, 100);
        if (ready < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            take(c);
            if (c->awaited == 0) {
                if (now >= counted_from)
                    count_round(c, pipeline);
                fill(c, pipeline, breakers);
            }
            push(c);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: load SOCKET CONNECTIONS PIPELINE BREAKERS SECONDS\n");
        return 2;
    }
    int connections = argument(argv[2], MOST_CONNECTIONS), pipeline = argument(argv[3], MOST_PIPELINE);
    int breakers = argument(argv[4], 1000000), seconds = argument(argv[5], 3600);
    struct connection *all = calloc((size_t)connections, sizeof *all);
    int poll = epoll_create1(0);
    if (all == NULL || poll < 0)
        die("start");
    for (int i = 0; i < connections; i++) {
        struct connection *c = &all[i];
        c->fd = dial(argv[1]);
        c->next = i * 2 * breakers / connections;
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &event) < 0)
            die("epoll_ctl");
        fill(c, pipeline, breakers);
        push(c);
    }
    uint64_t began = now_ns(), length = (uint64_t)seconds * 1000000000u;
    drive(poll, pipeline, breakers, began + length / 5, began + length);
    double measured = (double)(length - length / 5) / 1e9;
    printf("%.0f %u %u %llu\n", (double)replies / measured, quantile(0.50), quantile(0.99),
           (unsigned long long)failures);
    free(all);
    return 0;
}
