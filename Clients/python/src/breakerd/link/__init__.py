"""The connection to the daemon: lines, requests and their replies, the mirror, and the one thread that does
I/O."""
