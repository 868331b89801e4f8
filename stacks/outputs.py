"""The exported contract: what health checks, drift runs and CI read, and nothing else.

It is the only caller of pulumi.export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.machine import SSH_USER
from stacks import health_targets, slo

if TYPE_CHECKING:
    from stacks.foundation import Foundation
    from stacks.settings import Settings
    from stacks.workloads import Workloads


def export(settings: Settings, base: Foundation, workloads: Workloads) -> None:
    """Export every output of the stack."""
    access, doors = base.registry.access, base.doors
    application = doors.application(settings.public_name)
    pulumi.export("kubeconfig", pulumi.Output.secret(base.cluster.kubeconfig))
    pulumi.export("ssh", {"user": SSH_USER, "privateKey": pulumi.Output.secret(base.ssh_key.private_key)})
    pulumi.export(
        "registry",
        {
            "address": access.address,
            "name": base.registry.name,
            "serverName": access.server_name,
            "username": access.username,
            "password": pulumi.Output.secret(access.password),
            "caPem": access.ca_pem,
        },
    )
    pulumi.export(
        "endpoints",
        {
            "application": application,
            "api": f"{application}/api/v1",
            "apiServer": pulumi.Output.concat("https://", doors.api_server),
            "caPem": base.authority.certificate_pem,
        },
    )
    pulumi.export("nodes", [machine.as_output() for machine in base.machines])
    pulumi.export("pools", [pool.model_dump(by_alias=True) for pool in settings.pools])
    door = {"address": doors.https, "serverName": settings.public_name, "caPem": base.authority.certificate_pem}
    public = [
        {"name": "frontend", "url": f"{application}/", "status": 200, **door},
        {"name": "API", "url": f"{application}/api/v1/products?limit=1", "status": 200, **door},
    ]
    pulumi.export("slo", slo.output(settings.slo.objective, public))
    pulumi.export("healthTargets", health_targets.targets(settings, base, workloads, application, door))
