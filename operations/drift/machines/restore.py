"""Puts containers back as they are recorded: limits, networks, names, and that they run.

It deliberately speaks to the engine itself: a provider's refresh does not see all of it (`cpus`, networks), and what
is recorded is right already. What is gone is left to Pulumi.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.drift.finding import Change
from operations.drift.machines.container import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from docker import DockerClient

    from operations.drift.finding import Finding
    from operations.drift.recorded import RecordedState
    from operations.drift.resource import Resource

BILLIONTHS = 10**9
KERNELS_SHARES = 1024
"""What a container has that asked for none; to the engine 0 means to leave them as they are."""


def restore(
    client: DockerClient, state: RecordedState, findings: Sequence[Finding], *, tell: Callable[[str], None]
) -> None:
    """Put back every finding about something that is there.

    Raises:
        docker.errors.DockerException: The engine refused.
    """
    resources = {item.urn: item for item in state.resources}
    for finding in findings:
        resource = resources.get(finding.urn)
        if resource is None or finding.property == "object":
            continue
        tell(f"{finding.kind} {finding.resource}: {finding.property} back to {finding.was or 'nothing'}")
        if finding.kind == "Network":
            client.api.disconnect_container_from_network(
                finding.property.removeprefix("member "), resource.id, force=True
            )
        else:
            _container(client, resource, finding, state)


def _container(client: DockerClient, resource: Resource, finding: Finding, state: RecordedState) -> None:
    what = finding.property
    if what == "state":
        (client.api.unpause if finding.now == "paused" else client.api.start)(resource.id)
    elif what == "name":
        client.api.rename(resource.id, finding.was)
    elif what.startswith("network "):
        _network(client, resource, finding, state)
    else:
        _update(client, resource)


def _network(client: DockerClient, resource: Resource, finding: Finding, state: RecordedState) -> None:
    name = finding.property.removeprefix("network ")
    # By id where it is recorded: the engine allows two networks of one name.
    own = next(
        (item.id for item in state.resources if item.inputs.get("name") == name and "network:Network" in item.type),
        name,
    )
    if finding.change is not Change.MISSING:
        client.api.disconnect_container_from_network(resource.id, own, force=True)
    if finding.was:
        address = finding.was if finding.was != "connected" else None
        client.api.connect_container_to_network(resource.id, own, ipv4_address=address)


def _update(client: DockerClient, resource: Resource) -> None:
    """Set all limits at once: the engine refuses memory above memory and swap, whichever is changed first."""
    inputs = resource.inputs
    body = {
        "Memory": int(inputs.get("memory") or 0) * MIB,
        "MemorySwap": int(inputs.get("memorySwap") or 0) * MIB,
        "MemoryReservation": int(inputs.get("memoryReservation") or 0) * MIB,
        "NanoCpus": int(float(inputs.get("cpus") or 0) * BILLIONTHS),
        "CpuShares": int(inputs.get("cpuShares") or KERNELS_SHARES),
        "CpusetCpus": inputs.get("cpuSet") or "",
        "PidsLimit": -1,
        "RestartPolicy": {"Name": inputs.get("restart") or "no", "MaximumRetryCount": 0},
    }
    # The library's own update_container knows neither NanoCpus nor PidsLimit.
    api = client.api
    answer = api.post(f"{api.base_url}/v{api.api_version}/containers/{resource.id}/update", json=body)
    answer.raise_for_status()
