"""The application: its name, and what `manage.py check` looks at."""

from __future__ import annotations

from typing import Any, List

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from .client import ARGUMENTS, OTHERS, make_client


class BreakerdConfig(AppConfig):
    """Found by Django in `INSTALLED_APPS`."""

    name = "breakerd.contrib.django"
    label = "breakerd"
    verbose_name = "breakerd"

    def ready(self) -> None:
        """Registers the check."""
        checks.register(check_settings)


def check_settings(app_configs: Any = None, **_: Any) -> List[checks.CheckMessage]:
    """Settings that are wrong, without connecting."""
    configured = getattr(settings, "BREAKERD", {})
    if not isinstance(configured, dict):
        return [checks.Error("BREAKERD must be a dictionary", id="breakerd.E001")]
    unknown = sorted(set(configured) - set(ARGUMENTS) - set(OTHERS))
    found: List[checks.CheckMessage] = [
        checks.Error(
            f"BREAKERD has a setting {name!r} that does not exist",
            hint=f"There are {', '.join((*ARGUMENTS, *OTHERS))}.",
            id="breakerd.E002",
        )
        for name in unknown
    ]
    try:
        make_client()
    except (TypeError, ValueError) as error:
        found.append(checks.Error(f"BREAKERD: {error}", id="breakerd.E003"))
    return found
