/* A load for any server that answers each line with one line: breakerd, and Redis, which takes its commands
 * as lines as well. What is sent and how replies begin comes from the command line; nothing here knows
 * either of them.
 *
 *     load --socket PATH --line TEMPLATE … --expect TEXT [--items N] [--connections N]
 *          [--pipeline N | --rate N] [--requests N] [--warm-up-ms N] [--ms N]
 *
 * With --rate it is an open loop, else a closed one (loops.h). Prints one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "common.h"
#include "loops.h"

static const char USAGE[] =
    "usage: load --socket PATH --line TEMPLATE ... --expect TEXT [--items N] [--connections N]\n"
    "            [--pipeline N | --rate N] [--requests N] [--warm-up-ms N] [--ms N]\n";

enum { MOST_CONNECTIONS = 60000, MOST_PIPELINE = 10000, MOST_MS = 3600000 };
static const uint64_t MOST_RATE = 100000000, MOST_REQUESTS = 1000000000000, NS_OF_MS = 1000000;

struct options {
    const char *socket;
    const char *expected;
    const char *templates[MOST_TEMPLATES];
    int template_count;
    uint64_t items;
    struct plan plan;
};

static void add_template(struct options *o, const char *template) {
    if (o->template_count == MOST_TEMPLATES)
        usage(USAGE);
    o->templates[o->template_count++] = template;
}

static void read_option(struct options *o, const char *name, const char *value) {
    struct plan *plan = &o->plan;
    if (strcmp(name, "--socket") == 0)
        o->socket = value;
    else if (strcmp(name, "--expect") == 0)
        o->expected = value;
    else if (strcmp(name, "--line") == 0)
        add_template(o, value);
    else if (strcmp(name, "--items") == 0)
        o->items = integer(name, value, MOST_ITEMS);
    else if (strcmp(name, "--connections") == 0)
        plan->connections = integer(name, value, MOST_CONNECTIONS);
    else if (strcmp(name, "--pipeline") == 0)
        plan->pipeline = integer(name, value, MOST_PIPELINE);
    else if (strcmp(name, "--rate") == 0)
        plan->rate = integer(name, value, MOST_RATE);
    else if (strcmp(name, "--requests") == 0)
        plan->requests = integer(name, value, MOST_REQUESTS);
    else if (strcmp(name, "--warm-up-ms") == 0)
        plan->warm_up_ns = integer(name, value, MOST_MS) * NS_OF_MS;
    else if (strcmp(name, "--ms") == 0)
        plan->measured_ns = integer(name, value, MOST_MS) * NS_OF_MS;
    else
        usage(USAGE);
}

static struct options read_options(int count, char **arguments) {
    struct plan plan = {.connections = 50, .pipeline = 1, .measured_ns = 1000 * NS_OF_MS};
    struct options o = {.items = 100, .plan = plan};
    if (count % 2 == 0)
        usage(USAGE);
    for (int i = 1; i < count; i += 2)
        read_option(&o, arguments[i], arguments[i + 1]);
    int is_whole = o.socket != NULL && o.expected != NULL && o.template_count > 0;
    if (!is_whole || o.items == 0 || o.plan.connections == 0 || o.plan.pipeline == 0)
        usage(USAGE);
    return o;
}

static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        die("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        die("setrlimit");
}

/* So many lines are sent in one piece, at most: in an open loop those that have become due meanwhile. */
static uint64_t most_ahead(const struct plan *plan) { return plan->rate > 0 ? 64 : plan->pipeline; }

static void print(const struct load *load, const struct plan *plan, const struct result *result) {
    printf("{\"answered\":%llu,\"answered_in_all\":%llu,\"unanswered\":%llu,\"refused\":%llu,\"per_second\":%.0f",
           (unsigned long long)result->answered, (unsigned long long)result->answered_in_all,
           (unsigned long long)result->unanswered, (unsigned long long)load->refused,
           (double)result->answered / result->seconds);
    histogram_print(&result->times, "");
    if (plan->rate > 0)
        histogram_print(&result->lateness, "late_");
    printf("}\n");
}

int main(int argc, char **argv) {
    struct options o = read_options(argc, argv);
    static struct result result;
    raise_descriptor_limit();
    struct load load = {
        .poll = epoll_create1(0),
        .lines = lines_make(o.templates, o.template_count, o.items, most_ahead(&o.plan)),
        .expected = o.expected,
        .expected_length = strlen(o.expected),
    };
    if (load.poll < 0)
        die("epoll_create1");
    struct connection *all = allocate(o.plan.connections, sizeof *all);
    for (uint64_t i = 0; i < o.plan.connections; i++)
        connection_open(&all[i], &load, o.socket, i, o.plan.connections);
    if (o.plan.rate > 0)
        open_loop(&load, all, &o.plan, &result);
    else
        closed_loop(&load, all, &o.plan, &result);
    print(&load, &o.plan, &result);
    return 0;
}
