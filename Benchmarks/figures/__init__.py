"""What `scripts/bench` measures: a module for each group of figures, and what they share."""

from __future__ import annotations

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
#: Daemons are started and asked by what the tests have for it.
sys.path.insert(0, str(CHECKOUT / "Tests"))
