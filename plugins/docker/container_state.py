"""Turns what the engine says about a container into outputs, and into the inputs that a refresh compares.

It is pure. Only what can change on an existing container is compared: everything else was fixed when it was made, and
the engine's own spelling of it would look like drift.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from plugins.docker.container_request import MIB
from plugins.docker.container_schema import SCHEMA
from plugins.docker.ownership import without_marks
from plugins.rpc.schema_diff import comparable
from plugins.rpc.values import Secret, reveal

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.rpc.schema import Property

THROTTLES = {
    "deviceReadBps": "BlkioDeviceReadBps",
    "deviceReadIops": "BlkioDeviceReadIOps",
    "deviceWriteBps": "BlkioDeviceWriteBps",
    "deviceWriteIops": "BlkioDeviceWriteIOps",
}


def outputs(seen: dict[str, Any]) -> Properties:
    """Return the outputs that come from the engine; labels and envs are not read back, as in the official plugin."""
    config, host = seen["Config"], seen["HostConfig"]
    return {
        **changeable(seen),
        **_from_config(config),
        **_from_host_config(host),
        "platform": seen.get("Platform", ""),
        "bridge": seen["NetworkSettings"].get("Bridge", ""),
        "networkDatas": network_datas(seen),
        "exitCode": None if seen["State"]["Running"] else seen["State"].get("ExitCode", 0),
    }


def changeable(seen: dict[str, Any]) -> Properties:
    """Return what somebody can have changed behind our back, under the names of the inputs."""
    host = seen["HostConfig"]
    swap = host.get("MemorySwap") or 0
    throttles = {
        key: [{"path": device["Path"], "rate": device["Rate"]} for device in host.get(name) or []]
        for key, name in THROTTLES.items()
    }
    return {
        "name": seen["Name"].lstrip("/"),
        "restart": host["RestartPolicy"]["Name"] or "no",
        "maxRetryCount": host["RestartPolicy"]["MaximumRetryCount"],
        "memory": (host.get("Memory") or 0) // MIB,
        "memoryReservation": (host.get("MemoryReservation") or 0) // MIB,
        "memorySwap": swap // MIB if swap > 0 else swap,
        "cpuShares": host.get("CpuShares") or 0,
        "cpuSet": host.get("CpusetCpus") or "",
        **throttles,
    }


def observed_inputs(inputs: Properties, seen: dict[str, Any]) -> Properties:
    """Return the inputs as they would have to be for the container to be as it is.

    A container that must run and does not gets ``mustRun: false``: the next update then sees a difference, and starts
    it again with its data (the official plugin since its Terraform provider 4.0).
    """
    now = changeable(seen)
    if reveal(inputs.get("mustRun")) and reveal(inputs.get("start")):
        now["mustRun"] = seen["State"]["Running"]
    if not reveal(inputs.get("memorySwap")):
        del now["memorySwap"]  # 0 means that the engine decides
    result = dict(inputs)
    for key, value in now.items():
        if key in inputs and not _equal(SCHEMA.properties[key], reveal(inputs[key]), value):
            result[key] = Secret(value) if isinstance(inputs[key], Secret) else value
    return result


def imported_inputs(seen: dict[str, Any]) -> Properties:
    """Return inputs for a container that was made elsewhere: the plain ones, without what its image says anyway."""
    config, host = seen["Config"], seen["HostConfig"]
    found = {
        **{key: value for key, value in changeable(seen).items() if value},
        "image": config["Image"],
        "command": config.get("Cmd"),
        "hostname": config.get("Hostname"),
        "envs": config.get("Env"),
        "labels": [{"label": k, "value": v} for k, v in sorted(without_marks(config.get("Labels")).items())],
        "privileged": host.get("Privileged") or None,
        "networkMode": host.get("NetworkMode"),
        "mustRun": seen["State"]["Running"],
    }
    return {key: value for key, value in found.items() if value not in (None, [], {}, "")}


def _equal(item: Property, one: Any, other: Any) -> bool:  # noqa: ANN401 - property values are dynamic
    return bool(comparable(item, one) == comparable(item, other))


def network_datas(seen: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one entry per network, sorted by name so that outputs do not flap."""
    return [
        {
            "networkName": name,
            "ipAddress": data.get("IPAddress", ""),
            "ipPrefixLength": data.get("IPPrefixLen", 0),
            "gateway": data.get("Gateway", ""),
            "globalIpv6Address": data.get("GlobalIPv6Address", ""),
            "globalIpv6PrefixLength": data.get("GlobalIPv6PrefixLen", 0),
            "ipv6Gateway": data.get("IPv6Gateway", ""),
            "macAddress": data.get("MacAddress", ""),
        }
        for name, data in sorted((seen["NetworkSettings"].get("Networks") or {}).items())
    ]


def ports(inputs: Properties, seen: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the ports with the numbers that the engine chose where the program left them open."""
    bound: dict[str, list[dict[str, str]] | None] = dict(seen["NetworkSettings"].get("Ports") or {})
    result = []
    for port in inputs.get("ports", []):
        actual = bound.get(f"{port['internal']}/{port['protocol']}") or []
        mine = [entry for entry in actual if entry["HostIp"] == port["ip"]] or actual
        external = port.get("external") or (int(mine[0]["HostPort"]) if mine else 0)
        result.append({**port, "external": external})
    return result


def _from_config(config: dict[str, Any]) -> Properties:
    found = {
        "hostname": config.get("Hostname", ""),
        "domainname": config.get("Domainname", ""),
        "command": config.get("Cmd") or [],
        "entrypoints": config.get("Entrypoint") or [],
        "user": config.get("User", ""),
        "workingDir": config.get("WorkingDir", ""),
        "tty": config["Tty"],
        "stdinOpen": config["OpenStdin"],
        "stopSignal": config.get("StopSignal", ""),
        "stopTimeout": config.get("StopTimeout") or 0,
    }
    check = config.get("Healthcheck")
    return {**found, "healthcheck": _healthcheck(check)} if check else found


def _from_host_config(host: dict[str, Any]) -> Properties:
    return {
        "rm": host["AutoRemove"],
        "readOnly": host["ReadonlyRootfs"],
        "init": bool(host.get("Init")),
        "privileged": host["Privileged"],
        "publishAllPorts": host["PublishAllPorts"],
        "securityOpts": host.get("SecurityOpt") or [],
        "runtime": host["Runtime"],
        "shmSize": host["ShmSize"] // MIB,
        "logDriver": host["LogConfig"]["Type"],
        "networkMode": host["NetworkMode"],
        "ipcMode": host["IpcMode"],
        "usernsMode": host.get("UsernsMode", ""),
    }


def _healthcheck(check: dict[str, Any]) -> dict[str, Any]:
    return {
        "tests": check.get("Test") or [],
        "interval": go_duration(check.get("Interval", 0)),
        "timeout": go_duration(check.get("Timeout", 0)),
        "startPeriod": go_duration(check.get("StartPeriod", 0)),
        "startInterval": go_duration(check.get("StartInterval", 0)),
        "retries": check.get("Retries", 0),
    }


def go_duration(nanoseconds: int) -> str:
    """Write nanoseconds as Go's ``time.Duration`` does: '1m30s', '250ms', '0s'."""
    if nanoseconds == 0:
        return "0s"
    for unit, size in (("ns", 10**3), ("µs", 10**6), ("ms", 10**9)):
        if nanoseconds < size:
            return f"{(Decimal(nanoseconds) / (size // 1000)).normalize():f}{unit}"
    minutes, rest = divmod(nanoseconds, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{(Decimal(rest) / 10**9).normalize():f}s"
    prefix = (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "")
    return prefix + seconds
