"""The set-up of the machine itself: Debian packages, a container engine that answers, room on the disk.

It deliberately installs no tool of tools.toml and never stops or reconfigures an engine that is already there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain import places, room
from toolchain.command import LAST_LINES, run_logged
from toolchain.engine_access import GROUP, membership_command, run_with_engine_group
from toolchain.engine_socket import DEFAULT_SOCKET, EngineInfo, ask_engine, engine_socket, remote_engine
from toolchain.failure import ToolchainError
from toolchain.report import MachineLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

# The rootfs of the machines' image is made by mmdebstrap; it and every download need the certificates.
PACKAGES = {
    "mmdebstrap": "mmdebstrap",
    "ca-certificates": "update-ca-certificates",
    "zstd": "zstd",  # layers of images
    "openssh-client": "ssh",  # Ansible's connections
}
ENGINE_PACKAGES = {"docker.io": "dockerd"}
TEST_PACKAGES = {"chromium": "chromium", "busybox-static": "busybox"}
ENGINE_START_SECONDS = 60.0
# All containers share the kernel's limit: its default of 128 is used up by about eight machines.
INOTIFY_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
NEEDED_INOTIFY_INSTANCES = 8192
_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")


@dataclass(frozen=True)
class Done:
    """A step changed the machine."""

    what: str


@dataclass(frozen=True)
class Unchanged:
    """A step found nothing to do, for a reason."""

    because: str


StepResult = Done | Unchanged


def prepare(console: Console, *, tests: bool = False) -> tuple[MachineLine, ...]:
    """Run all steps in order and show those that changed something.

    Raises:
        ToolchainError: A step cannot be done; the text says what to do by hand.
    """
    steps: tuple[tuple[str, Callable[[], StepResult]], ...] = (
        ("packages", lambda: install_packages(wanted_packages(tests=tests))),  # the engine comes with them
        ("kernel limits", raise_kernel_limits),  # before any machine boots
        ("container engine", start_engine),  # only an engine that answers knows where its data is
        ("disk", check_disk),
    )
    return tuple(_run(name, step, console) for name, step in steps)


def wanted_packages(*, tests: bool) -> dict[str, str]:
    """Return Debian package -> the program that shows it is there; no engine when one answers or is elsewhere."""
    has_engine = remote_engine() is not None or engine_socket().exists()
    return {**PACKAGES, **({} if has_engine else ENGINE_PACKAGES), **(TEST_PACKAGES if tests else {})}


def install_packages(wanted: dict[str, str]) -> StepResult:
    """Install the Debian packages whose program is missing.

    Raises:
        ToolchainError: There is no apt-get, or it fails.
    """
    missing = [package for package, program in wanted.items() if find_program(program) is None]
    if not missing:
        return Unchanged(because=f"{', '.join(wanted)} installed already")
    names = " ".join(missing)
    if shutil.which("apt-get") is None:
        raise ToolchainError(f"This machine has no apt-get. Install by hand: {names}. Then run slipway setup again.")
    log = places.cache_directory() / "logs" / "apt.log"
    advice = f"Try by hand: {' '.join(as_root())} apt-get install {names}".replace("  ", " ")
    run_logged((*as_root(), "apt-get", "update", "-q"), log, advice=advice)
    # env, because sudo passes no environment on.
    install = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", "--no-install-recommends")
    run_logged((*as_root(), *install, *missing), log, advice=advice)
    if ENGINE_PACKAGES.keys() & set(missing) and (command := membership_command()):
        run_logged((*as_root(), *command), log, advice=f"Try by hand, as root: {' '.join(command)}")
        return Done(f"installed {', '.join(missing)}; {command[-1]} may use the engine (group {GROUP})")
    return Done(f"installed {', '.join(missing)}")


def raise_kernel_limits(limit: Path = INOTIFY_INSTANCES) -> StepResult:
    """Allow enough inotify instances for several machines that boot systemd; until the next boot, in no file.

    Raises:
        ToolchainError: The limit cannot be raised.
    """
    present = int(limit.read_text())
    if present >= NEEDED_INOTIFY_INSTANCES:
        return Unchanged(because=f"{present} inotify instances are allowed already")
    setting = f"fs.inotify.max_user_instances={NEEDED_INOTIFY_INSTANCES}"
    log = places.cache_directory() / "logs" / "sysctl.log"
    run_logged((*as_root(), "sysctl", "-w", setting), log, advice=f"Try by hand, as root: sysctl -w {setting}")
    return Done(f"{setting} until the next boot, {present} before")


def start_engine() -> StepResult:
    """See that a container engine answers; start dockerd when none does at the usual place.

    Raises:
        ToolchainError: The engine is not for this user, or does not start.
    """
    if host := remote_engine():
        return Unchanged(because=f"DOCKER_HOST names {host}")
    if info := _ask():
        return Unchanged(because=f"engine {info.version} answers at {engine_socket()}")
    if engine_socket() != DEFAULT_SOCKET:
        # A second engine beside one that runs elsewhere would share its data directory, and ruin it.
        raise ToolchainError(
            f"No container engine answers at {engine_socket()}, which DOCKER_HOST names. "
            "Start that engine, or unset DOCKER_HOST to use the usual one."
        )
    if Path("/run/systemd/system").is_dir():
        log = places.cache_directory() / "logs" / "engine.log"
        run_logged((*as_root(), "systemctl", "start", "docker"), log, advice="See: systemctl status docker")
        info = _wait_for_engine(None, "See: journalctl -u docker")
    else:
        process, log = _start_dockerd()
        info = _wait_for_engine(process, f"See {log}, then run slipway setup again. Its last lines:", log)
    return Done(f"started engine {info.version}")


def check_disk(needed_bytes: int | None = None) -> StepResult:
    """See that there is room where the engine and the cache keep their data.

    Args:
        needed_bytes: How much; what `toolchain.room` says when None.

    Raises:
        ToolchainError: A file system has too little; the text names all that have.
    """
    info = None if remote_engine() else _ask()
    if needed_bytes is None:
        needed_bytes = room.needed_bytes(engine_socket() if info else None)
    directories = [places.cache_directory(), *([info.data_root] if info else [])]
    free = {directory: shutil.disk_usage(_existing(directory)).free for directory in directories}
    if short := {directory: size for directory, size in free.items() if size < needed_bytes}:
        lines = [f"{directory} has {size / 1e9:.1f} GB free" for directory, size in short.items()]
        raise ToolchainError(
            f"{'; '.join(lines)}; slipway needs {needed_bytes / 1e9:.0f} GB more.\n"
            "Free some room (docker system df, du -sh ~/.cache), or set SLIPWAY_CACHE to a bigger disk."
        )
    return Unchanged(because=", ".join(f"{size / 1e9:.0f} GB free in {place}" for place, size in free.items()))


def find_program(name: str) -> str | None:
    """Return the path of a program, also where only root has it on PATH."""
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(_SBIN))


def as_root() -> tuple[str, ...]:
    """Return what to put before a command that needs root: nothing for root, else sudo.

    Raises:
        ToolchainError: This user is not root and there is no sudo.
    """
    if os.geteuid() == 0:
        return ()
    if shutil.which("sudo") is None:
        raise ToolchainError("Setting up this machine needs root, and there is no sudo. Run slipway setup as root.")
    return ("sudo",)


def _run(name: str, step: Callable[[], StepResult], console: Console) -> MachineLine:
    started = time.monotonic()
    with console.status(f"machine: {name}"):
        result = step()
    seconds = round(time.monotonic() - started, 2)
    changed = isinstance(result, Done)
    detail = result.what if isinstance(result, Done) else result.because
    if changed:
        console.print(f"machine: {detail} ({seconds:.1f} s)", markup=False, highlight=False)
    return MachineLine(name=name, changed=changed, detail=detail, seconds=seconds)


def _ask() -> EngineInfo | None:
    path = engine_socket()
    try:
        return ask_engine(path)
    except PermissionError as error:
        run_with_engine_group()
        raise ToolchainError(
            f"The container engine's socket {path} is not for this user. Join its group and log in again:\n"
            "  sudo usermod -aG docker $USER"
        ) from error


def _start_dockerd() -> tuple[subprocess.Popen[bytes], Path]:
    """Start dockerd detached, with its log and its process id in the state directory."""
    dockerd = find_program("dockerd")
    if dockerd is None:
        raise ToolchainError("No container engine answers and there is no dockerd. Run: apt-get install docker.io")
    state = places.state_directory()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = state / "dockerd.log"
    with log.open("ab") as output:
        command = (*as_root(), dockerd, "--pidfile", str(state / "dockerd.pid"), "--host", f"unix://{engine_socket()}")
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    return process, log


def _wait_for_engine(process: subprocess.Popen[bytes] | None, advice: str, log: Path | None = None) -> EngineInfo:
    deadline = time.monotonic() + ENGINE_START_SECONDS
    happened = f"did not answer within {ENGINE_START_SECONDS:.0f} s"
    while time.monotonic() < deadline:
        if info := _ask():
            return info
        if process and process.poll() is not None:
            happened = f"ended with code {process.returncode}"
            break
        time.sleep(0.3)
    lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:] if log else []
    raise ToolchainError("\n".join((f"The container engine {happened}. {advice}", *(f"  {line}" for line in lines))))


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)
