"""Celery: tasks that wait for an open breaker instead of failing.

    @app.task(base=BreakerTask, breaker="payments", bind=True)
    def pay(self, order): ...

While the breaker is open the task is retried when it lets calls pass again, without using up `max_retries`.
"""

from __future__ import annotations

from typing import Any, Optional

from celery import Task
from celery.exceptions import Ignore, Reject, Retry
from celery.signals import worker_process_shutdown

from ..client import Client, close_all, default_client
from ..errors import CircuitOpen
from .problem import retry_seconds

__all__ = ["BreakerTask"]


class BreakerTask(Task):  # type: ignore[misc]
    """A task's base. `breaker`: the breaker's name; None: the task's. `breaker_client`: None: the default
    client.

    `breaker_options`: of `Client.breaker`.
    """

    abstract = True
    breaker: Optional[str] = None
    breaker_client: Optional[Client] = None
    breaker_options: dict[str, Any] = {}  # noqa: RUF012

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        client = self.breaker_client or default_client()
        breaker = client.breaker(self.breaker or self.name, **self.breaker_options)
        try:
            permit = breaker.acquire()
        except CircuitOpen as error:
            if self.request.called_directly or self.request.is_eager:
                # There is nobody who could come back to it.
                raise
            raise self._later(error) from error
        try:
            result = super().__call__(*args, **kwargs)
        except (Retry, Ignore, Reject) as control:
            cause = getattr(control, "exc", None)
            if isinstance(cause, Exception):
                permit.fail(cause)
            else:
                permit.ignore()
            raise
        except BaseException as error:
            permit.fail(error)
            raise
        permit.succeed()
        return result

    def _later(self, error: CircuitOpen) -> Retry:
        """Has it run again when the breaker lets calls pass. It has not failed: its retries count as
        before."""
        wait = retry_seconds(error)
        signature = self.signature_from_request(countdown=wait, retries=self.request.retries)
        signature.apply_async()
        return Retry(exc=error, when=wait, sig=signature)


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _tell(**_: Any) -> None:
    """A worker's child ends without `atexit`."""
    close_all()
