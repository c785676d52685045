/* What the programs of this folder share. Each is one thread on epoll. */
#ifndef COMMON_H
#define COMMON_H

#include <stddef.h>
#include <stdint.h>

/* Says what failed, with errno, and ends the program with 1. */
_Noreturn void die(const char *what);

/* Says what went wrong where errno knows nothing of it, and ends the program with 1. */
_Noreturn void fail(const char *what);

/* Says how the program is used and ends it with 2. */
_Noreturn void usage(const char *text);

/* The monotonic clock, in nanoseconds. */
uint64_t now_ns(void);

/* A connection to a Unix socket, not blocking. */
int dial(const char *path);

/* Takes part in an epoll set for reading, and for writing as well where it `blocks`. */
void listen_for(int poll, int operation, int fd, int blocks, void *owner);

/* An integer of the command line from 0 to `most`; anything else ends the program with 2. */
uint64_t integer(const char *option, const char *text, uint64_t most);

/* Memory, or the end of the program. */
void *allocate(size_t count, size_t size);

#endif
