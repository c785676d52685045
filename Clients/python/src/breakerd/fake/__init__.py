"""A daemon in memory, for users' tests where there is no binary: the operations that clients use, under a manual
clock, over a real socket. It passes the protocol's vectors that are about them."""

from .server import FakeServer

__all__ = ["FakeServer"]
