"""Starts, finds and stops the emulated cloud of an environment: its network, its certificate, its one process.

It deliberately keeps nothing across a stop: a cloud's memory is that of its process, and everything in it goes with it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from ipaddress import IPv4Network
from pathlib import Path

import httpx
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from toolchain import lookup
from toolchain.command import LAST_LINES
from toolchain.emulator import engine_objects, presence
from toolchain.emulator.certificates import ensure_certificates, trust
from toolchain.emulator.machine_image import ensure_machine_image, register_machine_image, remove_machine_image
from toolchain.emulator.settings import CloudSettings
from toolchain.failure import ToolchainError

TOOL = "ministack"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
PROJECT_ROOT = Path(__file__).resolve().parents[2]
LOAD_BALANCER_ROLE = PROJECT_ROOT / "playbooks/roles/load_balancer"
CAP_SYS_RESOURCE = 24
"""Bit number, from linux/capability.h."""


class CloudStatus(BaseModel):
    """What there is of an emulated cloud; `slipway emulator status --json` prints it."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    environment: str
    running: bool
    started_now: bool = False
    """This call started it, so it knows of nothing that was made before."""
    process_id: int | None = None
    endpoint: str | None = None
    region: str | None = None
    registry: str | None = None
    """Where a container engine of this computer pushes to."""
    image_id: str | None = None
    """The machine image that instances are launched from."""
    containers: dict[str, str] = {}
    """Instances and load balancers, name -> state."""


def start(environment: str, *, cidr: str, port: int, registry_port: int, region: str) -> CloudStatus:
    """See that the emulated cloud of an environment runs; does nothing when it does.

    Args:
        environment: Name of the environment.
        cidr: Addresses of its network, which becomes a network of the container engine.
        port: Of the API, at the network's first address.
        registry_port: On the loopback address, for pushing images.
        region: The one region that the cloud has.

    Raises:
        ToolchainError: It cannot be started, or runs with other settings.
    """
    settings = _settings(environment, cidr, port, registry_port, region)
    running = presence.running(environment)
    if running is not None:
        _require_same(running, settings)
        return status(environment)
    packages = lookup.data_directory(TOOL, "packages")
    # What an earlier process made is nothing that the new one knows of.
    stop(environment)
    try:
        _prepare(settings)
        _launch(settings, packages)
        return status(environment).model_copy(update={"started_now": True})
    except BaseException:
        stop(environment)
        raise


def stop(environment: str) -> bool:
    """End the emulated cloud of an environment with everything in it; return whether there was anything.

    Raises:
        ToolchainError: The container engine refuses to remove something.
    """
    process_id = presence.process_id(environment)
    if process_id is not None:
        _end(process_id)
    there = presence.directory(environment).exists()
    removed = engine_objects.remove_everything(environment) if there else False
    if there:
        remove_machine_image(_machine_image(environment))
    shutil.rmtree(presence.directory(environment), ignore_errors=True)
    return there or removed


def status(environment: str) -> CloudStatus:
    """Say what there is of an emulated cloud."""
    settings = presence.running(environment)
    if settings is None:
        return CloudStatus(environment=environment, running=False)
    return CloudStatus(
        environment=environment,
        running=True,
        process_id=presence.process_id(environment),
        endpoint=settings.endpoint,
        region=settings.region,
        registry=f"127.0.0.1:{settings.registry_port}",
        image_id=register_machine_image(settings),
        containers=engine_objects.containers(environment),
    )


def engine_is_restricted(status_file: Path = Path("/proc/self/status")) -> bool:
    """Say whether `--privileged` would fail because this computer itself lacks a capability."""
    for line in status_file.read_text().splitlines():
        if line.startswith("CapBnd:"):
            return not int(line.split()[1], 16) >> CAP_SYS_RESOURCE & 1
    return False


def _settings(environment: str, cidr: str, port: int, registry_port: int, region: str) -> CloudSettings:
    try:
        size = IPv4Network(cidr).num_addresses
    except ValueError as error:
        raise ToolchainError(
            f"'{cidr}' is no network of the emulated cloud: {error}. Expected one like 172.31.66.0/24."
        ) from error
    if size < 32:  # noqa: PLR2004 - eight load balancers, and as many addresses for instances at least
        raise ToolchainError(f"The network {cidr} of the emulated cloud has {size} addresses. It needs 32: a /27.")
    return CloudSettings(
        environment=environment,
        cidr=cidr,
        port=port,
        registry_port=registry_port,
        region=region,
        machine_image=_machine_image(environment),
        directory=str(presence.directory(environment)),
        load_balancer_role=str(LOAD_BALANCER_ROLE),
        restricted=engine_is_restricted(),
    )


def _machine_image(environment: str) -> str:
    return f"slipway-{environment}/slipway/machine:debian12"


def _prepare(settings: CloudSettings) -> None:
    Path(settings.directory).mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.save()
    engine_objects.ensure_network(settings)
    ensure_machine_image(settings.machine_image)
    ensure_certificates(settings)


def _require_same(running: CloudSettings, wanted: CloudSettings) -> None:
    differing = [
        f"{name} is {getattr(running, name)}, wanted is {getattr(wanted, name)}"
        for name in ("cidr", "port", "registry_port", "region")
        if getattr(running, name) != getattr(wanted, name)
    ]
    if differing:
        raise ToolchainError(
            f"The emulated cloud of '{wanted.environment}' runs with other settings: {'; '.join(differing)}.\n"
            f"Take the environment away first: slipway destroy {wanted.environment}"
        )


def _launch(settings: CloudSettings, packages: Path) -> None:
    log = Path(settings.directory) / "log"
    # -S: of this interpreter's own packages it gets none, as ministack pins others.
    command = (sys.executable, "-S", "-m", "toolchain.emulator.cloud", str(settings.file))
    environment = {**_inherited(), "PYTHONPATH": f"{packages}{os.pathsep}{PROJECT_ROOT}"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=settings.directory,
            start_new_session=True,
        )
    (Path(settings.directory) / "pid").write_text(f"{process.pid}\n")
    _wait(settings, process, log)


def _inherited() -> dict[str, str]:
    """Return the variables of this process without those that would lead the cloud to a real one."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "PULUMI_"))}


def _wait(settings: CloudSettings, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    happened = f"did not answer at {settings.endpoint} within {START_SECONDS:.0f} s"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            happened = f"ended with code {process.returncode}"
            break
        try:
            if httpx.get(f"{settings.endpoint}/_ministack/health", verify=trust(settings), timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    if process.poll() is None:
        process.kill()
    lines = "\n".join(f"  {line}" for line in log.read_text(errors="replace").splitlines()[-LAST_LINES:])
    raise ToolchainError(f"The emulated cloud of '{settings.environment}' {happened}. The end of {log}:\n{lines}")


def _end(process_id: int) -> None:
    os.kill(process_id, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(process_id, 0)
            os.waitpid(process_id, os.WNOHANG)
        except (ProcessLookupError, ChildProcessError):
            if not Path(f"/proc/{process_id}").exists():
                return
        time.sleep(0.05)
    os.kill(process_id, signal.SIGKILL)
