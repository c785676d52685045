"""Looks at a daemon as so many browsers with the live page do: takes its events and throws them away.

    viewers.py HOST PORT COUNT PATH

Says `ready` when all of them have the present state, and goes on until it is ended.
"""

from __future__ import annotations

import os
import selectors
import socket
import sys

SYNCED = b"event: synced"


def main() -> None:
    # Browsers have machines of their own: what they do with what they are told is not to be measured. Only an
    # idle process makes way at once; a nice one first runs its turn to the end.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    # As browsers do. The state comes as it is either way, in blocks of its own.
    request = f"GET {sys.argv[4]} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    ready = selectors.DefaultSelector()
    waiting: dict[socket.socket, bytes] = {}
    for _ in range(count):
        viewer = socket.create_connection((host, port))
        viewer.sendall(request)
        ready.register(viewer, selectors.EVENT_READ)
        waiting[viewer] = b""
    buffer = bytearray(1 << 20)
    while True:
        for key, _ in ready.select():
            viewer = key.fileobj
            length = viewer.recv_into(buffer)
            if length == 0:
                raise SystemExit("a viewer was sent away")
            if viewer in waiting:
                waiting[viewer] += bytes(buffer[:length])
                if SYNCED in waiting[viewer]:
                    del waiting[viewer]
                    if not waiting:
                        print("ready", flush=True)


if __name__ == "__main__":
    main()
