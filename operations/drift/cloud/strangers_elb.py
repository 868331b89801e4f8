"""What nobody recorded of load balancers: one in the environment's VPC, a port that one listens on, a target.

It deliberately leaves out target groups: one that no listener leads to does nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operations.drift.cloud.known import Stranger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.drift.cloud.known import Known

SERVICE = "elbv2"
LEAVING = frozenset({"draining", "unavailable"})
"""States of targets that are on their way out, or that the group does not know."""


def load_balancers(client: Any, known: Known) -> Iterator[Stranger]:  # noqa: ANN401 - a client of boto
    """Yield load balancers in a recorded VPC."""
    vpcs, recorded = known.ids("Vpc"), known.ids("NetworkLoadBalancer")
    for page in client.get_paginator("describe_load_balancers").paginate():
        for item in page["LoadBalancers"]:
            arn, name = item["LoadBalancerArn"], item["LoadBalancerName"]
            if item.get("VpcId") in vpcs and arn not in recorded:
                yield Stranger("NetworkLoadBalancer", name, f"{item['Type']} {item['Scheme']}", (arn, name))


def listeners(client: Any, known: Known) -> Iterator[Stranger]:  # noqa: ANN401 - likewise
    """Yield ports that a recorded load balancer listens on besides those that are recorded."""
    recorded = known.ids("Listener")
    for arn, name in known.named("NetworkLoadBalancer").items():
        for page in client.get_paginator("describe_listeners").paginate(LoadBalancerArn=arn):
            for item in page["Listeners"]:
                if item["ListenerArn"] in recorded:
                    continue
                groups = [action.get("TargetGroupArn", action["Type"]) for action in item["DefaultActions"]]
                what = f"{item.get('Protocol', '')} to {', '.join(groups)}"
                yield Stranger("Listener", f"{name}:{item.get('Port', '')}", what, (item["ListenerArn"], arn))


def targets(client: Any, known: Known) -> Iterator[Stranger]:  # noqa: ANN401 - likewise
    """Yield what else a recorded target group sends connections to."""
    recorded = known.ids("TargetAttachment")
    for arn, name in known.named("TargetGroup").items():
        for item in client.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]:
            target, port = item["Target"]["Id"], item["Target"].get("Port", "")
            leaving = item["TargetHealth"]["State"] in LEAVING
            if not leaving and f"{arn}|{target}|{port}" not in recorded:
                yield Stranger("TargetAttachment", f"{name} {target}:{port}", "registered", (arn, target))
