"""What an environment file says of machines that exist already: the hosts of the place `ssh`, and how they must fit.

Here is also what follows from their list, such as the size of a pool; nothing is asked of any host.
"""

# No postponed annotations: pydantic reads them while the classes are made.
import base64
import binascii
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from stacks.settings_problem import Problem
from stacks.settings_values import DnsLabel, Whole

Raw = Mapping[str, Any]
PLACE: Final = "ssh"
LOAD_BALANCER, CONTROL_PLANE = "load-balancer", "control-plane"
VIRTUAL_IP: Final = ("loadBalancer", "virtualIp")
OWN_ACCOUNT: Final = "slipway"
"""The account that slipway makes on every host, so nobody's own."""
LOGIN = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
HOST_KEY = re.compile(r"(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]+=*( .*)?")
HOST_PACKAGES: Final = {"debian-12": "host-packages-debian12", "debian-13": "host-packages-debian13"}
"""Distribution -> image with its packages, for hosts that have no internet."""
SHORTEST_KEY_BYTES: Final = 51
"""An Ed25519 key with its kind, both with their lengths (RFC 8709)."""
SSH_PORT: Final = 22
CONTROL_PLANE_COUNTS: Final = (1, 3)
LOAD_BALANCER_COUNTS: Final = (1, 2)
LOOPBACK_PORTS: Final = ("http", "https", "apiServer")


def _ip_address(value: str) -> str:
    try:
        return str(ipaddress.IPv4Address(value))
    except ValueError:
        text = f"'{value}' is no address; expected an IPv4 address such as 10.20.0.11 that the other hosts reach"
        raise ValueError(text) from None


def _login(value: str) -> str:
    if value == "root":
        raise ValueError("'root' may not log in once a host is prepared; expected a user with passwordless sudo")
    if value == OWN_ACCOUNT:
        raise ValueError(f"'{value}' is the account that slipway makes itself; expected another user with sudo")
    if not LOGIN.fullmatch(value):
        raise ValueError(f"'{value}' is no user name; expected at most 32 lower-case letters, digits, '-' and '_'")
    return value


def _host_key(value: str) -> str:
    if not HOST_KEY.fullmatch(value) or not _is_complete_key(*value.split()[:2]):
        raise ValueError(f"'{value[:40]}' is no host key; expected a whole line such as ssh-ed25519 AAAA...")
    return value


def _is_complete_key(kind: str, text: str) -> bool:
    """Look whether the encoded key is of its kind and not cut off; see RFC 4253, section 6.6."""
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    size = int.from_bytes(content[:4], "big")
    return content[4 : 4 + size] == kind.encode() and len(content) >= SHORTEST_KEY_BYTES


IpAddress = Annotated[str, AfterValidator(_ip_address)]
Login = Annotated[str, AfterValidator(_login)]
HostKey = Annotated[str, AfterValidator(_host_key)]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, use_attribute_docstrings=True)


class Host(_Model):
    """A machine that is there already."""

    name: Annotated[DnsLabel, Field(examples=["rack1-07"])]
    """Name of the host and of its node; the host is given that name."""
    address: Annotated[IpAddress, Field(examples=["10.20.0.11"])]
    """IPv4 address at which this computer and all other hosts reach it."""
    pool: Annotated[DnsLabel, Field(examples=["general"])]
    """One of `pools`, or `control-plane`, or `load-balancer`."""
    port: Annotated[Whole, Field(ge=1, le=65535)] = 22
    """Port of its SSH server."""
    user: Login | None = None
    """Whom to log in as the first time; `ssh.user` when absent."""
    key_file: str | None = None
    """That user's private key; `ssh.keyFile` when absent."""
    host_key: HostKey | None = None
    """Its public host key; without one it has to be confirmed with `slipway preflight`."""

    @property
    def known_name(self) -> str:
        """The host's name in a known_hosts file; see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT."""
        return self.address if self.port == SSH_PORT else f"[{self.address}]:{self.port}"


class Jump(_Model):
    """A host that all SSH connections go through."""

    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$", examples=["jump.example.org"])]
    """Name or address of the jump host."""
    port: Annotated[Whole, Field(ge=1, le=65535)] = 22
    """Port of its SSH server."""
    user: Login | None = None
    """Whom to log in as there; `ssh.user` when absent."""
    key_file: str | None = None
    """That user's private key; `ssh.keyFile` when absent."""
    host_key: Annotated[HostKey, Field(examples=["ssh-ed25519 AAAA..."])]
    """Its public host key."""


class Ssh(_Model):
    """How hosts are reached the first time, where they say nothing else."""

    user: Login | None = None
    """A user with passwordless sudo."""
    key_file: str | None = None
    """Private key of that user, `~` is your home; the keys of your SSH agent when absent."""
    jump: Jump | None = None
    """A host that all SSH connections go through."""


def known_keys(file: Path) -> dict[str, str]:
    """Return a known_hosts file as name -> key; empty when there is none."""
    if not file.is_file():
        return {}
    lines = (line.partition(" ") for line in file.read_text(encoding="utf-8").splitlines())
    return {name: key for name, _, key in lines if key}


def hosts_of(raw: Raw) -> list[tuple[int, Raw]]:
    """Return the hosts that have the shape of one, each with its index."""
    listed = raw.get("hosts")
    entries = enumerate(listed) if isinstance(listed, list) else ()
    return [(index, host) for index, host in entries if isinstance(host, Mapping)]


def completed(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the raw values with what the list of hosts decides: sizes of pools and the number of control planes."""
    if raw.get("place") != PLACE:
        return raw
    sizes = Counter(str(host.get("pool")) for _, host in hosts_of(raw))
    pools = raw.get("pools")
    if isinstance(pools, list):
        # At least 1, so that a pool without hosts gets the error that says so, and no other.
        pools = [
            {"size": max(1, sizes[str(pool.get("name"))]), **pool} if isinstance(pool, dict) else pool for pool in pools
        ]
    count = sizes[CONTROL_PLANE]
    given = raw.get("controlPlane", {})
    if isinstance(given, dict) and count in CONTROL_PLANE_COUNTS:
        given = {"count": count, **given}
    return {**raw, **({"pools": pools} if "pools" in raw else {}), "controlPlane": given}


def host_violations(raw: Raw) -> Iterator[Problem]:
    """Find what does not fit together in the place `ssh`, or is of use there alone."""
    if raw.get("place") != PLACE:
        of_no_use = [(key,) for key in ("hosts", "ssh") if raw.get(key)]
        for where in (*of_no_use, *([VIRTUAL_IP] if _virtual_ip(raw) else [])):
            yield Problem(where, f"is of use to the place '{PLACE}' alone; remove it, or set slipway:place to that")
        return
    yield from _decided_by_hosts(raw)
    yield from _distinct(raw)
    yield from _pools_and_hosts_fit(raw)
    yield from _virtual_ip_fits(raw)
    yield from _jump_is_no_host(raw)
    yield from _logins(raw)


def _decided_by_hosts(raw: Raw) -> Iterator[Problem]:
    pools = raw.get("pools")
    for index, pool in enumerate(pools if isinstance(pools, list) else ()):
        if isinstance(pool, Mapping) and "size" in pool:
            yield Problem(("pools", index, "size"), "follows from slipway:hosts in the place 'ssh'; remove it")
    part = raw.get("controlPlane")
    if isinstance(part, Mapping) and "count" in part:
        yield Problem(("controlPlane", "count"), "follows from slipway:hosts in the place 'ssh'; remove it")
    if "network" in raw:
        yield Problem(("network",), "is decided by your network in the place 'ssh'; remove it")
    ports = raw.get("ports")
    for key in LOOPBACK_PORTS:
        if isinstance(ports, Mapping) and key in ports:
            text = "is of no use in the place 'ssh', where the load balancer's own ports are used; remove it"
            yield Problem(("ports", key), text)


def _distinct(raw: Raw) -> Iterator[Problem]:
    for key, meaning in (("name", "name"), ("address", "address")):
        first: dict[str, int] = {}
        for index, host in hosts_of(raw):
            value = host.get(key)
            if isinstance(value, str) and first.setdefault(value, index) != index:
                text = f"'{value}' is the {meaning} of hosts[{first[value]}] already; expected another"
                yield Problem(("hosts", index, key), f"{text}, as every machine is listed once")


def _pools_and_hosts_fit(raw: Raw) -> Iterator[Problem]:
    pools = raw.get("pools")
    listed = [pool for pool in pools if isinstance(pool, Mapping)] if isinstance(pools, list) else []
    names = [pool["name"] for pool in listed if isinstance(pool.get("name"), str)]
    known = [*names, CONTROL_PLANE, LOAD_BALANCER]
    used = Counter(str(host.get("pool")) for _, host in hosts_of(raw))
    for index, host in hosts_of(raw):
        if isinstance(host.get("pool"), str) and host["pool"] not in known:
            text = f"'{host['pool']}' is no pool of this environment; expected one of {', '.join(known)}"
            yield Problem(("hosts", index, "pool"), text)
    for index, name in enumerate(names):
        if name not in used:
            yield Problem(("pools", index), f"no host is in pool '{name}'; expected at least one, or remove the pool")
    if used[CONTROL_PLANE] not in CONTROL_PLANE_COUNTS:
        text = f"{used[CONTROL_PLANE]} hosts have the pool 'control-plane'; expected 1 or 3, as etcd needs a majority"
        yield Problem(("hosts",), text)
    elif used[LOAD_BALANCER] not in LOAD_BALANCER_COUNTS:
        text = (
            f"{used[LOAD_BALANCER]} hosts have the pool 'load-balancer'; expected 1, which carries the registry too, "
        )
        yield Problem(("hosts",), f"{text}or 2 that share slipway:loadBalancer.virtualIp")


def _virtual_ip(raw: Raw) -> object:
    part = raw.get("loadBalancer")
    return part.get("virtualIp") if isinstance(part, Mapping) else None


def _virtual_ip_fits(raw: Raw) -> Iterator[Problem]:
    wanted = _virtual_ip(raw)
    balancers = [host for _, host in hosts_of(raw) if host.get("pool") == LOAD_BALANCER]
    if wanted is None and len(balancers) > 1:
        text = f"is missing, and {len(balancers)} hosts have the pool 'load-balancer'; expected a free address of their"
        yield Problem(VIRTUAL_IP, f"{text} network, which goes to one that works")
    for index, host in hosts_of(raw):
        if wanted is not None and host.get("address") == wanted:
            text = f"'{wanted}' is the address of hosts[{index}]; expected one of the same network that nobody has"
            yield Problem(VIRTUAL_IP, text)


def _jump_is_no_host(raw: Raw) -> Iterator[Problem]:
    common = raw.get("ssh")
    jump = common.get("jump") if isinstance(common, Mapping) else None
    if isinstance(jump, Mapping) and jump.get("address") in {host.get("address") for _, host in hosts_of(raw)}:
        text = f"'{jump['address']}' is one of the hosts, which forward nothing; expected another machine"
        yield Problem(("ssh", "jump", "address"), text)


def _logins(raw: Raw) -> Iterator[Problem]:
    common = raw.get("ssh")
    if isinstance(common, Mapping) and common.get("user"):
        return
    jump = common.get("jump") if isinstance(common, Mapping) else None
    if isinstance(jump, Mapping) and not jump.get("user"):
        yield Problem(("ssh", "jump", "user"), "is missing, and there is no slipway:ssh.user; expected a user name")
    for index, host in hosts_of(raw):
        if not host.get("user"):
            text = "is missing, and there is no slipway:ssh.user; expected a user with passwordless sudo"
            yield Problem(("hosts", index, "user"), text)
