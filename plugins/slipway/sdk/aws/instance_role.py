"""The ``InstanceRole`` resource class.

It makes no policies: it attaches managed ones, and holds inline ones.
"""

from collections.abc import Mapping, Sequence

import pulumi

from plugins.slipway.sdk.property_output import property_output


class InstanceRole(pulumi.CustomResource):
    """An IAM role, and the instance profile that gives it to machines."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        assume_service: pulumi.Input[str] | None = None,
        managed_policy_arns: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        inline_policies: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        name: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            assume_service: Service that may take on the role; ``ec2.amazonaws.com`` when absent.
            managed_policy_arns: ARNs of policies to attach; every other one is taken away.
            inline_policies: Name of each inline policy, and its document in JSON; every other one is taken away.
            name: The tag ``Name``.
            tags: Tags beside ``Name`` and the provider's.
        """
        properties = {
            "assumeService": assume_service,
            "managedPolicyArns": managed_policy_arns,
            "inlinePolicies": inline_policies,
            "name": name,
            "tags": tags,
            "roleArn": None,
            "roleName": None,
            "instanceProfileName": None,
            "instanceProfileArn": None,
        }
        super().__init__("slipway:aws:InstanceRole", resource_name, properties, opts)

    @property
    @pulumi.getter(name="roleArn")
    def role_arn(self) -> pulumi.Output[str]:
        """ARN of the role."""
        return property_output(self, "roleArn")

    @property
    @pulumi.getter(name="roleName")
    def role_name(self) -> pulumi.Output[str]:
        """Generated name of the role."""
        return property_output(self, "roleName")

    @property
    @pulumi.getter(name="instanceProfileName")
    def instance_profile_name(self) -> pulumi.Output[str]:
        """Name of the profile, which is the role's."""
        return property_output(self, "instanceProfileName")

    @property
    @pulumi.getter(name="instanceProfileArn")
    def instance_profile_arn(self) -> pulumi.Output[str]:
        """ARN of the profile, for launch templates."""
        return property_output(self, "instanceProfileArn")
