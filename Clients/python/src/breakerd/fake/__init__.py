"""A daemon in memory, for users' tests where there is no binary: every operation of the protocol, under a manual
clock, over real sockets. It passes the protocol's vectors but for those about files and processes."""

from .server import FakeServer

__all__ = ["FakeServer"]
