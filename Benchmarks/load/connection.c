#define _GNU_SOURCE
#include "connection.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

void connection_open(struct connection *c, struct load *load, const char *path, uint64_t index,
                     uint64_t count) {
    *c = (struct connection){.fd = dial(path), .first = index * load->lines.count / count};
    listen_for(load->poll, EPOLL_CTL_ADD, c->fd, 0, c);
}

/* Takes the next lines that lie in one piece. */
static void begin(struct connection *c, const struct load *load) {
    uint64_t count = c->wanted - c->begun;
    if (count > load->lines.ahead)
        count = load->lines.ahead;
    c->remaining = lines_at(&load->lines, c->first + c->begun, count, &c->remaining_length);
    c->begun += count;
}

static void set_blocked(struct connection *c, struct load *load, int blocked) {
    if (c->blocked == blocked)
        return;
    c->blocked = blocked;
    listen_for(load->poll, EPOLL_CTL_MOD, c->fd, blocked, c);
}

void connection_push(struct connection *c, struct load *load) {
    while (c->remaining_length > 0 || c->begun < c->wanted) {
        if (c->remaining_length == 0)
            begin(c, load);
        ssize_t sent = send(c->fd, c->remaining, c->remaining_length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            return set_blocked(c, load, 1);
        if (sent < 0)
            die("send");
        c->remaining += sent;
        c->remaining_length -= (size_t)sent;
    }
    set_blocked(c, load, 0);
}

/* Compares the beginning of the present reply, as far as it is there. */
static void compare(struct connection *c, const struct load *load, const char *at, const char *end) {
    size_t length = load->expected_length - c->matched;
    if (length > (size_t)(end - at))
        length = (size_t)(end - at);
    if (memcmp(at, load->expected + c->matched, length) != 0)
        c->differs = 1;
    c->matched += length;
}

uint64_t connection_take(struct connection *c, struct load *load) {
    static char input[1 << 18];
    ssize_t got = recv(c->fd, input, sizeof input, 0);
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got < 0)
        die("recv");
    if (got == 0)
        fail("load: the server ended a connection");
    uint64_t before = c->answered;
    const char *end = input + got;
    for (const char *at = input, *newline; at < end; at = newline + 1) {
        compare(c, load, at, end);
        newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL)
            break;
        c->answered++;
        load->refused += (uint64_t)(c->differs || c->matched < load->expected_length);
        c->matched = 0;
        c->differs = 0;
    }
    return c->answered - before;
}
