"""Load balancers that forward: a machine with HAProxy for each, that follows what the API says of its targets.

It deliberately polls ministack's records once a second: they have no events, and a second is little
for a load balancer.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
from docker.errors import APIError, DockerException, NotFound

from toolchain.emulator.cloud import ministack_internals as ministack
from toolchain.emulator.cloud.balancing import group_attribute, registered
from toolchain.emulator.cloud.haproxy import STATISTICS_PORT, HealthCheck, Listener, Target, configuration, health
from toolchain.emulator.cloud.instances import archive, create_machine

if TYPE_CHECKING:
    from docker.models.containers import Container

    from toolchain.emulator.settings import CloudSettings

INTERVAL_SECONDS = 1.0
BOOT_SECONDS = 30.0
MEMORY_MIB = 512
DIRECTORY = "/etc/haproxy/slipway"
"""Where the script for reloads looks for configurations, and HAProxy too, by its unit's file."""
CONFIGURATION = f"{DIRECTORY}/listeners.cfg"
RELOAD = f"{DIRECTORY}/reload.py"
UNIT = "/etc/systemd/system/haproxy.service.d/slipway.conf"
logger = logging.getLogger("slipway.load-balancers")


class LoadBalancers:
    """All load balancers of the cloud."""

    def __init__(self, settings: CloudSettings) -> None:
        self._settings = settings
        self._engine = docker.from_env()
        self._addresses: dict[str, str] = {}
        self._applied: dict[str, str] = {}

    def follow(self) -> None:
        """Begin to follow the API, in a thread of its own."""
        threading.Thread(target=self._run, name="load-balancers", daemon=True).start()

    def health_of(self, group: str) -> dict[tuple[str, int], str]:
        """Return (target, port) -> state of the targets of a group, as its load balancer sees them."""
        states: dict[tuple[str, int], str] = {}
        for listener in _listeners():
            address = self._addresses.get(listener["LoadBalancerArn"])
            if address and _group(listener) == group:
                seen = _statistics(address)
                backend = f"{ministack.target_groups[group]['TargetGroupName']}-{listener['Port']}"
                for target in registered(group):
                    if state := seen.get((backend, _server(*target))):
                        states[target] = state
        return states

    def _run(self) -> None:
        while True:
            try:
                self._step()
            except (DockerException, OSError, LookupError):
                logger.exception("A load balancer could not be brought up to date; trying again")
            time.sleep(INTERVAL_SECONDS)

    def _step(self) -> None:
        wanted = {item["LoadBalancerArn"] for item in list(ministack.load_balancers.values())}
        for arn in set(self._addresses) - wanted:
            self._remove(arn)
        for arn in sorted(wanted, key=lambda item: str(ministack.load_balancers[item]["CreatedTime"])):
            text = configuration([_described(item) for item in _listeners() if item["LoadBalancerArn"] == arn])
            if self._applied.get(arn) != text:
                self._apply(arn, text)
                self._applied[arn] = text

    def _apply(self, arn: str, text: str) -> None:
        container = self._container(arn)
        container.put_archive("/", archive({CONFIGURATION: (text.encode(), 0o644)}))
        done = container.exec_run(["python3", RELOAD, "--at-once"])
        if done.exit_code:
            raise OSError(f"{container.name} refused its configuration: {done.output!r}")
        logger.info("%s: %d line(s) of configuration", container.name, text.count("\n"))

    def _container(self, arn: str) -> Container:
        name = self._name(arn)
        if arn in self._addresses:
            try:
                there = self._engine.containers.get(name)
            except NotFound:
                logger.warning("%s was removed by somebody else; making it again", name)
            else:
                if there.status == "running":
                    return there
                logger.warning("%s does not run (%s); making it again", name, there.status)
                there.remove(force=True)
        free = [item for item in self._settings.load_balancer_addresses if item not in self._addresses.values()]
        address = self._addresses.setdefault(arn, free[0]) if free else None
        if address is None:
            raise LookupError(f"{name}: the emulated cloud has room for {len(self._addresses)} load balancers.")
        return self._boot(name, address)

    def _boot(self, name: str, address: str) -> Container:
        settings = self._settings
        network = {settings.network: self._engine.api.create_endpoint_config(ipv4_address=address)}
        container = create_machine(
            self._engine,
            settings,
            settings.machine_image,
            name,
            MEMORY_MIB,
            hostname=name.rpartition("-")[2],  # the id: the whole name may be longer than Linux takes
            labels=settings.labels,
            networking_config={"EndpointsConfig": network},
        )
        files_of_role = Path(settings.load_balancer_role) / "files"
        files = {
            RELOAD: (files_of_role / "reload.py").read_bytes(),
            CONFIGURATION: configuration([]).encode(),
            UNIT: (files_of_role / "haproxy.conf").read_bytes(),
        }
        container.put_archive("/", archive({path: (content, 0o644) for path, content in files.items()}))
        container.start()
        deadline = time.monotonic() + BOOT_SECONDS
        while container.exec_run(["systemctl", "enable", "--now", "haproxy.service"]).exit_code:
            if time.monotonic() > deadline:
                raise OSError(f"{name}: HAProxy did not start within {BOOT_SECONDS:.0f} s.")
            time.sleep(0.2)
        return container

    def _remove(self, arn: str) -> None:
        try:
            self._engine.containers.get(self._name(arn)).remove(force=True)
        except NotFound:
            pass
        except APIError:
            logger.exception("%s could not be removed", self._name(arn))
        del self._addresses[arn]
        self._applied.pop(arn, None)

    def _name(self, arn: str) -> str:
        # .../loadbalancer/net/<name>/<id>
        return f"slipway-{self._settings.environment}-{'-'.join(arn.split('/')[-2:])}"


def _listeners() -> list[dict[str, Any]]:
    return [item for item in list(ministack.listeners.values()) if _group(item) in ministack.target_groups]


def _group(listener: dict[str, Any]) -> str:
    return next(
        (str(action["TargetGroupArn"]) for action in listener["DefaultActions"] if "TargetGroupArn" in action), ""
    )


def _described(listener: dict[str, Any]) -> Listener:
    arn = _group(listener)
    group = ministack.target_groups[arn]
    port = group["HealthCheckPort"]
    return Listener(
        port=listener["Port"],
        group=group["TargetGroupName"],
        targets=tuple(_targets(arn, group["TargetType"])),
        check=HealthCheck(
            protocol=group["HealthCheckProtocol"],
            port=None if port == "traffic-port" else int(port),
            path=group["HealthCheckPath"],
            codes=(group.get("Matcher") or {}).get("HttpCode") or "200-399",
            interval_seconds=group["HealthCheckIntervalSeconds"],
            timeout_seconds=group["HealthCheckTimeoutSeconds"],
            healthy_threshold=group["HealthyThresholdCount"],
            unhealthy_threshold=group["UnhealthyThresholdCount"],
        ),
        terminates_unhealthy=group_attribute(
            arn, "target_health_state.unhealthy.connection_termination.enabled", "true"
        )
        == "true",
    )


def _targets(group: str, kind: str) -> list[Target]:
    found = []
    for target, port in registered(group):
        instance = ministack.instances.get(target) or {}
        runs = (instance.get("State") or {}).get("Name") == "running"
        address = target if kind == "ip" else instance["PrivateIpAddress"] if runs else None
        if address:
            found.append(Target(_server(target, port), address, port))
    return found


def _server(target: str, port: int) -> str:
    return f"{target}-{port}"


def _statistics(address: str) -> dict[tuple[str, str], str]:
    try:
        with socket.create_connection((address, STATISTICS_PORT), timeout=1) as connection:
            connection.sendall(b"show stat\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    except OSError:
        return {}
    return health(answer)
