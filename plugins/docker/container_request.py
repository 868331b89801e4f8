"""Turns the inputs of a container into the body of the engine's create request.

It is pure; order of steps, uploads and networks are in ``container_create``. Source: Docker Engine API v1.41,
ContainerCreate, and resource_docker_container_funcs.go of the Terraform provider.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from plugins.docker.bridged import label_map
from plugins.docker.container_devices import device_requests
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

MIB = 1024 * 1024
# The docker CLI handles this option itself: the engine would not know it (docker/cli opts/parse.go).
SYSTEM_PATHS = "systempaths=unconfined"
_NANOSECONDS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_DURATION_PART = re.compile(r"([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h)")


def create_request(wanted: Mapping[str, Any], marks: Mapping[str, str]) -> dict[str, Any]:
    """Return the body for inputs without secrets and bookkeeping."""
    exposed, bindings = _ports(wanted.get("ports", []))
    anonymous, binds, volumes_from = _volumes(wanted.get("volumes", []))
    config = {
        "Image": wanted["image"],
        "Hostname": wanted.get("hostname", ""),
        "Domainname": wanted.get("domainname", ""),
        "User": wanted.get("user", ""),
        "WorkingDir": wanted.get("workingDir", ""),
        "Env": wanted.get("envs"),
        "Cmd": wanted.get("command"),
        "Entrypoint": wanted.get("entrypoints"),
        "Tty": wanted["tty"],
        "OpenStdin": wanted["stdinOpen"],
        "StopSignal": wanted.get("stopSignal"),
        "StopTimeout": wanted.get("stopTimeout"),
        "Labels": {**label_map(wanted.get("labels")), **marks},
        "ExposedPorts": exposed,
        "Volumes": anonymous,
        "Healthcheck": _healthcheck(wanted.get("healthcheck")),
        "HostConfig": {
            **_host_config(wanted),
            **_isolation(wanted),
            **resources(wanted),
            "PortBindings": bindings,
            "Binds": binds,
            "VolumesFrom": volumes_from,
        },
    }
    return {key: value for key, value in config.items() if value is not None}


def resources(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the limits that can also be changed later."""
    swap = wanted.get("memorySwap", 0)
    return {
        "RestartPolicy": {"Name": wanted["restart"], "MaximumRetryCount": wanted.get("maxRetryCount", 0)},
        "Memory": wanted.get("memory", 0) * MIB,
        "MemoryReservation": wanted.get("memoryReservation", 0) * MIB,
        "MemorySwap": swap * MIB if swap > 0 else swap,
        "CpuShares": wanted.get("cpuShares", 0),
        "CpusetCpus": wanted.get("cpuSet", ""),
        "BlkioDeviceReadBps": _throttles(wanted.get("deviceReadBps")),
        "BlkioDeviceReadIOps": _throttles(wanted.get("deviceReadIops")),
        "BlkioDeviceWriteBps": _throttles(wanted.get("deviceWriteBps")),
        "BlkioDeviceWriteIOps": _throttles(wanted.get("deviceWriteIops")),
    }


def endpoint_config(network: Mapping[str, Any]) -> dict[str, Any]:
    """Return the engine's ``EndpointConfig`` for one entry of ``networksAdvanced``."""
    addresses = {
        "IPv4Address": network.get("ipv4Address"),
        "IPv6Address": network.get("ipv6Address"),
        "LinkLocalIPs": network.get("linkLocalIps"),
    }
    config = {
        "Aliases": network.get("aliases"),
        "IPAMConfig": {key: value for key, value in addresses.items() if value},
        "MacAddress": network.get("macAddress"),
        "DriverOpts": dict(pair.split("=", 1) for pair in network.get("driverOpts") or [] if "=" in pair),
        "GwPriority": network.get("gwPriority"),
    }
    return {key: value for key, value in config.items() if value}


def _host_config(wanted: Mapping[str, Any]) -> dict[str, Any]:
    config = {
        "NetworkMode": wanted["networkMode"],
        "PublishAllPorts": wanted.get("publishAllPorts", False),
        "Mounts": [_mount(mount) for mount in wanted.get("mounts", [])],
        "Tmpfs": wanted.get("tmpfs"),
        "AutoRemove": wanted["rm"],
        "ReadonlyRootfs": wanted["readOnly"],
        "Runtime": wanted.get("runtime"),
        "ShmSize": wanted["shmSize"] * MIB if wanted.get("shmSize") else None,
        "Init": wanted.get("init", False),
        "LogConfig": {"Type": wanted.get("logDriver", ""), "Config": wanted.get("logOpts") or {}},
        "ExtraHosts": [f"{entry['host']}:{entry['ip']}" for entry in wanted.get("hosts", [])],
        "Dns": wanted.get("dns"),
        "DnsOptions": wanted.get("dnsOpts"),
        "DnsSearch": wanted.get("dnsSearches"),
        "Sysctls": wanted.get("sysctls"),
        "StorageOpt": wanted.get("storageOpts"),
        "GroupAdd": wanted.get("groupAdds"),
        "Ulimits": [{"Name": u["name"], "Soft": u["soft"], "Hard": u["hard"]} for u in wanted.get("ulimits", [])],
        **_processor(wanted),
    }
    return {key: value for key, value in config.items() if value is not None}


def _isolation(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what lets a container see or do more, or less, than usual."""
    capabilities = wanted.get("capabilities", {})
    options = wanted.get("securityOpts", [])
    config = {
        "Privileged": wanted.get("privileged", False),
        "CapAdd": capabilities.get("adds"),
        "CapDrop": capabilities.get("drops"),
        "SecurityOpt": [option for option in options if option != SYSTEM_PATHS],
        "MaskedPaths": [] if SYSTEM_PATHS in options else None,
        "ReadonlyPaths": [] if SYSTEM_PATHS in options else None,
        "DeviceCgroupRules": wanted.get("deviceCgroupRules"),
        "Devices": [_device(device) for device in wanted.get("devices", [])],
        "DeviceRequests": device_requests(wanted),
        "CgroupnsMode": wanted.get("cgroupnsMode"),
        "CgroupParent": wanted.get("cgroupParent"),
        "UsernsMode": wanted.get("usernsMode"),
        "PidMode": wanted.get("pidMode"),
        "IpcMode": wanted.get("ipcMode"),
    }
    return {key: value for key, value in config.items() if value is not None}


def _processor(wanted: Mapping[str, Any]) -> dict[str, Any]:
    if wanted.get("cpus"):
        return {"NanoCpus": nano_cpus(wanted["cpus"])}
    return {"CpuPeriod": wanted.get("cpuPeriod"), "CpuQuota": wanted.get("cpuQuota")}


def nano_cpus(cpus: str) -> int:
    """Turn '1.5' into billionths of a processor.

    Raises:
        ResourceFailed: it is no number.
    """
    try:
        return int(Decimal(cpus) * 10**9)
    except InvalidOperation:
        raise ResourceFailed(f"cpus: '{cpus}' is no number of processors such as '1.5'.") from None


def nanoseconds(duration: str, where: str = "healthcheck") -> int:
    """Turn a Go duration such as '1m30s' into nanoseconds; ``where`` begins the text of an error.

    Raises:
        ResourceFailed: it is no duration.
    """
    if duration in ("", "0"):
        return 0
    parts = _DURATION_PART.findall(duration)
    if "".join(number + unit for number, unit in parts) != duration:
        raise ResourceFailed(f"{where}: '{duration}' is no duration such as '1m30s'.")
    return sum(int(Decimal(number) * _NANOSECONDS[unit]) for number, unit in parts)


def _ports(ports: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, list[dict[str, str]]]]:
    exposed: dict[str, Any] = {}
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in ports:
        key = f"{port['internal']}/{port['protocol']}"
        exposed[key] = {}
        # Port 0 lets the engine choose a free one.
        bindings.setdefault(key, []).append({"HostIp": port["ip"], "HostPort": str(port.get("external", 0))})
    return exposed, bindings


def _volumes(volumes: list[dict[str, Any]]) -> tuple[dict[str, Any], list[str], list[str]]:
    anonymous: dict[str, Any] = {}
    binds: list[str] = []
    volumes_from: list[str] = []
    for volume in volumes:
        path, container = volume.get("containerPath"), volume.get("fromContainer")
        source = volume.get("hostPath") or volume.get("volumeName")
        if bool(path) == bool(container):
            raise ResourceFailed(f"volumes: give either containerPath or fromContainer, not both or none, in {volume}.")
        if container:
            volumes_from.append(container)
            continue
        anonymous[str(path)] = {}
        if source:
            mode = "ro" if volume.get("readOnly") else "rw"
            relabel = f",{volume['selinuxRelabel']}" if volume.get("selinuxRelabel") else ""
            binds.append(f"{source}:{path}:{mode}{relabel}")
    return anonymous, binds, volumes_from


def _mount(mount: Mapping[str, Any]) -> dict[str, Any]:
    volume, bind, tmpfs = (mount.get(f"{kind}Options") for kind in ("volume", "bind", "tmpfs"))
    body: dict[str, Any] = {
        "Type": mount["type"],
        "Target": mount["target"],
        "Source": mount.get("source", ""),
        "ReadOnly": mount.get("readOnly", False),
    }
    if bind and mount["type"] == "bind":
        body["BindOptions"] = {"Propagation": bind.get("propagation", "")}
    if tmpfs and mount["type"] == "tmpfs":
        body["TmpfsOptions"] = {"SizeBytes": tmpfs.get("sizeBytes", 0), "Mode": tmpfs.get("mode", 0)}
    if volume and mount["type"] == "volume":
        driver = {"Name": volume.get("driverName", ""), "Options": volume.get("driverOptions")}
        body["VolumeOptions"] = {
            "NoCopy": volume.get("noCopy", False),
            "Labels": label_map(volume.get("labels")),
            "DriverConfig": driver if any(driver.values()) else None,
        }
        if volume.get("subpath"):
            body["VolumeOptions"]["Subpath"] = volume["subpath"]
    return body


def _device(device: Mapping[str, Any]) -> dict[str, str]:
    return {
        "PathOnHost": device["hostPath"],
        "PathInContainer": device.get("containerPath") or device["hostPath"],
        "CgroupPermissions": device["permissions"],
    }


def _healthcheck(check: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not check:
        return None
    times = {
        "Interval": "interval",
        "Timeout": "timeout",
        "StartPeriod": "startPeriod",
        "StartInterval": "startInterval",
    }
    body = {name: nanoseconds(check[key]) for name, key in times.items() if key in check}
    return {**body, "Test": check.get("tests"), "Retries": check.get("retries", 0)}


def _throttles(devices: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [{"Path": device["path"], "Rate": device["rate"]} for device in devices or []]
