"""A client of breakerd, the shared circuit breaker daemon.

    from breakerd import Client, CircuitOpen

    client = Client()                      # BREAKERD_URL, else the daemon's default socket
    payments = client.breaker("payments")

    @payments
    def charge(order): ...

Importing it starts nothing and connects to nothing.
"""

from .breaker import Breaker
from .client import Client, default_client
from .core.machine import Outcome, Reason, State
from .errors import CallTimeout, CircuitOpen, DaemonError
from .lastgood import LastGood
from .listeners import Listener
from .operations import Operations
from .permit import Permit
from .stats import BreakerStats
from .version import __version__
from .watch import Watch

__all__ = [
    "Breaker",
    "BreakerStats",
    "CallTimeout",
    "CircuitOpen",
    "Client",
    "DaemonError",
    "LastGood",
    "Listener",
    "Operations",
    "Outcome",
    "Permit",
    "Reason",
    "State",
    "Watch",
    "__version__",
    "default_client",
]
