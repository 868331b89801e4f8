"""Debian packages for image roots, by the machine's own apt: its sources, proxies and keys, but a state of its own.

It deliberately changes nothing of the machine: lists and downloads live in slipway's cache, installs go to a root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

from toolchain.images.failure import ImageError
from toolchain.images.layer import EPOCH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SUITE = "bookworm"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_TAIL_LINES = 15
_FORMAT = f"deb [signed-by={_KEYRING}] $(REPO_URI) $(RELEASE) $(COMPONENT)"
# Own mounts, so that nothing stays mounted whatever kills a build; own processes, so that no daemon of a package
# survives it; no network, so that what a package's script does depends on the packages alone.
_ISOLATION = ("unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child", "--net", "--ipc")
_MOUNTS = """
root=$1 archives=$2
shift 2
mount -t proc proc "$root/proc"
for node in null zero full random urandom tty; do
    [ -e "$root/dev/$node" ] || : > "$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir -p "$root/var/cache/apt/archives"
mount --bind "$archives" "$root/var/cache/apt/archives"
"$@"
"""


class Apt:
    """Apt with its lists and downloads under one directory; made once for a run of builds."""

    def __init__(self, directory: Path, suite: str = SUITE) -> None:
        self.directory = directory
        self.suite = suite
        self.sources = directory / "sources.list"
        self.archives = directory / "archives"
        self._configuration = directory / "apt.conf"
        self._lock = threading.Lock()
        self._current = False

    def prepare(self) -> None:
        """Fetch the package lists, once however often it is called.

        Raises:
            ImageError: This machine has no Debian 12 sources, or they could not be fetched.
        """
        with self._lock:
            if self._current:
                return
            if os.geteuid():
                raise ImageError("Images of Debian packages are made by root, for its mounts and owners. Run as root.")
            for place in (self.archives / "partial", self.directory / "lists" / "partial", self.directory / "state"):
                place.mkdir(parents=True, exist_ok=True)
            self._write_configuration()
            run(["apt-get", "update", "--quiet"], "Fetch Debian's package lists", self.environment())
            self._current = True

    def of_suite(self, suite: str) -> Apt:
        """Return apt for another release of Debian, with lists of its own below this one's."""
        return self if suite == self.suite else Apt(self.directory / suite, suite)

    def download(self, packages: Sequence[str], directory: Path) -> None:
        """Download packages with all they depend on, as if nothing were installed."""
        nothing = self.directory / "nothing-installed"
        nothing.touch()
        (directory / "partial").mkdir()
        options = [f"-oDir::State::status={nothing}", f"-oDir::Cache::archives={directory}", "-oDebug::NoLocking=1"]
        fetch = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "--download-only", *options]
        with self._lock:
            run([*fetch, *packages], f"Download {', '.join(packages)} of Debian {self.suite}", self.environment())
        (directory / "partial").rmdir()

    def bootstrap(self, root: Path, options: Sequence[str]) -> None:
        """Make a new root of Debian's essential packages and apt."""
        isolation = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child", "--mount-proc"]
        command = ["mmdebstrap", "--mode=root", "--variant=apt", "--format=directory", *options]
        run([*isolation, *command, self.suite, str(root), str(self.sources)], "Make Debian's base", self.environment())

    def install(self, root: Path, packages: Sequence[str]) -> None:
        """Install packages and what they depend on into a root."""
        state = [
            f"-oDir::State::status={root}/var/lib/dpkg/status",
            f"-oDir::State::extended_states={root}/var/lib/apt/extended_states",
        ]
        install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *state]
        what = f"Install {', '.join(packages)}"
        with self._lock:  # two downloads of one package would write the same file
            run([*install, "--download-only", *packages], what, self.environment())
        chroot = [f"-oDPkg::Chroot-Directory={root}", f"-oDir::Cache::archives={root}/var/cache/apt/archives"]
        options = ["-oDPkg::Options::=--force-unsafe-io", "-oDebug::NoLocking=1", "--no-download"]
        policy = root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")  # no service starts while an image is made
        policy.chmod(0o755)
        self.run_inside(root, [*install, *chroot, *options, *packages], what)
        policy.unlink()

    def extract(self, package: str, directory: Path) -> None:
        """Unpack one package without installing it."""
        directory.mkdir(parents=True)
        what = f"Unpack {package}"
        with self._lock:
            run(["apt-get", "download", "--quiet", package], what, self.environment(), directory)
        archive = next(directory.glob("*.deb"), None)
        if archive is None:
            raise ImageError(f"{package}: apt downloaded nothing for {SUITE}. Check the name in the image's recipe.")
        run(["dpkg-deb", "--extract", str(archive), str(directory)], what, self.environment())
        archive.unlink()

    def run_inside(self, root: Path, command: Sequence[str], what: str) -> None:
        """Run a command in the root's mounts, with no network."""
        shell = ["sh", "-euc", _MOUNTS, "sh", str(root), str(self.archives)]
        run([*_ISOLATION, *shell, *command], what, self.environment())

    def environment(self) -> dict[str, str]:
        """Return the environment that apt and the scripts of packages run in."""
        return {
            "APT_CONFIG": str(self._configuration),
            "DEBIAN_FRONTEND": "noninteractive",
            "HOME": "/root",
            "LC_ALL": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            # Also makes Python write byte code that is checked by content, as the times in an image are not real.
            "SOURCE_DATE_EPOCH": str(EPOCH),
            **{name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")},
        }

    def _write_configuration(self) -> None:
        targets = output(["apt-get", "indextargets", "--format", _FORMAT, "Created-By: Packages"])
        sources = sorted({line for line in targets.splitlines() if line.split()[3].startswith(SUITE)})
        if not sources:
            raise ImageError(
                f"apt knows no source of Debian {SUITE}, and the images are made of its packages. "
                f"Add one under /etc/apt, run apt-get update, then: slipway setup"
            )
        # The mirrors that serve the release of the images serve the others too.
        wanted = [line.replace(f" {SUITE}", f" {self.suite}") for line in sources]
        self.sources.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        kept = ("Acquire::http", "Acquire::ftp", "Acquire::Retries", "Acquire::ForceIPv")
        acquire = [line for line in output(["apt-config", "dump"]).splitlines() if line.startswith(kept)]
        own = {
            "Dir::State": self.directory / "state",
            "Dir::State::lists": self.directory / "lists",
            "Dir::Cache": self.directory / "state",
            "Dir::Cache::archives": self.archives,
            "Dir::Etc::sourcelist": self.sources,
            # The machine's own fragments hold hooks for the machine, not for an image.
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::parts": "/dev/null",
            "Dir::Etc::main": "/dev/null",
            "APT::Sandbox::User": "root",
            "Dpkg::Use-Pty": "false",
        }
        lines = [*acquire, *(f'{key} "{value}";' for key, value in own.items())]
        self._configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(command: Sequence[str], what: str, environment: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    """Run a command quietly.

    Raises:
        ImageError: It is not installed or it failed; the text ends with what it said last.
    """
    if shutil.which(command[0]) is None:
        raise ImageError(f"{what}: the command {command[0]} is missing. Run: apt-get install {command[0]}")
    # A killed set-up takes its commands along, so that none of them holds apt's lock against the next one.
    mortal = ["setpriv", "--pdeathsig", "KILL", "--", *command]
    done = subprocess.run(
        mortal, env=environment, cwd=cwd, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        said = "\n".join(f"  {line}" for line in (done.stdout + done.stderr).splitlines()[-_TAIL_LINES:])
        raise ImageError(f"{what}: {command[0]} ended with {done.returncode}. It said last:\n{said}")


def output(command: Sequence[str]) -> str:
    """Return what a command prints, or nothing when it fails."""
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout
