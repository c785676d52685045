"""Checks the rules of the house that no formatter knows: sizes, width, imports between modules, words.

Prints one line a fault, `path:line: what`, and exits 1 when there is any.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).resolve().parent.parent

FILE_LINES = 400
FUNCTION_LINES = 60
LINE_WIDTH = 110
#: A file of the daemon's executable holds flags and one call; logic belongs in BreakerServer.
EXECUTABLE_FILE_LINES = 150

JAVASCRIPT_SUFFIXES = {".js", ".mjs", ".cjs", ".ts"}
CODE_SUFFIXES = {".swift", ".py", ".sh", ".c", ".h"} | JAVASCRIPT_SUFFIXES
FORBIDDEN_WORDS = re.compile(r"\bTO" r"DO\b|\bFIX" r"ME\b|\btry" r"!|\bfatal" r"Error\(")

#: What comes with the toolchain and opens no door between modules.
TOOLCHAIN = {"Synchronization", "Dispatch", "Glibc", "Musl", "Darwin"}
#: The modules that each module may import. One that is not named here may import anything.
ALLOWED_IMPORTS = {
    "BreakerCore": set(),
    "BreakerWire": {"BreakerCore", "NIOCore"},
    "BreakerStore": {"BreakerCore", "DequeModule", "GRDB", "GRDBSQLite", "Foundation"} | TOOLCHAIN,
    "BreakerClient": {"BreakerCore", "BreakerWire", "NIOCore", "NIOPosix", "DequeModule"}
    | {"Logging", "Metrics", "Tracing"}
    | TOOLCHAIN,
    # For users' tests: the one module that may know both sides.
    "BreakerClientTesting": {"BreakerClient", "BreakerServer"} | TOOLCHAIN,
    "BreakerGzip": {"CZlib", "NIOCore"},
    # Not Foundation: the daemon is resident for as long as its machine is up.
    "BreakerWeb": {"BreakerGzip", "BreakerServer", "BreakerWire", "Hummingbird", "HummingbirdCore", "HTTPTypes"}
    | {"Logging", "NIOCore", "NIOHTTPTypes", "NIOPosix", "ServiceLifecycle"}
    | TOOLCHAIN,
    "BreakerTelemetry": {"BreakerCore", "BreakerGzip", "BreakerServer", "BreakerStore", "BreakerWire"}
    | {"AsyncHTTPClient", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL"}
    | TOOLCHAIN,
    "BreakerNotify": {"BreakerCore", "BreakerServer", "BreakerStore", "BreakerWire"}
    | {"AsyncHTTPClient", "Crypto", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix"}
    | TOOLCHAIN,
    "breakerd": {"BreakerNotify", "BreakerServer", "BreakerTelemetry", "BreakerWeb"}
    | {"ArgumentParser", "Foundation"}
    | TOOLCHAIN,
    "breakerctl": {"BreakerClient", "ArgumentParser", "Foundation"}
    | {"NIOCore", "NIOPosix", "Histogram", "UnixSignals"}
    | TOOLCHAIN,
}
FORBIDDEN_IMPORTS = {"BreakerServer": {"BreakerClient"}}

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(\w+)"
)
FUNCTION = re.compile(r"(?:^|\s)(?:func\s+[^\s(<]+|init[?!]?\s*[(<]|deinit\b|subscript\s*[(<])")
#: What comes before the brace of a function in JavaScript: an arrow, or parameters.
JAVASCRIPT_FUNCTION = re.compile(r"=>\s*$|\)\s*$")
JAVASCRIPT_STATEMENT = re.compile(r"^\s*(?:\}\s*)?(?:else\s+)?(?:if|for|while|switch|catch|with)\b")
JAVASCRIPT_LITERALS = re.compile(
    r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|(?<=[(,=:\[!&|?{};\n ])/(?![*/ ])(?:\\.|\[(?:\\.|[^\]])*\]|[^/\\\n])+/|//[^\n]*|/\*[\s\S]*?\*/"""
)
#: What may hold a brace that closes no block. String interpolations balance their own.
LITERALS = re.compile(r'"(?:\\.|[^"\\])*"|//.*$')


class Fault(NamedTuple):
    path: Path
    line: int
    what: str


def tracked_files() -> list[Path]:
    """Every file of the tree that git knows or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for path in map(ROOT.joinpath, listing.splitlines()) if path.is_file()]


def is_code(path: Path) -> bool:
    inside = path.relative_to(ROOT).parts[0] in {"scripts", ".ci"}
    return path.suffix in CODE_SUFFIXES or (inside and path.suffix == "")


def module_of(path: Path) -> str | None:
    """The module under Sources/ that a file belongs to."""
    parts = path.relative_to(ROOT).parts
    return parts[1] if len(parts) > 2 and parts[0] == "Sources" else None


def size_faults(path: Path, lines: list[str]) -> Iterator[Fault]:
    cap = EXECUTABLE_FILE_LINES if module_of(path) == "breakerd" else FILE_LINES
    if len(lines) > cap:
        yield Fault(path, len(lines), f"{len(lines)} lines; at most {cap}")
    for number, line in enumerate(lines, 1):
        # A sentence or a line of the wire in quotes reads better whole than broken.
        if len(line) > LINE_WIDTH and '"' not in line:
            yield Fault(path, number, f"{len(line)} columns; at most {LINE_WIDTH}")


def word_faults(path: Path, lines: list[str]) -> Iterator[Fault]:
    for number, line in enumerate(lines, 1):
        if found := FORBIDDEN_WORDS.search(line):
            yield Fault(path, number, f"{found.group()} does not belong in the tree")


def import_faults(path: Path, lines: list[str]) -> Iterator[Fault]:
    module = module_of(path)
    allowed = ALLOWED_IMPORTS.get(module or "")
    forbidden = FORBIDDEN_IMPORTS.get(module or "", set())
    for number, line in enumerate(lines, 1):
        found = IMPORT.match(line)
        if found is None:
            continue
        name = found.group(1)
        if name in forbidden or (allowed is not None and name not in allowed):
            yield Fault(path, number, f"{module} may not import {name}")


def swift_function_faults(path: Path, lines: list[str]) -> Iterator[Fault]:
    """Measures each function from its declaration to the line of its closing brace."""
    open_functions: list[tuple[int, int]] = []  # (line of the declaration, depth outside its body)
    declared: int | None = None
    depth = 0
    in_text = False
    for number, line in enumerate(lines, 1):
        in_text, code = without_literals(line, in_text)
        if FUNCTION.search(code):
            declared = number  # A protocol's requirement before it had no body, and is forgotten.
        for character in code:
            if character == "{":
                if declared is not None:
                    open_functions.append((declared, depth))
                    declared = None
                depth += 1
            elif character == "}":
                depth -= 1
                declared = None
                if open_functions and open_functions[-1][1] == depth:
                    start, _ = open_functions.pop()
                    yield from long_function(path, start, number)


def without_literals(line: str, in_text: bool) -> tuple[bool, str]:
    """A line without its strings and comments, and whether a multi-line string goes on after it."""
    pieces = line.split('"""')
    kept = [piece for index, piece in enumerate(pieces) if (index % 2 == 0) != in_text]
    return in_text ^ (len(pieces) % 2 == 0), LITERALS.sub("", " ".join(kept))


def javascript_function_faults(path: Path, lines: list[str]) -> Iterator[Fault]:
    """As for Swift. Braces of objects are balanced, and open no function."""
    opened: list[tuple[int, bool]] = []  # (line of the brace, whether it opens a function)
    code = JAVASCRIPT_LITERALS.sub(lambda found: "\n" * found.group().count("\n"), "\n".join(lines))
    for number, line in enumerate(code.split("\n"), 1):
        for place, character in enumerate(line):
            if character == "{":
                head = line[:place]
                is_function = JAVASCRIPT_FUNCTION.search(head) and not JAVASCRIPT_STATEMENT.search(head)
                opened.append((number, bool(is_function)))
            elif character == "}" and opened:
                start, is_function = opened.pop()
                if is_function:
                    yield from long_function(path, start, number)


def python_function_faults(path: Path, lines: list[str]) -> Iterator[Fault]:
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from long_function(path, node.lineno, node.end_lineno or node.lineno)


def long_function(path: Path, start: int, end: int) -> Iterator[Fault]:
    if end - start + 1 > FUNCTION_LINES:
        yield Fault(path, start, f"a function of {end - start + 1} lines; at most {FUNCTION_LINES}")


def faults(path: Path) -> Iterator[Fault]:
    lines = path.read_text("utf-8").splitlines()
    yield from size_faults(path, lines)
    if path != Path(__file__).resolve():
        yield from word_faults(path, lines)
    if path.suffix == ".swift":
        yield from import_faults(path, lines)
        yield from swift_function_faults(path, lines)
    if path.suffix in JAVASCRIPT_SUFFIXES:
        yield from javascript_function_faults(path, lines)
    if path.suffix == ".py":
        yield from python_function_faults(path, lines)


def main() -> int:
    found = [fault for path in tracked_files() if is_code(path) for fault in faults(path)]
    for fault in found:
        print(f"{fault.path.relative_to(ROOT)}:{fault.line}: {fault.what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
