"""The rules of a breaker and of a client, without a clock, a socket, a thread or a log: time comes in,
verdicts go out. Instants and spans are integer nanoseconds of the client's clock."""
