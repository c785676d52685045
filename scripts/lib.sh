# shellcheck shell=bash
# What the scripts share. Sourced, never run: the caller has set -euo pipefail.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export HOME="${HOME:-/root}"
export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}"
# What administers a system is not on everybody's PATH.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# The toolchain may lie outside a minimal PATH.
find_swift() {
    command -v swift >/dev/null && return
    local folder
    for folder in /opt/swift/usr/bin "$HOME/.local/share/swiftly/bin" /usr/libexec/swift/bin; do
        if [ -x "$folder/swift" ]; then
            export PATH="$folder:$PATH"
            return
        fi
    done
    fail "no swift found: install Swift 6.3 or later (https://www.swift.org/install) and put it on PATH"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "need root to run: $* (no sudo here; install it by hand)"
    fi
}

# install_packages NAME…: installs those of the Debian packages that are missing.
install_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq -o Acquire::Retries=3 --no-install-recommends "${missing[@]}" >/dev/null
}

# install_idle NAME…: the same, and the services that they bring are not started: tests run their own, on
# ports of their own. A machine with systemd starts them when it boots, until `systemctl disable` says
# otherwise.
install_idle() (
    policy=/usr/sbin/policy-rc.d
    if ! dpkg-query -W "$@" >/dev/null 2>&1 && [ ! -e "$policy" ]; then
        trap 'as_root rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    install_packages "$@"
)

# What building needs besides the toolchain. Elsewhere than on Debian it is the reader's to install.
install_build_packages() {
    if command -v dpkg-query >/dev/null; then
        install_packages libsqlite3-dev zlib1g-dev
    fi
}

# make_venv FOLDER: a virtual environment there, unless it has one.
make_venv() {
    "$1/bin/python" -m pip --version >/dev/null 2>&1 && return
    rm -rf "$1"
    python3 -m venv "$1" 2>/dev/null || {
        rm -rf "$1"
        python3 -m pip install --quiet --user virtualenv
        python3 -m virtualenv --quiet "$1"
    }
}

# pip_install FOLDER ARGUMENT…: installs into a virtual environment.
pip_install() {
    local folder=$1
    shift
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --retries 5 "$@"
}

# install_client FOLDER: the Python client, as it is in this checkout, and what FOLDER/requirements.txt asks
# for, into FOLDER/.venv; once for each state of that file.
install_client() {
    make_venv "$1/.venv"
    cmp -s "$1/requirements.txt" "$1/.venv/installed" && return
    pip_install "$1/.venv" --requirement "$1/requirements.txt" --editable "$root/Clients/python"
    cp "$1/requirements.txt" "$1/.venv/installed"
}

# prepare_python: a virtual environment in .venv with what the Python suites import.
prepare_python() {
    make_venv "$root/.venv"
    local modules="pytest, jsonschema, referencing, schemathesis, selenium, prometheus_client, opentelemetry.proto, trustme"
    "$root/.venv/bin/python" -c "import $modules" 2>/dev/null ||
        pip_install "$root/.venv" --requirement "$root/Tests/requirements.txt"
}

# prepare_python_build: one in .build/python-build with what builds the Python client: PyPI is asked once.
prepare_python_build() {
    local folder=$root/.build/python-build
    [ ! -e "$folder/installed" ] || return 0
    make_venv "$folder"
    pip_install "$folder" 'build>=1.2' 'setuptools>=77'
    touch "$folder/installed"
}

# install_node: Node.js, where it is missing. Debian 12 has Node.js 18.
install_node() {
    if ! command -v node >/dev/null && command -v dpkg-query >/dev/null; then
        install_packages nodejs
    fi
    command -v node >/dev/null || fail "no node found: install Node.js 18 or later"
}

# prepare_node: Node.js and the TypeScript compiler, where they are missing, and what its tests use.
prepare_node() {
    install_node
    if command -v dpkg-query >/dev/null; then
        command -v tsc >/dev/null || install_packages node-typescript
        install_packages node-express node-connect node-undici
    fi
    command -v tsc >/dev/null || fail "no tsc found: install TypeScript 4.8 or later"
}

# node_types: the folder with the type declarations of Node.js. Debian's package has them; where Node.js is
# from elsewhere, they are taken out of that package.
node_types() {
    local system=/usr/share/nodejs/@types own="$root/.build/node-types" version
    if [ -d "$system/node" ]; then
        echo "$system"
        return
    fi
    if [ ! -d "$own/root/usr/share/nodejs/@types/node" ]; then
        mkdir -p "$own"
        version=$(debian_nodejs)
        if [ -z "$version" ]; then
            as_root apt-get update -qq >&2
            version=$(debian_nodejs)
        fi
        (cd "$own" && apt-get download -qq "nodejs=$version" >&2 && dpkg-deb -x nodejs_*.deb root && rm nodejs_*.deb)
    fi
    echo "$own/root/usr/share/nodejs/@types"
}

# debian_nodejs: the newest version of nodejs that Debian itself has.
debian_nodejs() { apt-cache madison nodejs | awk '$3 ~ /dfsg/ { print $3; exit }'; }

# prepare_python_client: the same in Clients/python/.venv for the Python client's tests.
prepare_python_client() { install_client "$root/Clients/python"; }

# prepare_bench: what scripts/bench measures the clients with: Node.js, and the Python client with its peers
# in Benchmarks/python/.venv.
prepare_bench() {
    install_node
    install_client "$root/Benchmarks/python"
}

# build_release ARGUMENT…: swift build, as it is tested, measured and packaged: with Swift's runtime in the
# binaries, so that they run where no Swift is. The package itself makes warnings in its own code errors.
build_release() {
    swift build --package-path "$root" --configuration release --static-swift-stdlib "$@"
}

# release_folder: where build_release puts what it builds.
release_folder() {
    build_release --show-bin-path
}

# step NAME COMMAND…: runs one step and prints how long it took.
step() {
    local name=$1 started=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@"
    printf '== %s: %d s\n' "$name" $((SECONDS - started))
}

# swift_folders: the folders and files at the root that hold our Swift, one a line.
swift_folders() {
    local name
    for name in Package.swift Sources Tests Examples Benchmarks; do
        [ -e "$root/$name" ] && echo "$name"
    done
    return 0
}
