"""What of a container somebody can change behind Pulumi's back, recorded and actual under the same names.

It is pure. Sizes are in MiB, CPUs in cores.
"""

from __future__ import annotations

from typing import Any

MIB = 1 << 20
NANO = 10**9
NO_NETWORK = ("container:", "default")
"""Beginnings of network modes that are no network's name."""


def recorded_properties(inputs: dict[str, Any]) -> dict[str, str]:
    """Return the properties as the program asked for them; what it did not ask for is left out."""
    found = {"state": "running" if inputs.get("mustRun", True) else ""}
    for key in ("name", "restart"):
        if inputs.get(key):
            found[key] = str(inputs[key])
    for key in ("memory", "memorySwap", "memoryReservation", "cpuShares"):
        if inputs.get(key):
            found[key] = str(int(inputs[key]))
    if inputs.get("cpus"):
        found["cpus"] = f"{float(inputs['cpus']):g}"
    if inputs.get("cpuSet"):
        found["cpuSet"] = inputs["cpuSet"]
    mode, networks = inputs.get("networkMode") or "", inputs.get("networksAdvanced") or ()
    # The mode is recorded as `bridge` where nobody said any; a container with networks of its own is on those alone.
    if mode and not networks and not mode.startswith(NO_NETWORK):
        found[f"network {mode}"] = "connected"
    for network in networks:
        found[f"network {network['name']}"] = network.get("ipv4Address") or "connected"
    return {key: value for key, value in found.items() if value}


def actual_properties(seen: dict[str, Any]) -> dict[str, str]:
    """Return the properties as the engine reports them (`GET /containers/{id}/json`)."""
    host = seen["HostConfig"]
    found = {
        "state": seen["State"]["Status"],
        "name": seen["Name"].lstrip("/"),
        "restart": host["RestartPolicy"]["Name"] or "no",
        "memory": str((host.get("Memory") or 0) // MIB),
        "memorySwap": str((host.get("MemorySwap") or 0) // MIB),
        "memoryReservation": str((host.get("MemoryReservation") or 0) // MIB),
        "cpuShares": str(host.get("CpuShares") or 0),
        "cpuSet": host.get("CpusetCpus") or "",
        "pidsLimit": str(host.get("PidsLimit") or 0),
        "cpus": f"{_cores(host):g}",
    }
    for name, data in (seen["NetworkSettings"].get("Networks") or {}).items():
        # A container that does not run has no address, but still the one that it is to have.
        wanted = (data.get("IPAMConfig") or {}).get("IPv4Address") or ""
        found[f"network {name}"] = data.get("IPAddress") or wanted or "connected"
    return found


UNSET: dict[str, tuple[str, ...]] = {
    "memory": ("0",),
    "memorySwap": ("0",),
    "memoryReservation": ("0",),
    "cpuShares": ("0", "1024"),  # the kernel's own
    "cpuSet": ("",),
    "pidsLimit": ("0", "-1"),
    "cpus": ("0",),
}
"""What a limit is that nobody set; once it was set, the engine takes no zero for some of them."""


def property_differences(recorded: dict[str, str], actual: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return `(property, was, now)` of everything that differs; nothing stands for what is not there."""
    found = []
    for key in sorted({*recorded, *actual}):
        was, now = recorded.get(key, ""), actual.get(key, "")
        if key.startswith("network ") and "connected" in (was, now) and was and now:
            continue  # the program left the address to the engine
        if key not in recorded and (key in ("state", "name", "restart") or now in UNSET.get(key, ())):
            continue
        if key == "memorySwap" and key not in recorded:
            continue  # the engine derives it from the memory
        if was != now:
            found.append((key, was, now))
    return found


def _cores(host: dict[str, Any]) -> float:
    if host.get("NanoCpus"):
        return float(host["NanoCpus"]) / NANO
    if host.get("CpuQuota", 0) > 0:
        return float(host["CpuQuota"]) / float(host.get("CpuPeriod") or 100_000)
    return 0.0
