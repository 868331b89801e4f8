"""The program of the drift corpus: a little of everything that an environment has at AWS."""

import os

import pulumi

from plugins.slipway.sdk import aws

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
EVERYWHERE = "0.0.0.0/0"
ZONE = "drift.example.org"

provider = aws.AwsProvider(
    "aws",
    region="eu-central-1",
    endpoint_url=os.environ["TEST_ENDPOINT"],
    default_tags={"slipway:project": "slipway", "slipway:environment": pulumi.get_stack()},
)
opts = pulumi.ResourceOptions(provider=provider)
vpc = aws.Vpc("vpc", opts, cidr_block="10.41.0.0/16", name="network")
subnets = [
    aws.Subnet(
        f"subnet-{zone}",
        opts,
        vpc_id=vpc.id,
        cidr_block=f"10.41.{at}.0/24",
        availability_zone=f"eu-central-1{zone}",
        tags={"team": "shop"},
    )
    for at, zone in enumerate("abc")
]
gateway = aws.InternetGateway("gateway", opts, vpc_id=vpc.id, name="internet")
aws.RouteTable(
    "public",
    opts,
    vpc_id=vpc.id,
    routes=[{"destinationCidrBlock": EVERYWHERE, "gatewayId": gateway.id}],
    subnet_ids=[subnet.id for subnet in subnets[:2]],
)
aws.RouteTable("private", opts, vpc_id=vpc.id, routes=[], subnet_ids=[subnets[2].id])
group = aws.SecurityGroup(
    "group",
    opts,
    vpc_id=vpc.id,
    name="machines",
    ingress=[
        {"protocol": "tcp", "fromPort": 22, "cidrBlocks": ["203.0.113.7/32"]},
        {"protocol": "tcp", "fromPort": 443, "cidrBlocks": [EVERYWHERE]},
        {"protocol": "all", "self": True},
    ],
    egress=[{"protocol": "all", "cidrBlocks": [EVERYWHERE]}],
)
aws.SecurityGroup("quiet", opts, vpc_id=vpc.id, name="quiet", egress=[{"protocol": "all", "cidrBlocks": [EVERYWHERE]}])
aws.KeyPair("key", opts, public_key=KEY, name="key")
role = aws.InstanceRole("role", opts, name="machine", inline_policies={}, managed_policy_arns=[])


def machine(name: str) -> aws.Instance:
    """Make a machine with a template of its own."""
    template = aws.LaunchTemplate(
        f"{name}-template",
        opts,
        name=name,
        image_id=os.environ["TEST_IMAGE"],
        instance_type="t3.medium",
        security_group_ids=[group.id],
        user_data="#cloud-config\npassword: canary-of-the-user-data\n",
    )
    return aws.Instance(name, opts, name=name, launch_template_id=template.id, subnet_id=subnets[0].id)


node, spare = machine("node"), machine("spare")
balancer = aws.NetworkLoadBalancer(
    "balancer", opts, name="front", subnet_ids=[subnet.id for subnet in subnets[:2]], security_group_ids=[group.id]
)
targets = aws.TargetGroup("targets", opts, name="web", port=8080, vpc_id=vpc.id, preserve_client_ip=False)
aws.Listener("listener", opts, load_balancer_arn=balancer.arn, port=80, target_group_arn=targets.arn)
for one in (node, spare):
    aws.TargetAttachment(
        f"{one._name}-target",
        opts,
        target_group_arn=targets.arn,
        target_id=one.instance_id,
        port=8080,
    )
aws.EcrRepository("images", opts, name="drift/api", lifecycle={"keepTagged": 5})
zone = aws.HostedZone("zone", opts, name=ZONE, comment="of the corpus")
aws.DnsRecord("record", opts, zone_id=zone.zone_id, name=f"www.{ZONE}", type="A", records=["10.41.0.9"], ttl=60)
aws.Bucket("bucket", opts, name="drift-corpus-of-slipway", tls_only=False)
