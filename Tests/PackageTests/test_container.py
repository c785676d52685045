"""The Dockerfile, as far as it can be tested without an engine: read as text, and its last stage played in a root.

Also the package where no systemd runs, which is how many containers get it.
"""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
from pathlib import Path
from typing import Iterator, NamedTuple

from debian import play
from making import Package
from support.daemon import default_binary

CHECKOUT = Path(__file__).resolve().parents[2]

KNOWN = set("FROM SHELL WORKDIR COPY RUN USER ENV EXPOSE VOLUME HEALTHCHECK ENTRYPOINT".split())


class Instruction(NamedTuple):
    word: str
    rest: str


def instructions(text: str) -> Iterator[Instruction]:
    """A Dockerfile's instructions, with lines joined and comments left out."""
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for line in re.sub(r"\\\n\s*", "", kept).splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield Instruction(word, rest.strip())


def stages() -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for instruction in instructions((CHECKOUT / "Dockerfile").read_text("utf-8")):
        if instruction.word == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def rests(stage: list[Instruction], word: str) -> list[str]:
    return [instruction.rest for instruction in stage if instruction.word == word]


def is_sent(path: str) -> bool:
    """Whether .dockerignore lets a path of the checkout through; its last matching line decides."""
    sent = True
    for line in (CHECKOUT / ".dockerignore").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.lstrip("!")
        parents = [path, *(str(parent) for parent in Path(path).parents)]
        if any(fnmatch.fnmatch(f"/{parent}", f"*/{pattern.replace('**/', '')}") for parent in parents):
            sent = line.startswith("!")
    return sent


def test_it_is_a_plain_build_of_two_stages() -> None:
    build, final = stages()
    assert {instruction.word for stage in (build, final) for instruction in stage} <= KNOWN
    assert rests(build, "FROM") == ["swift:6.3-bookworm AS build"]
    assert rests(final, "FROM") == ["debian:bookworm-slim"]


def test_it_builds_as_the_scripts_do() -> None:
    build, _ = stages()
    last = rests(build, "RUN")[-1]
    functions = (CHECKOUT / "scripts/lib.sh").read_text("utf-8")
    for name in re.findall(
        r"\b(build_release|release_folder|install_build_packages)\b", " ".join(rests(build, "RUN"))
    ):
        assert f"\n{name}() {{" in functions, name
    for product in ("breakerd", "breakerctl"):
        assert f"build_release --product {product}" in last
        assert f'"$(release_folder)/{product}"' in last


def test_everything_it_copies_is_there_and_is_sent_to_the_builder() -> None:
    build, final = stages()
    for rest in rests(build, "COPY"):
        for source in rest.split()[:-1]:
            assert (CHECKOUT / source).exists(), source
    assert rests(final, "COPY") == ["--from=build /programs/ /usr/bin/"]
    needed = ["Package.swift", "scripts/lib.sh", "Sources/breakerd/Breakerd.swift"]
    # Package.swift names folders that must be there, though their targets are not built.
    needed += re.findall(r'path: "([^"]+)"', (CHECKOUT / "Package.swift").read_text("utf-8"))
    needed += [f"Tests/{name}" for name in re.findall(r'testTarget\(\s*name: "([^"]+)"', package_manifest())]
    for path in needed:
        assert (CHECKOUT / path).exists() and is_sent(path), path
    for path in (".git/HEAD", ".build/release/breakerd", ".venv/bin/python", "README.md"):
        assert not is_sent(path), path


def package_manifest() -> str:
    return (CHECKOUT / "Package.swift").read_text("utf-8")


def test_the_debian_packages_that_it_installs_are_those_that_the_binaries_need(package: Package) -> None:
    _, final = stages()
    installed = re.search(r"apt-get install (.*?) &&", " ".join(rests(final, "RUN")))
    assert installed
    names = {word for word in installed.group(1).split() if not word.startswith("-")}
    # The slim image has libc and libgcc; they cannot be left out.
    assert names == set(package.depends()) - {"libc6", "libgcc-s1", "passwd"}
    for name in names:
        shown = subprocess.run(["apt-cache", "show", name], capture_output=True, text=True, check=False)
        assert shown.stdout.startswith("Package:"), f"no package {name}"


def test_it_runs_as_its_own_user_with_a_volume_a_port_and_a_health_check() -> None:
    _, final = stages()
    assert rests(final, "USER") == ["breakerd"]
    assert rests(final, "VOLUME") == ["/var/lib/breakerd"]
    assert rests(final, "EXPOSE") == ["2757 2758"]
    assert json.loads(rests(final, "ENTRYPOINT")[0]) == ["breakerd"]
    assert rests(final, "ENV") == ["BREAKERD_LISTEN=0.0.0.0:2757 BREAKERD_HTTP=0.0.0.0:2758"]
    assert rests(final, "HEALTHCHECK")[0].endswith('CMD ["breakerctl", "ping", "--timeout", "2s"]')


#: Starts what the container would start, and asks it as the health check does.
PLAY = """
as_user="setpriv --reuid {user} --regid {user} --init-groups"
$as_user env {variable} {entry} 2>/log &
tries=0
until $as_user {health}; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { cat /log; exit 1; }
    sleep 0.05
done
breakerctl --url tcp:127.0.0.1:2757 list --json
cat /log
stat --format '%U %A' /var/lib/breakerd/breakerd.sqlite
"""


def filled(script: str, **values: str) -> str:
    for name, value in values.items():
        script = script.replace(f"{{{name}}}", value)
    return script


def test_its_last_stage_makes_a_system_on_which_the_daemon_runs(debian: Path) -> None:
    _, final = stages()
    # The Debian's apt knows its packages already: no index is fetched, and none thrown away.
    steps = "\n".join(f"{{ {step}; }} || exit 1" for step in rests(final, "RUN"))
    steps = steps.replace("apt-get update", "true")
    said = play(
        debian,
        f"{steps}\ninstall /breakerd /breakerctl /usr/bin\n"
        + filled(
            PLAY,
            user=rests(final, "USER")[0],
            variable=rests(final, "ENV")[0],
            entry=" ".join(json.loads(rests(final, "ENTRYPOINT")[0])),
            health=" ".join(json.loads(rests(final, "HEALTHCHECK")[0].split("CMD ")[1])),
        ),
        default_binary(),
        default_binary().with_name("breakerctl"),
    )
    for address in ("tcp:0.0.0.0:2757", "http://0.0.0.0:2758", "unix:/run/breakerd/breakerd.sock"):
        assert f'"address":"{address}"' in said, address
    assert '"breakers":[]' in said
    assert said.splitlines()[-1] == "breakerd -rw-r--r--"


#: As in an image without systemd: the user is made by other means, and nothing is started.
WITHOUT_SYSTEMD = """
rm /usr/bin/systemd-sysusers /usr/bin/systemd-tmpfiles
apt-get install --yes --no-install-recommends /{package}
dpkg-reconfigure breakerd
getent passwd breakerd
stat --format 'state %U %A' /var/lib/breakerd
breakerd --config /etc/breakerd/breakerd.yaml --print-config
apt-get purge --yes breakerd
[ ! -e /var/lib/breakerd ] && [ ! -e /etc/breakerd ]
"""


def test_the_package_installs_and_goes_where_no_systemd_runs(debian: Path, newer_package: Package) -> None:
    said = play(debian, filled(WITHOUT_SYSTEMD, package=newer_package.path.name), newer_package.path)
    assert ":/var/lib/breakerd:/usr/sbin/nologin\n" in said
    assert "state breakerd drwxr-x---\n" in said
