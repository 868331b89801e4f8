"""The `docker create` flags that a container was made with, read from its inspection, and files out of it.

It deliberately handles only what slipway's machines and registry use; another setting is not carried over.
"""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.models.containers import Container


def from_inspection(inspected: dict[str, Any], prefix: str, replacement: str) -> list[str]:
    """Return the flags; names that begin with the prefix get another one."""
    network = next(iter(inspected["NetworkSettings"]["Networks"].items()))
    flags = [
        f"--name={inspected['Name'].lstrip('/')}",
        f"--network={network[0]}",
        f"--ip={network[1]['IPAMConfig']['IPv4Address']}",
        *_settings(inspected["Config"], inspected["HostConfig"]),
        *_rights(inspected["HostConfig"]),
    ]
    short = prefix.rstrip("-")
    plain = replacement.rstrip("-")
    return [flag.replace(prefix, replacement).replace(f"--network={short}", f"--network={plain}") for flag in flags]


def archive(container: Container, paths: tuple[str, ...]) -> bytes:
    """Return an uncompressed tar archive of those of the paths that exist, with owners and modes."""
    # The registry's image has no shell and no tar; the engine can read out one path at a time, of a machine as well.
    if (container.name or "").endswith("registry"):
        return _through_engine(container, paths)
    script = 'for path; do [ ! -e "$path" ] || echo "${path#/}"; done | tar -C / -cf - -T -'
    code, (content, errors) = container.exec_run(["sh", "-c", script, "sh", *paths], demux=True)
    if code != 0 or not content:
        raise RuntimeError(f"{container.name}: its files could not be read: {errors!r}")
    return bytes(content)


def _through_engine(container: Container, paths: tuple[str, ...]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as target:
        for path in paths:
            stream, _ = container.get_archive(path)
            with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as source:
                for member in source:
                    content = source.extractfile(member)
                    member.name = path.lstrip("/")
                    target.addfile(member, content)
    return packed.getvalue()


def _settings(config: dict[str, Any], host: dict[str, Any]) -> Iterator[str]:
    yield f"--hostname={config['Hostname']}"
    yield f"--memory={host['Memory']}"
    yield f"--memory-swap={host['MemorySwap']}"
    yield f"--restart={host['RestartPolicy']['Name']}"
    yield f"--cgroupns={host['CgroupnsMode']}"
    if host["NanoCpus"]:
        yield f"--cpus={host['NanoCpus'] / 1e9:g}"
    if config.get("StopSignal"):
        yield f"--stop-signal={config['StopSignal']}"
    yield from (f"--env={entry}" for entry in config["Env"])
    yield from (f"--tmpfs={path}:{options}" for path, options in (host.get("Tmpfs") or {}).items())
    named = {bind.split(":")[1]: bind for bind in host.get("Binds") or ()}
    yield from (f"--volume={named.get(path, path)}" for path in {**(config.get("Volumes") or {}), **named})
    for inside, doors in (host.get("PortBindings") or {}).items():
        yield from (f"--publish={door['HostIp']}:{door['HostPort']}:{inside}" for door in doors)


def _rights(host: dict[str, Any]) -> Iterator[str]:
    if host["Privileged"]:
        yield "--privileged"
        return
    yield from (f"--cap-add={capability}" for capability in host.get("CapAdd") or ())
    yield from (f"--security-opt={option}" for option in host.get("SecurityOpt") or ())
    if host.get("MaskedPaths") == []:
        yield "--security-opt=systempaths=unconfined"
    yield from (f"--device-cgroup-rule={rule}" for rule in host.get("DeviceCgroupRules") or ())
