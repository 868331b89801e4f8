"""What an environment file says of the place `aws`, and how it must fit.

Nothing is asked of AWS here: whether a zone or an instance type exists is seen when Pulumi previews.
"""

# No postponed annotations: pydantic reads them while the classes are made.
import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from stacks import addresses
from stacks.settings_problem import Problem
from stacks.settings_values import DnsName, Port, PrivateNetwork, Whole

Raw = Mapping[str, Any]
PLACE: Final = "aws"
ZONES: Final = 3
"""Of a region, over which everything is spread: etcd's majority outlives one of three."""
LARGEST_VPC, SMALLEST_VPC = 16, 22
"""AWS allows a VPC no more than a /16; below a /22 a subnet has too few addresses for a pool."""
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
ZONE = re.compile(rf"{REGION.pattern}[a-z]")
INSTANCE_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
OWNER = re.compile(r"\d{12}|self|amazon")
WORD = re.compile(r"\S+")
ELSEWHERE: Final = ("ports", "loadBalancer")
"""Keys that are of no use in this place, which has a network load balancer of its own."""
OF_INSTANCES: Final = ("instanceType", "diskGib", "spot")
"""Keys of machines that are of use in this place alone."""


def _matching(pattern: re.Pattern[str], expected: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"'{value}' is not well-formed; expected {expected}")
        return value

    return AfterValidator(check)


def _vpc(value: str) -> str:
    length = ipaddress.IPv4Network(value).prefixlen
    if not LARGEST_VPC <= length <= SMALLEST_VPC:
        raise ValueError(f"'{value}' has the wrong size; expected a /{LARGEST_VPC} to a /{SMALLEST_VPC}")
    return value


def _cidr(value: str) -> str:
    try:
        ipaddress.IPv4Network(value)
    except ValueError as error:
        text = f"'{value}' is no range of addresses ({error}); expected one such as 203.0.113.7/32"
        raise ValueError(text) from None
    return value


def _zones(value: list[str]) -> list[str]:
    if len(value) != ZONES:
        raise ValueError(f"has {len(value)} entries; expected {ZONES}, so that a majority outlives one of them")
    return value


Region = Annotated[str, _matching(REGION, "the name of a region such as eu-central-1")]
Zone = Annotated[str, _matching(ZONE, "the name of a zone such as eu-central-1a")]
InstanceType = Annotated[str, _matching(INSTANCE_TYPE, "the name of a type such as m6i.large")]
RoleArn = Annotated[str, _matching(ROLE_ARN, "the ARN of a role such as arn:aws:iam::123456789012:role/slipway")]
Owner = Annotated[str, _matching(OWNER, "the 12 digits of an account, 'self' or 'amazon'")]
Word = Annotated[str, _matching(WORD, "a name without spaces")]
Cidr = Annotated[str, AfterValidator(_cidr)]
Vpc = Annotated[PrivateNetwork, AfterValidator(_vpc)]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, use_attribute_docstrings=True)


class Emulator(_Model):
    """A cloud on this machine: an emulator answers the AWS API, and its instances are containers."""

    network: PrivateNetwork = "172.31.244.0/24"
    """Addresses of the emulator, of its load balancer and of its instances, on the container engine of this machine."""
    port: Port = 4566
    """Port of the AWS API, at the first address of that network."""
    registry_port: Port = 5544
    """Loopback port that leads to the emulated ECR, for the container engine of this machine."""

    @property
    def endpoint(self) -> str:
        """Where the AWS API answers."""
        return f"https://{addresses.address(self.network, addresses.EMULATOR)}:{self.port}"


class Image(_Model):
    """The machine image that instances boot from: the newest one of that name."""

    owner: Owner = "136693071363"
    """Account that published it; Debian's own by default."""
    name: Word = "debian-12-amd64-*"
    """Its name, `*` stands for anything."""


class Aws(_Model):
    """What an environment in AWS is made of, beside its pools."""

    region: Region | None = None
    """Region of everything; the usual AWS way (AWS_REGION, profile) when absent."""
    profile: Word | None = None
    """Profile of the shared AWS configuration."""
    role_arn: RoleArn | None = None
    """Role that is assumed for every call."""
    cidr: Vpc = "10.60.0.0/16"
    """Addresses of the VPC."""
    zones: Annotated[list[Zone], AfterValidator(_zones)] | None = None
    """Three zones of the region; its first three when absent."""
    admin_cidrs: Annotated[list[Cidr], Field(min_length=1, examples=["[203.0.113.7/32]"])]
    """From where the bastion's SSH and the Kubernetes API can be reached."""
    image: Image = Image()
    nat: Literal["single", "zonal"] = "single"
    """One NAT gateway for all zones, or one in each, which costs three times as much and outlives a zone."""
    bastion_type: InstanceType = "t3.nano"
    """Instance type of the bastion, which SSH goes through."""
    hosted_zone: DnsName | None = None
    """Route 53 zone, made for this environment, in which `publicName` gets a record."""
    keep_images: Annotated[Whole, Field(ge=2, le=1000)] = 20
    """How many images each repository keeps."""
    emulator: Emulator | None = None
    """Where the whole is tried without an account."""


def aws_violations(raw: Raw) -> Iterator[Problem]:
    """Find what does not fit together in the place `aws`, or is of use there alone."""
    if raw.get("place") != PLACE:
        yield from _of_no_use(raw)
        return
    if "aws" not in raw:
        yield Problem(("aws",), "is missing; the place 'aws' needs it, expected at least adminCidrs")
    for key in ELSEWHERE:
        if key in raw:
            yield Problem((key,), "is of no use in the place 'aws', whose load balancer is AWS's own; remove it")
    if "network" in raw:
        yield Problem(("network",), "is called slipway:aws.cidr in the place 'aws'; expected there, remove it here")
    yield from _every_machine_has_a_type(raw)
    given = raw.get("aws")
    if isinstance(given, Mapping):
        yield from _zones_fit(given)
        yield from _public_name_is_below_zone(raw, given)
        yield from _networks_differ(given)


def _of_no_use(raw: Raw) -> Iterator[Problem]:
    keys: list[tuple[str | int, ...]] = [("aws",)] if raw.get("aws") else []
    keys += [
        (*place, key) for place, part in _machines(raw) for key in ("instanceType", "spot", "diskGib") if key in part
    ]
    for path in keys:
        text = f"is of use to the place '{PLACE}' alone; remove it, or set slipway:place to that"
        yield Problem(path, text)


def _machines(raw: Raw) -> Iterator[tuple[tuple[str | int, ...], Raw]]:
    control_plane = raw.get("controlPlane", {})
    if isinstance(control_plane, Mapping):
        yield ("controlPlane",), control_plane
    pools = raw.get("pools")
    for index, pool in enumerate(pools if isinstance(pools, list) else ()):
        if isinstance(pool, Mapping):
            yield ("pools", index), pool


def _every_machine_has_a_type(raw: Raw) -> Iterator[Problem]:
    for place, part in _machines(raw):
        if not part.get("instanceType"):
            text = "is missing; the place 'aws' needs one, expected the name of a type such as m6i.large"
            yield Problem((*place, "instanceType"), text)


def _zones_fit(given: Raw) -> Iterator[Problem]:
    zones, region = given.get("zones"), given.get("region")
    if not isinstance(zones, list) or not all(isinstance(zone, str) for zone in zones):
        return
    for index, zone in enumerate(zones):
        if zone in zones[:index]:
            yield Problem(("aws", "zones", index), f"'{zone}' is listed already; expected three different zones")
        elif isinstance(region, str) and REGION.fullmatch(region) and not zone.startswith(region):
            yield Problem(("aws", "zones", index), f"'{zone}' is no zone of {region}; expected one such as {region}a")


def _public_name_is_below_zone(raw: Raw, given: Raw) -> Iterator[Problem]:
    zone, name = given.get("hostedZone"), raw.get("publicName")
    if isinstance(zone, str) and not (isinstance(name, str) and f".{name}".endswith(f".{zone}")):
        text = f"'{zone}' does not contain slipway:publicName ({name or 'not set'}); expected a zone that it is in"
        yield Problem(("aws", "hostedZone"), text)


def _networks_differ(given: Raw) -> Iterator[Problem]:
    emulator = given.get("emulator")
    if not isinstance(emulator, Mapping):
        return
    try:
        vpc = ipaddress.IPv4Network(given.get("cidr", Aws.model_fields["cidr"].default))
        local = ipaddress.IPv4Network(emulator.get("network", Emulator.model_fields["network"].default))
    except ValueError:
        return
    if vpc.overlaps(local):
        text = f"'{local}' overlaps aws.cidr, {vpc}; expected a network of its own, as instances get addresses in it"
        yield Problem(("aws", "emulator", "network"), text)
