"""Retries that respect breakers, in either order.

@retry(retry=retry_if_not_open(), stop=stop_after_attempt(3))
@payments
def pay(): ...            # each attempt is a call; the first refusal ends the retries

@payments
@retry(stop=stop_after_attempt(3))
def pay(): ...            # all attempts together are one call
"""

from __future__ import annotations

from typing import Optional

from tenacity import RetryCallState, retry_if_exception
from tenacity.wait import wait_base, wait_none

from ..errors import CircuitOpen

__all__ = ["retry_if_not_open", "wait_retry_after"]


def _wait(error: Optional[BaseException]) -> Optional[float]:
    """What a refusal, of whichever of the APIs, says of how long to stay away."""
    for name in ("retry_after", "time_remaining"):
        wait = getattr(error, name, None)
        if isinstance(wait, (int, float)):
            return float(wait)
    return None


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, CircuitOpen) or type(error).__name__ == "CircuitBreakerError"


def retry_if_not_open() -> retry_if_exception:
    """Retries any error but a refusal: while the breaker is open no attempt can succeed."""
    return retry_if_exception(lambda error: isinstance(error, Exception) and not _is_refusal(error))


class wait_retry_after(wait_base):
    """Waits as long as the error asks for (`retry_after`, in seconds), at most `max` seconds; else as
    `otherwise`."""

    def __init__(self, otherwise: Optional[wait_base] = None, max: float = 60) -> None:
        self._otherwise = otherwise or wait_none()
        self._max = max

    def __call__(self, retry_state: RetryCallState) -> float:
        outcome = retry_state.outcome
        wait = _wait(outcome.exception()) if outcome is not None and outcome.failed else None
        return float(self._otherwise(retry_state)) if wait is None else min(wait, self._max)
