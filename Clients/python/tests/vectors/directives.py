"""What the directives of a client vector do."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List

from client_vector_file import Line

from breakerd import CircuitOpen
from breakerd.core.policy import MILLISECOND
from breakerd.link.connection import Phase

from .calls import raised
from .runner import Call, VectorRunner, cancelled_while_asking

KINDS = ("success", "failure", "timeout", "ignored", "rejected", "slow")


def names(word: str) -> List[str]:
    """A word that names one breaker, or with `[1..3]` in it several."""
    base, bracket, bounds = word.partition("[")
    if not bracket:
        return [word]
    low, high = bounds.rstrip("]").split("..")
    return [f"{base}{number}" for number in range(int(low), int(high) + 1)]


# The connection


def _listen(runner: VectorRunner, line: Line) -> None:
    runner.daemon.listen(line.words[0])


def _deaf(runner: VectorRunner, line: Line) -> None:
    runner.daemon.stop_listening(line.words[0])


def _accept(runner: VectorRunner, line: Line) -> None:
    accepted: List[str] = []

    def is_there() -> bool:
        endpoint = runner.daemon.accept()
        accepted.extend([] if endpoint is None else [endpoint])
        return bool(accepted)

    runner.eventually(is_there, "a connection")
    assert accepted == list(line.words[:1] or accepted)


def _greet(runner: VectorRunner, line: Line) -> None:
    _accept(runner, Line(line.place, "@accept", (), ""))
    runner.expect({"op": "hello", "...": True})
    runner.answers.greet(runner.value(line))
    _answer(runner, line)


def _mirror(runner: VectorRunner, line: Line) -> None:
    states: Dict[str, Any] = runner.value(line)
    runner.expect({"op": "watch", "id": {"$save": "watch"}, "breakers": sorted(states)}, anywhere=True)
    _answer(runner, line)
    head = {"watch": runner.saved["watch"], "revision": 1}
    for name, members in states.items():
        if members is not None:
            event = {**head, "event": "state", "breaker": name, **members}
            runner.answers.note(event)
            runner.daemon.connection().send(json.dumps(event))
    runner.daemon.connection().send(json.dumps({**head, "event": "synced", "policy_changes": 0}))


def _answer(runner: VectorRunner, line: Line) -> None:
    assert runner.last is not None
    runner.answer(runner.last)


def _policy(runner: VectorRunner, line: Line) -> None:
    runner.answers.policies[line.words[0]] = runner.value(line)


def _close(runner: VectorRunner, line: Line) -> None:
    before = runner.status().connections
    runner.daemon.connection().close()

    def is_noticed() -> bool:
        status = runner.status()
        return status.connections > before or status.phase not in (
            Phase.READY,
            Phase.GREETING,
            Phase.DRAINING,
        )

    runner.eventually(is_noticed, "the client to notice")


def _ended(runner: VectorRunner, line: Line) -> None:
    runner.eventually(lambda: runner.daemon.connection().is_ended, "the end of the connection")


def _alone(runner: VectorRunner, line: Line) -> None:
    assert runner.status().phase not in (Phase.READY, Phase.GREETING)
    assert not runner.daemon.has_waiting


def _quiet(runner: VectorRunner, line: Line) -> None:
    runner.expect_quiet()


# Time


def _advance(runner: VectorRunner, line: Line) -> None:
    runner.reactor.advance(int(line.words[0]) * MILLISECOND)


def _within(runner: VectorRunner, line: Line) -> None:
    left = int(line.words[0])
    while not runner.daemon.has_waiting and left > 0:
        runner.reactor.advance(min(left, 10) * MILLISECOND)
        runner.rest()
        left -= 10
    _accept(runner, Line(line.place, "@accept", (), ""))


def _freeze(runner: VectorRunner, line: Line) -> None:
    clock: Any = runner.reactor.clock
    clock.move(clock.now() + int(line.words[0]) * MILLISECOND)


# Calls


def _guard(runner: VectorRunner, line: Line) -> None:
    for name in names(line.words[0]):
        runner.guard(name, runner.value(line))


def _call(runner: VectorRunner, line: Line) -> None:
    label, name, expected = line.words
    asking = runner.status().asking
    call = runner.begin(name, label in cancelled_while_asking(runner.lines))
    runner.calls[label] = call
    if expected == "asks":
        runner.eventually(lambda: runner.status().asking > asking, "a question")
    else:
        _check(runner, call, expected, line)


def _check(runner: VectorRunner, call: Call, expected: str, line: Line) -> None:
    runner.eventually(lambda: call.decision is not None, f"a decision, {expected}")
    _compare(runner, call.decision, expected, line)


def _compare(runner: VectorRunner, decision: Any, expected: str, line: Line) -> None:
    if expected != "refused":
        assert decision == expected, f"expected {expected}, found {decision}"
        return
    assert isinstance(decision, CircuitOpen), f"expected a refusal, found {decision}"
    told: Dict[str, Any] = {"reason": decision.reason.value}
    if decision.retry_after is not None:
        told["retry_after_ms"] = decision.retry_after * 1000
    runner.refusals.append(decision)
    runner.match(runner.value(line), told)


def _decided(runner: VectorRunner, line: Line) -> None:
    _check(runner, runner.calls[line.words[0]], line.words[1], line)


def _end(runner: VectorRunner, line: Line) -> None:
    runner.calls[line.words[0]].end(line.words[1], runner.value(line))


def _calls(runner: VectorRunner, line: Line) -> None:
    count, word, outcome = line.words
    error = raised(outcome, runner.value(line))

    def body() -> None:
        if error is not None:
            raise error

    for name in names(word):
        for _ in range(int(count)):
            _once(runner, name, body)


def _once(runner: VectorRunner, name: str, body: Callable[[], None]) -> None:
    try:
        runner.breaker(name).call(body)
    except CircuitOpen as refusal:
        raise AssertionError(f"expected the call to be allowed, found {refusal}") from refusal
    except Exception:
        pass


def _refused(runner: VectorRunner, line: Line) -> None:
    runner.refusals = []
    for _ in range(int(line.words[0])):
        decision: Any = "allowed"
        try:
            runner.breaker(line.words[1]).call(lambda: None)
        except CircuitOpen as refusal:
            decision = refusal
        _compare(runner, decision, "refused", line)


def _differ(runner: VectorRunner, line: Line) -> None:
    assert len({refusal.retry_after for refusal in runner.refusals}) * 2 >= len(runner.refusals)


def _dropped(runner: VectorRunner, line: Line) -> None:
    assert runner.client.dropped == int(line.words[0]), f"{runner.client.dropped} dropped"


def _told(runner: VectorRunner, line: Line) -> None:
    expected = {kind: count for kind, count in runner.value(line).items() if count}
    told: Dict[str, int] = {}
    while sum(told.get(kind, 0) for kind in KINDS[:5]) < sum(expected.get(kind, 0) for kind in KINDS[:5]):
        runner.expect({"op": "report", "reports": "$any", "...": True}, anywhere=True)
        assert runner.last is not None
        for element in runner.last["reports"]:
            for kind in KINDS:
                if element.get(kind):
                    told[kind] = told.get(kind, 0) + element[kind]
        _answer(runner, line)
    assert told == expected


def _shutdown(runner: VectorRunner, line: Line) -> None:
    runner.begin_shutdown()


def _down(runner: VectorRunner, line: Line) -> None:
    runner.await_shutdown()


DIRECTIVES: Dict[str, Callable[[VectorRunner, Line], None]] = {
    "client": lambda runner, line: None,
    "listen": _listen,
    "deaf": _deaf,
    "accept": _accept,
    "greet": _greet,
    "mirror": _mirror,
    "answer": _answer,
    "policy": _policy,
    "close": _close,
    "ended": _ended,
    "alone": _alone,
    "quiet": _quiet,
    "advance": _advance,
    "within": _within,
    "freeze": _freeze,
    "guard": _guard,
    "call": _call,
    "decided": _decided,
    "end": _end,
    "calls": _calls,
    "refused": _refused,
    "differ": _differ,
    "dropped": _dropped,
    "told": _told,
    "shutdown": _shutdown,
    "down": _down,
}
