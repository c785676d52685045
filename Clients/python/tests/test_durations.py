"""How long calls took: the ranges, and what a batch tells of them."""

from __future__ import annotations

from breakerd.core.durations import MILLISECONDS, Durations, bucket
from breakerd.core.policy import MILLISECOND
from breakerd.reports.element import MOST_DURATIONS, Element


def test_what_a_range_shows_is_within_2_percent_of_every_duration_in_it_and_stays_in_it() -> None:
    nanoseconds = 62_500.0
    while nanoseconds < 4e12:
        index = bucket(round(nanoseconds))
        shown = MILLISECONDS[index]
        # And it is rounded to the microsecond.
        assert abs(shown * MILLISECOND - nanoseconds) <= 0.02 * nanoseconds + 500, nanoseconds
        assert bucket(round(shown * MILLISECOND)) == index
        nanoseconds *= 1.003


def test_the_ends_of_what_is_told_apart() -> None:
    ends = [0.01, 0.0625, 4_300_000, 86_400_000]
    assert [bucket(round(ms * MILLISECOND)) for ms in ends] == [0, 1, 468, 468]
    assert MILLISECONDS[0] == 0.05


def test_calls_stand_by_range_the_shortest_first() -> None:
    durations, others = Durations(), Durations()
    durations.add([90 * MILLISECOND, 4 * MILLISECOND, 0])
    others.add([4 * MILLISECOND] * 2)
    durations.merge(others)
    assert durations.pairs() == [[4.077, 3], [88.767, 1]]


def test_single_durations_do_not_pile_up() -> None:
    durations = Durations()
    for _ in range(3):
        durations.add([5 * MILLISECOND] * Durations.MOST_UNSORTED)
    assert len(durations._unsorted) <= Durations.MOST_UNSORTED
    assert durations.pairs() == [[MILLISECONDS[bucket(5 * MILLISECOND)], 3 * Durations.MOST_UNSORTED]]


def test_of_more_ranges_than_a_batch_may_tell_the_longest_are_told() -> None:
    element = Element(1, 0)
    element.add_successes([round(ms * MILLISECOND) for ms in MILLISECONDS], 0)
    told = element.wire("a", is_stale=False)["durations"]
    assert len(told) == MOST_DURATIONS
    assert told[-1][0] == MILLISECONDS[-1]
