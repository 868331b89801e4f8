"""Everything there is in an account, by every call that lists: what was made and taken away must leave no trace in it.

It deliberately knows nothing of what slipway makes: each service that slipway uses is asked whatever it can be asked.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import botocore.exceptions
from botocore.config import Config

SERVICES = ("ec2", "elbv2", "ecr", "route53", "s3", "iam")
LISTS = ("Describe", "List", "GetAccountAuthorizationDetails")
OF_EACH = (
    ("elbv2", "DescribeLoadBalancers", "LoadBalancers", "LoadBalancerArn", "DescribeListeners"),
    ("elbv2", "DescribeTargetGroups", "TargetGroups", "TargetGroupArn", "DescribeTargetHealth"),
    ("ecr", "DescribeRepositories", "repositories", "repositoryName", "ListImages"),
    ("route53", "ListHostedZones", "HostedZones", "HostedZoneId", "ListResourceRecordSets"),
    ("s3", "ListBuckets", "Buckets", "Bucket", "ListObjectVersions"),
    ("iam", "ListRoles", "Roles", "RoleName", "ListRolePolicies"),
    ("iam", "ListRoles", "Roles", "RoleName", "ListAttachedRolePolicies"),
)
"""Calls that want to be told of what: service, call that lists those, where in its answer, parameter, call."""
NAMED_OTHERWISE = {"HostedZoneId": "Id", "Bucket": "Name"}
"""What a parameter is called in the answer that it comes from."""
ABOUT_OTHERS = {
    "ec2:DescribeIamInstanceProfileAssociations": ("IamInstanceProfileAssociations", "InstanceId"),
    "ec2:DescribeInstanceCreditSpecifications": ("InstanceCreditSpecifications", "InstanceId"),
    "ec2:DescribeTags": ("Tags", "ResourceId"),
}
"""Calls that list nothing of their own: where in the answer, and which field names the thing that it is about."""
ASKERS = 4

Listing = dict[str, list[str]]
"""Call -> all that it answered, each thing as JSON; a call that this cloud does not know is absent."""


def everything(region: str) -> Listing:
    """Return what the account has, less what is only told of things that are gone already."""
    found: Listing = {}
    for service in SERVICES:
        client = boto3.client(service, region_name=region, config=Config(retries={"total_max_attempts": 1}))
        answers = _asked(client, [(operation, {}) for operation in _without_arguments(client)])
        for _, parents, key, parameter, operation in (each for each in OF_EACH if each[0] == service):
            name = NAMED_OTHERWISE.get(parameter, parameter)
            each = [(operation, {parameter: item[name]}) for item in answers.get(parents, {}).get(key, [])]
            answers.update(_asked(client, each))
        found |= {f"{service}:{operation}": _things(answer) for operation, answer in answers.items()}
    return _without_gone(found)


def difference(before: Listing, after: Listing) -> dict[str, dict[str, list[str]]]:
    """Return what is new and what is gone, by call."""
    changed = {call for call in {*before, *after} if before.get(call, []) != after.get(call, [])}
    return {
        call: {
            "new": sorted(set(after.get(call, [])) - set(before.get(call, []))),
            "gone": sorted(set(before.get(call, [])) - set(after.get(call, []))),
        }
        for call in sorted(changed)
    }


def _without_arguments(client: Any) -> list[str]:  # noqa: ANN401 - a client of boto3
    model = client.meta.service_model
    return [
        name
        for name in model.operation_names
        if name.startswith(LISTS)
        and not (model.operation_model(name).input_shape and model.operation_model(name).input_shape.required_members)
    ]


def _asked(client: Any, calls: list[tuple[str, dict[str, str]]]) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    """Return the answers, by the call and what it was asked about."""
    methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}

    def ask(call: tuple[str, dict[str, str]]) -> tuple[str, dict[str, Any] | None]:
        operation, arguments = call
        return " ".join([operation, *arguments.values()]), _answer(client, methods[operation], arguments)

    with ThreadPoolExecutor(ASKERS) as pool:
        return {call: answer for call, answer in pool.map(ask, calls) if answer is not None}


def _answer(client: Any, method: str, arguments: dict[str, str]) -> dict[str, Any] | None:  # noqa: ANN401
    try:
        if client.can_paginate(method):
            answer = client.get_paginator(method).paginate(**arguments).build_full_result()
        else:
            answer = getattr(client, method)(**arguments)
    except botocore.exceptions.ClientError:
        return None  # the cloud does not know it, or says that there is none
    return {key: value for key, value in dict(answer).items() if key != "ResponseMetadata"}


def _things(answer: dict[str, Any]) -> list[str]:
    things = [
        (key, thing) for key, value in answer.items() for thing in (value if isinstance(value, list) else [value])
    ]
    return sorted(json.dumps({key: thing}, default=str, sort_keys=True) for key, thing in things)


def _without_gone(found: Listing) -> Listing:
    """Leave out what is only told of things that are gone.

    AWS tells of terminated machines and deleted NAT gateways for another hour; ministack keeps the tags of what was
    deleted; what else a machine had may name it longer than it is listed. What is there is told by a call of its own.
    """
    there = {call: [each for each in things if not _is_gone(json.loads(each))] for call, things in found.items()}
    others = "\n".join(each for call, things in there.items() if call not in ABOUT_OTHERS for each in things)
    machines = "\n".join(there.get("ec2:DescribeInstances", []))

    def is_there(thing: str) -> bool:
        return f'"{thing}"' in (machines if thing.startswith("i-") else others)

    about = {
        call: [each for each in there.get(call, []) if is_there(json.loads(each)[key][of])]
        for call, (key, of) in ABOUT_OTHERS.items()
    }
    return {**there, **about}


def _is_gone(thing: dict[str, Any]) -> bool:
    if "Reservations" in thing:
        return all(machine["State"]["Name"] == "terminated" for machine in thing["Reservations"]["Instances"])
    return "NatGateways" in thing and thing["NatGateways"]["State"] == "deleted"
