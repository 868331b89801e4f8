#!/usr/bin/env bash
# Makes .venv from requirements.lock, with uv; the only step that runs before there is any Python of ours.
# With everything in place it costs one checksum.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${SLIPWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway}
uv_version=0.13.9
venv=$root/.venv
stamp=$venv/.slipway-lock

fail() {
    printf 'slipway set-up: %s\n' "$1" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

find_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    fail "no Python 3.11 to 3.13 is on PATH. Install one (Debian: apt-get install python3) and run again."
}

install_uv() {
    local target=$cache/uv/$uv_version python=$1
    if [ ! -x "$target/bin/uv" ]; then
        echo "installing uv $uv_version" >&2
        if ! "$python" -m pip --version >/dev/null 2>&1; then
            echo "installing pip (apt)" >&2
            { as_root apt-get update -qq && as_root apt-get install -y -qq --no-install-recommends python3-pip; } >&2 ||
                fail "uv needs pip, and apt could not install python3-pip. Install pip or uv, then run again."
            python=/usr/bin/python3
        fi
        rm -rf "$target.new" && mkdir -p "$target.new"
        "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
            --target "$target.new" "uv==$uv_version" >&2 ||
            fail "pip could not install uv $uv_version. Check that the Python package index can be reached."
        rm -rf "$target" && mv "$target.new" "$target"
    fi
    echo "$target/bin/uv"
}

wanted=$(cat "$root/requirements.lock" "$root/pyproject.toml" "${BASH_SOURCE[0]}" | sha256sum | cut -d ' ' -f 1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted $root" ] && [ -x "$venv/bin/slipway" ]; then
    exit 0
fi

echo "making the virtual environment" >&2
python=$(find_python)
uv=$(command -v uv || install_uv "$python")
rm -f "$stamp"
[ -x "$venv/bin/python" ] || "$uv" venv --quiet --clear --no-python-downloads --python "$python" "$venv"
export VIRTUAL_ENV=$venv
# Compiled now, not in the first run of each of a dozen programs; where PYTHONDONTWRITEBYTECODE is set, not in every run.
"$uv" pip sync --quiet --require-hashes --compile-bytecode "$root/requirements.lock" ||
    fail "the packages of requirements.lock could not be installed. Check that the Python package index can be reached."
"$uv" pip install --quiet --no-deps --no-build-isolation --editable "$root"
(cd "$root" && "$venv/bin/python" -m compileall -q components operations plugins policies stacks toolchain)
printf '%s' "$wanted $root" >"$stamp"
