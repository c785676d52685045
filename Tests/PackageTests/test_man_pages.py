"""The man pages say all that the programs take, and nothing else about how they end."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest
from support.daemon import default_binary

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = CHECKOUT / "packaging" / "man"
BREAKERCTL = Path(os.environ.get("BREAKERCTL_BINARY") or default_binary().with_name("breakerctl"))

NAMES = ("breakerd.8", "breakerctl.1", "breakerd.yaml.5")


def source(page: str) -> str:
    return (PAGES / page).read_text("utf-8")


def section(page: str, name: str) -> str:
    """The lines of one section of a page."""
    found = re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", source(page), re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no section {name}"
    return found.group(1)


def flags(text: str) -> set[str]:
    """The long flags that mdoc source names: `Fl -listen` is --listen."""
    return {f"--{name}" for name in re.findall(r"\bFl -([a-z-]+)", text)}


def command_tree(binary: Path) -> dict[str, Any]:
    """A program's own description of its command line."""
    dump = subprocess.run([binary, "--experimental-dump-help"], check=True, capture_output=True, text=True)
    return json.loads(dump.stdout)["command"]


def own_flags(command: dict[str, Any]) -> set[str]:
    """The long flags of one command, without those of its subcommands."""
    names = [name for argument in command.get("arguments", []) for name in argument.get("names", [])]
    return {f"--{name['name']}" for name in names if name["kind"] == "long"}


def leaves(command: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subcommand that does something, by its full name: `policy set`."""
    for child in command.get("subcommands", []):
        name = f"{path} {child['commandName']}".strip()
        if name == "help":
            continue
        if any(grandchild["commandName"] != "help" for grandchild in child.get("subcommands", [])):
            yield from leaves(child, name)
        else:
            yield name, child


@pytest.mark.parametrize("page", NAMES)
def test_no_formatter_has_anything_to_say_about_a_page(page: str) -> None:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}
    for command in (
        ["man", "--warnings", "--local-file", PAGES / page],
        ["groff", "-wall", "-mdoc", "-Tutf8", "-z", PAGES / page],
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stderr == ""
    lint = subprocess.run(["mandoc", "-T", "lint", PAGES / page], capture_output=True, text=True, check=False)
    # The footer names the program and not the system that shows it; the other pages are not installed here.
    meant = re.compile("operating system explicitly specified|referenced manual not found")
    assert [line for line in lint.stdout.splitlines() if not meant.search(line)] == []


def test_the_daemons_page_names_its_flags_and_no_others() -> None:
    known = own_flags(command_tree(default_binary()))
    named = flags(source("breakerd.8"))
    assert known <= named, f"not in breakerd.8: {known - named}"
    assert named <= known | {"--version", "--help"}, f"no flags of breakerd: {named - known}"


def test_the_daemons_page_names_its_environment_variables() -> None:
    help_text = subprocess.run(
        [default_binary(), "--help"], check=True, capture_output=True, text=True
    ).stdout
    variables = set(re.findall(r"BREAKERD_[A-Z_]+", help_text))
    assert variables == set(re.findall(r"\.It Ev (BREAKERD_[A-Z_]+)", source("breakerd.8")))


def entries() -> dict[str, str]:
    """The text of each subcommand in breakerctl.1, with that of the notes that its heading refers to."""
    described: dict[str, str] = {}
    for name in ("LOOKING", "STEERING", "RULES", "THE DAEMON"):
        subcommands, _, notes = section("breakerctl.1", name).partition("Each\n.Ar note")
        for entry in re.split(r"^\.It Ic ", subcommands, flags=re.MULTILINE)[1:]:
            heading = entry.split("\n", 1)[0]
            words = re.split(r" (?:Ar|Op|Oo)\b", heading)[0]
            described[words] = entry + (notes if "Ar note" in heading else "")
    return described


def test_breakerctls_page_has_every_subcommand_with_its_flags() -> None:
    tree = command_tree(BREAKERCTL)
    described = entries()
    common = flags(section("breakerctl.1", "OPTIONS")) | {"--help", "--version"}
    known = dict(leaves(tree))
    assert set(described) == set(known)
    for name, command in known.items():
        own = own_flags(command) - common
        assert own <= flags(described[name]), f"{name}: {own - flags(described[name])} not described"
    of_any = set().union(*(own_flags(command) for command in known.values()))
    named = flags(source("breakerctl.1").replace("Ql breakerd --restore", ""))
    assert named <= of_any | {"--version", "--help", "--generate-completion-script"}


def configuration_keys() -> set[str]:
    """Every key of the file: of the example, whose tests know that it is complete, without its comments."""
    example = (CHECKOUT / "docs" / "breakerd.example.yaml").read_text("utf-8")
    return set(re.findall(r"^(?:# )? *(?:- )?([a-z_]+):(?: |$)", example, re.MULTILINE))


def test_the_files_page_has_every_key_and_no_others() -> None:
    shown = subprocess.run(
        [default_binary(), "--print-config"], check=True, capture_output=True, text=True
    ).stdout
    printed = {name.split(".")[-1] for name in re.findall(r"^([a-z_.]+)", shown, re.MULTILINE)}
    described = set(re.findall(r"^\.It Cm ([a-z_]+)", source("breakerd.yaml.5"), re.MULTILINE))
    assert printed - {"manual_clock"} <= described, "what --print-config prints"
    assert described == configuration_keys()


def codes_of_page(page: str) -> set[int]:
    return {int(code) for code in re.findall(r"^\.It (\d+)$", section(page, "EXIT STATUS"), re.MULTILINE)}


def codes_of_table(document: str, heading: str) -> set[int]:
    """The codes in the first column of the table under a heading or head row."""
    text = (CHECKOUT / "docs" / document).read_text("utf-8")
    table = text[text.index(heading) :]
    rows = re.search(r"(?:^\|.*\n)+", table, re.MULTILINE)
    assert rows, document
    return {int(code) for code in re.findall(r"^\| (\d+) \|", rows.group(), re.MULTILINE)}


def test_exit_codes_are_those_of_the_documents() -> None:
    assert codes_of_page("breakerd.8") == codes_of_table("operations.md", "## Exit codes")
    assert codes_of_page("breakerctl.1") == codes_of_table("breakerctl.md", "| exit status |")
