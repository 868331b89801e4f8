"""What is in the way of using a host, from what it said: pure, so that every rule can be tried without a host.

Limits come from kubeadm's and Cilium's own requirements; each says where it is from.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from operations.preflight import shared_address
from operations.preflight.finding import Finding, Status
from operations.preflight.observation import Observation, Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from operations.preflight.target import Target

DISTRIBUTIONS = ("debian-12", "debian-13", "ubuntu-24.04")
OLDEST_KERNEL = (5, 10)
"""docs.cilium.io, System Requirements."""
MEMORY_SHARE = 0.9
"""Firmware and kernel take a part of what is sold as memory; the role kubelet allows the same."""
NODE_DISK_GIB, FRONT_DISK_GIB = 10, 4
"""Images of a node, and of the registry."""
MAX_CLOCK_SKEW_SECONDS = 30
"""As the role host: certificates are valid from now, and etcd's leases are short."""
SMALLEST_MTU = 1280
"""A pod's packet has 50 bytes less (VXLAN); IPv6 wants 1280 at least."""
KIB_PER_GIB = 1 << 20
KIB_PER_MIB = 1 << 10
Verdict = tuple[Status, str]


def judge(environment: str, answers: Sequence[tuple[Target, Observation | Refused]]) -> list[Finding]:
    """Return every finding, host by host; what needs all hosts is said of each one that it is about."""
    across = _across_hosts(answers)
    findings: list[Finding] = []
    for target, answer in answers:
        if isinstance(answer, Refused):
            findings.append(_refusal(environment, target, answer))
            continue
        verdicts = {name: check(environment, target, answer) for name, check in CHECKS.items()}
        verdicts |= across.get(target.name, {})
        findings += [
            Finding(host=target.name, check=name, status=status, detail=detail)
            for name, (status, detail) in verdicts.items()
        ]
    return findings


def _refusal(environment: str, target: Target, refused: Refused) -> Finding:
    where = f"{target.user}@{target.address}:{target.port}"
    texts = {
        Refusal.UNREACHABLE: "cannot be reached over SSH: {}. Check that it runs, and its address",
        Refusal.KEY_CHANGED: "shows another host key ({}) than the pinned one. If it was installed anew, put its new "
        "hostKey into the environment file; if not, somebody is in between",
        Refusal.KEY_UNCONFIRMED: "shows the host key {}, which nobody has confirmed. Compare it with ssh-keygen -lf "
        "/etc/ssh/ssh_host_ed25519_key.pub on its console, then put it into the environment file as hostKey, or: "
        f"slipway preflight {environment} --accept-new-host-keys",
        Refusal.KEY_FILE: "cannot be asked, as the private key cannot be used: {}. Expected one without passphrase, or "
        "no keyFile and the key in your SSH agent",
        Refusal.LOGIN: "{}. Add the public key to authorized_keys of that user",
        Refusal.PROBE: "let us in, but could not be looked at: {}. Expected a POSIX shell",
    }
    detail = f"{where} {texts[refused.why].format(refused.detail)}"
    return Finding(host=target.name, check=_subject(refused.why), status=Status.ERROR, detail=detail)


def _subject(why: Refusal) -> str:
    return {Refusal.KEY_CHANGED: "host key", Refusal.KEY_UNCONFIRMED: "host key"}.get(why, why.value)


def _sudo(_environment: str, target: Target, seen: Observation) -> Verdict:
    if seen.one("sudo") == "yes":
        return Status.OK, f"'{target.user}' may become root"
    rule = f"{target.user} ALL=(ALL) NOPASSWD: ALL"
    return Status.ERROR, f"'{target.user}' may not become root without a password. Add to /etc/sudoers.d: {rule}"


def _distribution(_environment: str, _target: Target, seen: Observation) -> Verdict:
    if seen.distribution in DISTRIBUTIONS:
        return Status.OK, seen.distribution
    return Status.ERROR, f"{seen.distribution} is not supported; expected one of {', '.join(DISTRIBUTIONS)}"


def _programs(_environment: str, _target: Target, seen: Observation) -> Verdict:
    missing = [name for name in ("systemd", "python") if not seen.one(name)]
    if not missing:
        return Status.OK, "systemd runs, Python 3 is there"
    return Status.ERROR, f"{' and '.join(missing)} missing; expected systemd as init and python3, which Ansible needs"


def _kernel(_environment: str, target: Target, seen: Observation) -> Verdict:
    text = seen.one("kernel")
    numbers = tuple(int(part) for part in text.replace("-", ".").split(".")[:2] if part.isdigit())
    if numbers >= OLDEST_KERNEL or not target.is_node:
        return Status.OK, text
    oldest = ".".join(map(str, OLDEST_KERNEL))
    return Status.ERROR, f"{text} is too old for the network (eBPF); expected {oldest} or later"


def _cgroup(_environment: str, _target: Target, seen: Observation) -> Verdict:
    if seen.one("cgroup") == "2":
        return Status.OK, "version 2"
    return Status.WARNING, "version 1, which Kubernetes will drop; boot with systemd.unified_cgroup_hierarchy=1"


def _size(_environment: str, target: Target, seen: Observation) -> Verdict:
    memory_mib = seen.number("memory_kib") // KIB_PER_MIB
    there = f"{seen.cpu_count} cores, {memory_mib} MiB"
    if seen.cpu_count >= target.cpu and memory_mib >= target.memory_mib * MEMORY_SHARE:
        return Status.OK, there
    wanted = f"{target.cpu} cores and {target.memory_mib} MiB"
    return Status.ERROR, f"{there}, but '{target.pool}' is declared with {wanted}; declare less, or take a larger host"


def _disk(_environment: str, target: Target, seen: Observation) -> Verdict:
    free = seen.number("disk_free_kib") / KIB_PER_GIB
    wanted = NODE_DISK_GIB if target.is_node else FRONT_DISK_GIB
    if free >= wanted or seen.one("slipway"):  # images that are there already have taken their part
        return Status.OK, f"{free:.0f} GiB free below /var"
    return Status.ERROR, f"{free:.1f} GiB free below /var; expected at least {wanted} GiB, make room there"


def _clock(_environment: str, _target: Target, seen: Observation) -> Verdict:
    skew = seen.clock_skew_seconds
    if abs(skew) >= MAX_CLOCK_SKEW_SECONDS:
        side = "ahead of" if skew > 0 else "behind"
        return (
            Status.ERROR,
            f"{abs(skew):.0f} s {side} this computer; expected less than {MAX_CLOCK_SKEW_SECONDS} s, set it",
        )
    if seen.one("time_daemon") or seen.one("container"):
        return Status.OK, f"{skew:+.1f} s"
    return Status.ERROR, "no time daemon runs; install systemd-timesyncd or chrony, or the clock will drift"


def _ports(_environment: str, target: Target, seen: Observation) -> Verdict:
    if seen.one("slipway"):
        return Status.OK, "in use by slipway itself"
    taken = sorted(seen.listening & set(target.ports))
    if not taken:
        return Status.OK, f"{len(target.ports)} ports are free"
    listed = ", ".join(map(str, taken))
    return Status.ERROR, f"somebody listens on {listed} (see: ss -tlnp); expected them free, stop what listens there"


def _swap(_environment: str, _target: Target, seen: Observation) -> Verdict:
    devices = seen.values.get("swap", [])
    if not devices:
        return Status.OK, "off"
    return (
        Status.WARNING,
        f"on ({', '.join(devices)}): memory limits of pods are not what they say; turn it off: swapoff -a",
    )


def _engines(environment: str, _target: Target, seen: Observation) -> Verdict:
    other = seen.one("environment")
    own = f"registry.{environment}.slipway.internal"
    if other and other != own:
        name = other.removeprefix("registry.").removesuffix(".slipway.internal")
        return Status.ERROR, f"it belongs to the environment '{name}'; destroy that one first, or take another host"
    engines = sorted(set(seen.values.get("engine", [])))
    if seen.one("slipway") or not (engines or seen.one("kubernetes")):
        return Status.OK, "none but slipway's"
    found = ", ".join(engines) or "a Kubernetes node in /etc/kubernetes"
    return Status.ERROR, f"{found} is there already; expected no other container engine or cluster, remove it first"


def _dns(_environment: str, _target: Target, seen: Observation) -> Verdict:
    if servers := seen.values.get("nameserver", []):
        return Status.OK, ", ".join(servers)
    return Status.WARNING, "/etc/resolv.conf names no server, so nothing outside the cluster can be looked up there"


def _mtu(_environment: str, target: Target, seen: Observation) -> Verdict:
    mtu = seen.number("mtu")
    if not mtu:
        return Status.ERROR, f"no interface has {target.address}; expected the address that the other hosts reach"
    if mtu < SMALLEST_MTU:
        return Status.ERROR, f"{mtu} is too small for pods; expected at least {SMALLEST_MTU}"
    return Status.OK, str(mtu)


def _across_hosts(
    answers: Sequence[tuple[Target, Observation | Refused]],
) -> Mapping[str, dict[str, Verdict]]:
    """Find what only shows when hosts are compared."""
    seen = [(target, answer) for target, answer in answers if isinstance(answer, Observation)]
    found: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for name, verdict in _same_machine(seen):
        found[name]["machine id"] = verdict
    for name, verdict in shared_address.verdicts(seen):
        found[name]["virtual IP"] = verdict
    usual, _ = next(iter(Counter(answer.number("mtu") for _, answer in seen).most_common(1)), (0, 0))
    for target, answer in seen:
        mtu = answer.number("mtu")
        if SMALLEST_MTU <= mtu != usual:
            text = f"{mtu}, but most other hosts have {usual}: large packets between pods may be lost; make them equal"
            found[target.name]["MTU"] = Status.WARNING, text
    return found


def _same_machine(seen: Sequence[tuple[Target, Observation]]) -> Iterator[tuple[str, Verdict]]:
    first: dict[str, str] = {}
    for target, answer in seen:
        machine_id = answer.one("machine_id")
        other = first.setdefault(machine_id, target.name)
        if machine_id and other != target.name:
            text = (
                f"the same as that of {other}: copies of one image, or one host twice. Renew it: rm /etc/machine-id; "
            )
            yield target.name, (Status.ERROR, f"{text}systemd-machine-id-setup")


CHECKS: Mapping[str, Callable[[str, Target, Observation], Verdict]] = {
    "sudo": _sudo,
    "distribution": _distribution,
    "programs": _programs,
    "kernel": _kernel,
    "cgroup": _cgroup,
    "size": _size,
    "disk": _disk,
    "clock": _clock,
    "ports": _ports,
    "swap": _swap,
    "engines": _engines,
    "DNS": _dns,
    "MTU": _mtu,
}
