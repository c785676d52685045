"""`manage.py breakers`: lists breakers, and moves them."""

from __future__ import annotations

import getpass
from typing import Any, Dict

from django.core.management.base import BaseCommand, CommandError, CommandParser

from breakerd import DaemonError

from ...client import client


class Command(BaseCommand):
    """Without arguments it lists; `trip NAME`, `reset NAME`, `open NAME`, `disable NAME`, `auto NAME`
    move."""

    help = "Lists the fleet's breakers, or moves one."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = ("list", "trip", "reset", "open", "closed", "disabled", "auto")
        parser.add_argument("command", nargs="?", default="list", choices=commands)
        parser.add_argument("breaker", nargs="?", help="a name; for list a glob")
        parser.add_argument("--reason", help="why, for the history")
        parser.add_argument("--seconds", type=float, help="for how long")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises `CommandError` where the daemon refuses or is away."""
        try:
            self._handle(options)
        except DaemonError as error:
            raise CommandError(str(error)) from error

    def _handle(self, options: Dict[str, Any]) -> None:
        command, name = options["command"], options["breaker"]
        if command == "list":
            self._list(name)
            return
        if name is None:
            raise CommandError(f"{command} needs the name of a breaker")
        admin, who = client().admin, {"actor": getpass.getuser(), "reason": options["reason"]}
        if command == "trip":
            reply = admin.trip(name, seconds=options["seconds"], **who)
        elif command == "reset":
            reply = admin.reset(name, **who)
        else:
            reply = admin.override(name, command, ttl=options["seconds"], **who)
        self.stdout.write(f"{name} is {reply['state']} at generation {reply['generation']}")

    def _list(self, match: Any) -> None:
        cursor = None
        while True:
            page = client().admin.list(match=match, limit=1_000, cursor=cursor)
            for breaker in page["breakers"]:
                window = breaker["window"]
                forced = f" ({breaker['override']['mode']})" if "override" in breaker else ""
                self.stdout.write(
                    f"{breaker['breaker']}  {breaker['state']}{forced}  "
                    f"{window['failures']} of {window['calls']} calls failed"
                )
            cursor = page["cursor"]
            if cursor is None:
                return
