"""The ``AwsProvider`` class: which account and region of AWS the resources of a stack are in.

It takes no credentials: those come the usual AWS way, in the process that runs Pulumi, and are never in the state.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping


class AwsProvider(pulumi.ProviderResource):
    """Give it to resources of ``slipway:aws`` with ``pulumi.ResourceOptions(provider=...)``, or to their parent."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        region: pulumi.Input[str] | None = None,
        profile: pulumi.Input[str] | None = None,
        role_arn: pulumi.Input[str] | None = None,
        endpoint_url: pulumi.Input[str] | None = None,
        default_tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the provider.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            region: Region, such as ``eu-central-1``; AWS_REGION or the profile's when absent. Another one replaces
                everything.
            profile: Profile of ``~/.aws/config``; AWS_PROFILE when absent.
            role_arn: Role to take on with the credentials that are there.
            endpoint_url: Where the API is, when it is not AWS's own; AWS_ENDPOINT_URL when absent.
            default_tags: Tags of every resource that can have tags; a resource's own win.
        """
        # Properties of providers travel as texts.
        tags = None if default_tags is None else pulumi.Output.from_input(default_tags).apply(json.dumps)
        properties = {
            "region": region,
            "profile": profile,
            "roleArn": role_arn,
            "endpointUrl": endpoint_url,
            "defaultTags": tags,
        }
        super().__init__("slipway", resource_name, properties, opts)
