"""What a guarded call asks, as bytes: written once, and recognised when the daemon answers as it did before.

Most answers to a strict call are the same but for their id. Comparing bytes costs a tenth of reading JSON.
"""

from __future__ import annotations

from typing import Any, Dict

from . import wire

_ID = b'"id":0'
_USUAL = {"id", "ok", "allowed", "state", "generation"}


class Question:
    """`acquire` for one breaker. `fields`: its members besides `op` and `id`."""

    __slots__ = ("_head", "_tail", "_usual", "breaker", "fields")

    def __init__(self, fields: Dict[str, Any]) -> None:
        self.fields = fields
        self.breaker: str = fields["breaker"]
        # A breaker's name holds no quotes: this is the id.
        head, _, self._tail = wire.encode({"op": "acquire", "id": 0, **fields}).partition(_ID)
        self._head = head + _ID[:-1]
        #: How the usual answer goes on after its id, and its generation.
        self._usual = (b"", 0)

    def line(self, number: int) -> bytes:
        """Under an id."""
        return b"%b%d%b" % (self._head, number, self._tail)

    def generation(self, number: int, data: bytes) -> int:
        """Of the closed breaker that lets the call pass, if this is the usual answer, whole and alone; 0: it is
        not."""
        rest, generation = self._usual
        return generation if data == b'{"id":%d%b' % (number, rest) else 0

    def learn(self, number: int, data: bytes, reply: Dict[str, Any]) -> None:
        """Takes an answer that lets a call pass a closed breaker, and says nothing else, as the usual one."""
        head = b'{"id":%d,' % number
        is_alone = data.startswith(head) and data.find(b"\n") == len(data) - 1
        if is_alone and reply.keys() == _USUAL and reply["allowed"] is True and reply["state"] == "closed":
            self._usual = (data[len(head) - 1 :], wire.integer(reply, "generation"))
