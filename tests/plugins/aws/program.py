"""The program of the stack test: a network over three zones, and one machine in it."""

import os

import pulumi

from plugins.slipway.sdk import aws

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


async def program() -> None:
    """Declare the stack."""
    provider = aws.AwsProvider(
        "aws",
        endpoint_url=os.environ["TEST_ENDPOINT"],
        default_tags={"slipway:project": "slipway", "slipway:environment": "stack-test"},
    )
    opts = pulumi.ResourceOptions(provider=provider)
    vpc = aws.Vpc("vpc", opts, cidr_block="10.40.0.0/16", name="stack-test")
    subnets = [
        aws.Subnet(f"subnet-{at}", opts, vpc_id=vpc.id, cidr_block=f"10.40.{at}.0/24", availability_zone=zone)
        for at, zone in enumerate(["eu-central-1a", "eu-central-1b", "eu-central-1c"])
    ]
    gateway = aws.InternetGateway("gateway", opts, vpc_id=vpc.id)
    nat = aws.NatGateway(
        "nat", pulumi.ResourceOptions(provider=provider, depends_on=[gateway]), subnet_id=subnets[0].id
    )
    aws.RouteTable(
        "public",
        opts,
        vpc_id=vpc.id,
        routes=[{"destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}],
        subnet_ids=[subnets[0].id],
    )
    aws.RouteTable(
        "private",
        opts,
        vpc_id=vpc.id,
        routes=[{"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": nat.id}],
        subnet_ids=[subnet.id for subnet in subnets[1:]],
    )
    group = aws.SecurityGroup(
        "group",
        opts,
        vpc_id=vpc.id,
        ingress=[
            {"protocol": "tcp", "fromPort": 22, "cidrBlocks": [vpc.cidr_block]},
            {"protocol": "all", "self": True},
        ],
        egress=[{"protocol": "all", "cidrBlocks": ["0.0.0.0/0"]}],
    )
    role = aws.InstanceRole("role", opts)
    image = os.environ["TEST_IMAGE"]
    size = await aws.get_instance_type(name=os.environ["TEST_INSTANCE_TYPE"], provider=provider)
    template = aws.LaunchTemplate(
        "template",
        opts,
        image_id=image,
        instance_type=size.name,
        key_name=aws.KeyPair("key", opts, public_key=KEY).key_name,
        security_group_ids=[group.id],
        instance_profile_arn=role.instance_profile_arn,
        user_data="#cloud-config\npassword: canary-of-the-user-data\n",
    )
    node = aws.Instance(
        "node",
        opts,
        launch_template_id=template.id,
        launch_template_version=template.latest_version,
        subnet_id=subnets[1].id,
    )
    pulumi.export("privateIp", node.private_ip)
    pulumi.export("vcpus", size.vcpus)
    pulumi.export("zones", await aws.get_zones(provider=provider))


pulumi.run(program)
