#define _GNU_SOURCE
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

void die(const char *what) {
    perror(what);
    exit(1);
}

void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

void usage(const char *text) {
    fputs(text, stderr);
    exit(2);
}

uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int dial(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fail("the socket's path is too long");
    }
    strcpy(address.sun_path, path);
    /* Blocking while it connects: where the queue of the listener is full, it waits. */
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die(path);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        die("fcntl");
    return fd;
}

void listen_for(int poll, int operation, int fd, int blocks, void *owner) {
    struct epoll_event event = {.events = EPOLLIN | (blocks ? EPOLLOUT : 0), .data.ptr = owner};
    if (epoll_ctl(poll, operation, fd, &event) < 0)
        die("epoll_ctl");
}

uint64_t integer(const char *option, const char *text, uint64_t most) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != 0 || errno != 0 || number > most) {
        fprintf(stderr, "%s takes an integer up to %llu, not %s\n", option, (unsigned long long)most, text);
        exit(2);
    }
    return number;
}

void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL)
        die("memory");
    return memory;
}
