"""Everything that can be in the way on a host is told, in words that say what to do; and a host is asked for real."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from operations.failure import OperationFailedError
from operations.preflight.check import keep, look
from operations.preflight.contact import PROBE, ask
from operations.preflight.dead_hosts import dead_workers, joins
from operations.preflight.finding import Finding, Status
from operations.preflight.judgement import judge
from operations.preflight.moved_hosts import refuse_moved_hosts
from operations.preflight.observation import Observation, Refusal, Refused, parsed
from operations.preflight.target import Target
from operations.stack_state import Recorded
from stacks.settings import Settings, known_keys, parse

from .ssh_server import ssh_server

GOOD: dict[str, list[str]] = {
    "sudo": ["yes"], "python": ["yes"], "systemd": ["yes"], "os_ID": ["debian"], "os_VERSION_ID": ["12"],
    "kernel": ["6.1.0-37-amd64"], "cpus": ["0-3"], "memory_kib": ["8000000"], "machine_id": ["aa"], "cgroup": ["2"],
    "disk_free_kib": ["52428800"], "time_daemon": ["chronyd"], "listen": ["0016"], "nameserver": ["10.0.0.53"],
    "mtu": ["1500"],
}  # fmt: skip
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJPzDLvjfxUC7rb/3uZapnlGB+8La3xAcC8q49ns0raY"


def target(name: str = "a", pool: str = "general", **more: object) -> Target:
    values = {
        "address": "10.0.0.1", "port": 22, "user": "admin", "key_file": None, "host_key": KEY, "cpu": 2,
        "known_name": "10.0.0.1", "memory_mib": 4096, "ports": (10250, 30080),
    }  # fmt: skip
    return Target(name=name, pool=pool, **{**values, **more})  # type: ignore[arg-type]


def seen(skew: float = 0.1, **changes: list[str]) -> Observation:
    return Observation({**GOOD, **changes}, skew)


def in_the_way(answer: Observation | Refused, **more: object) -> list[Finding]:
    return [finding for finding in judge("shop", [(target(**more), answer)]) if finding.status is not Status.OK]  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "release"), [("debian", "12"), ("debian", "13"), ("ubuntu", "24.04")])
def test_nothing_is_in_the_way_on_a_good_host(name: str, release: str) -> None:
    assert in_the_way(seen(os_ID=[name], os_VERSION_ID=[release])) == []


@pytest.mark.parametrize(
    ("answer", "check", "told"),
    [
        (seen(sudo=["no"]), "sudo", "'admin' may not become root without a password. Add to /etc/sudoers.d"),
        (seen(os_VERSION_ID=["11"]), "distribution", "debian-11 is not supported; expected one of debian-12"),
        (seen(os_ID=["ubuntu"], os_VERSION_ID=["22.04"]), "distribution", "ubuntu-22.04 is not supported"),
        (seen(os_ID=[], os_VERSION_ID=[]), "distribution", "unknown-rolling is not supported"),
        (seen(python=[]), "programs", "python missing; expected systemd as init and python3"),
        (seen(kernel=["4.19.0-27"]), "kernel", "4.19.0-27 is too old for the network (eBPF); expected 5.10 or later"),
        (seen(cpus=["0"]), "size", "1 cores, 7812 MiB, but 'general' is declared with 2 cores"),
        (seen(memory_kib=["2000000"]), "size", "4 cores, 1953 MiB, but 'general' is declared with 2 cores"),
        (seen(disk_free_kib=["1048576"]), "disk", "1.0 GiB free below /var; expected at least 10 GiB"),
        (seen(skew=240.0), "clock", "240 s ahead of this computer; expected less than 30 s"),
        (seen(skew=-240.0), "clock", "240 s behind this computer"),
        (seen(time_daemon=[]), "clock", "no time daemon runs; install systemd-timesyncd or chrony"),
        (seen(listen=["7580", "0016"]), "ports", "somebody listens on 30080 (see: ss -tlnp)"),
        (seen(engine=["dockerd", "dockerd"]), "engines", "dockerd is there already; expected no other"),
        (seen(kubernetes=["yes"]), "engines", "a Kubernetes node in /etc/kubernetes is there already"),
        (
            seen(slipway=["yes"], environment=["registry.other.slipway.internal"]),
            "engines",
            "it belongs to the environment 'other'; destroy that one first",
        ),
        (seen(mtu=[]), "MTU", "no interface has 10.0.0.1; expected the address that the other hosts reach"),
        (seen(mtu=["1200"]), "MTU", "1200 is too small for pods; expected at least 1280"),
        (Refused(Refusal.LOGIN, "refuses the keys of x for 'admin'"), "login", "10.0.0.1:22 refuses the keys of x"),
        (Refused(Refusal.UNREACHABLE, "no answer"), "reachable", "cannot be reached over SSH: no answer"),
        (Refused(Refusal.KEY_CHANGED, "SHA256:x"), "host key", "another host key (SHA256:x) than the pinned one"),
        (Refused(Refusal.KEY_UNCONFIRMED, "SHA256:x"), "host key", "slipway preflight shop --accept-new-host-keys"),
        (Refused(Refusal.KEY_FILE, "k: no such file"), "key file", "the private key cannot be used: k: no such file"),
    ],
)  # fmt: skip
def test_what_is_in_the_way_is_told_once(answer: Observation | Refused, check: str, told: str) -> None:
    (finding,) = in_the_way(answer)

    assert (finding.check, finding.status) == (check, Status.ERROR)
    assert told in finding.detail


@pytest.mark.parametrize(
    ("answer", "check"),
    [(seen(cgroup=["1"]), "cgroup"), (seen(swap=["/dev/sda2"]), "swap"), (seen(nameserver=[]), "DNS")],
)
def test_what_is_not_in_the_way_is_a_warning(answer: Observation, check: str) -> None:
    (finding,) = in_the_way(answer)

    assert (finding.check, finding.status) == (check, Status.WARNING)


def test_what_slipway_itself_made_is_not_in_its_way() -> None:
    own = seen(
        slipway=["yes"], environment=["registry.shop.slipway.internal"], engine=["containerd", "kubelet"],
        kubernetes=["yes"], listen=["7580"], disk_free_kib=["1048576"],
    )  # fmt: skip

    assert in_the_way(own) == []


def test_hosts_are_compared_with_each_other() -> None:
    hosts = [(target("a"), seen()), (target("b"), seen()), (target("c"), seen(machine_id=["cc"], mtu=["9000"]))]

    found = {(finding.host, finding.check): finding for finding in judge("shop", hosts)}

    assert found["b", "machine id"].status is Status.ERROR
    assert "the same as that of a" in found["b", "machine id"].detail
    assert found["c", "MTU"].status is Status.WARNING
    assert "9000, but most other hosts have 1500" in found["c", "MTU"].detail


def test_the_clock_is_only_wrong_beyond_the_time_that_asking_took() -> None:
    answers = [parsed(f"epoch={epoch}\nend=yes\n", 100.0, 110.0) for epoch in (105.0, 170.0, 40.0)]

    assert [answer.clock_skew_seconds for answer in answers if isinstance(answer, Observation)] == [0.0, 60.0, -60.0]


def test_half_an_answer_is_a_refusal() -> None:
    assert isinstance(parsed("epoch=1\nsudo: who are you\n", 0, 1), Refused)


async def test_a_host_is_asked_over_ssh(tmp_path: Path) -> None:
    async with ssh_server(tmp_path) as server:
        here = target(address="127.0.0.1", port=server.port, key_file=str(server.key_file), host_key=server.host_key)
        answer = await ask(here, PROBE.read_text())

    assert isinstance(answer, Observation)
    assert abs(answer.clock_skew_seconds) < 5
    assert answer.distribution != "unknown-rolling"
    assert answer.cpu_count > 0
    assert answer.number("memory_kib") > 0
    assert answer.number("disk_free_kib") > 0
    assert answer.one("mtu") == "65536"
    assert server.port in answer.listening


async def test_a_host_with_another_key_gets_no_login(tmp_path: Path) -> None:
    async with ssh_server(tmp_path) as server:
        changed = await ask(
            target(address="127.0.0.1", port=server.port, key_file=str(server.key_file), host_key=KEY), ""
        )
        unconfirmed = await ask(target(address="127.0.0.1", port=server.port, host_key=None), "")

    assert isinstance(changed, Refused)
    assert isinstance(unconfirmed, Refused)
    assert (changed.why, unconfirmed.why) == (Refusal.KEY_CHANGED, Refusal.KEY_UNCONFIRMED)
    assert changed.detail.startswith("SHA256:")
    assert unconfirmed.presented_key == server.host_key


async def test_a_key_that_is_not_let_in_and_one_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with ssh_server(tmp_path) as server, ssh_server(tmp_path / "other") as other:
        where = {"address": "127.0.0.1", "port": server.port, "host_key": server.host_key}
        refused = await ask(target(**where, key_file=str(other.key_file)), "")
        unreadable = await ask(target(**where, key_file=str(tmp_path / "authorized_keys")), "")

    assert isinstance(refused, Refused)
    assert isinstance(unreadable, Refused)
    assert (refused.why, unreadable.why) == (Refusal.LOGIN, Refusal.KEY_FILE)


async def test_nobody_there_is_told_quickly() -> None:
    answer = await ask(target(address="127.0.0.1", port=1), "")

    assert isinstance(answer, Refused)
    assert answer.why is Refusal.UNREACHABLE


def test_a_confirmed_key_is_kept_and_asked_for_once(tmp_path: Path) -> None:
    known_hosts = tmp_path / "environments" / "shop" / "known_hosts"
    asked: list[str] = []

    async def serve(started: asyncio.Event, port: list[int], end: asyncio.Event) -> None:
        async with ssh_server(tmp_path) as server:
            port.append(server.port)
            started.set()
            await end.wait()

    async def program() -> None:
        started, end, port = asyncio.Event(), asyncio.Event(), list[int]()
        serving = asyncio.create_task(serve(started, port, end))
        await started.wait()
        wanted = _settings(port[0], tmp_path / "key")
        for _ in range(2):
            report = await asyncio.to_thread(
                look, "shop", wanted, known_hosts, lambda host, _key: bool(asked.append(host.name) or True)
            )
            assert "host key" not in {finding.check for finding in report.findings}
        end.set()
        await serving

    asyncio.run(program())

    assert asked == ["front"]
    (known,) = known_keys(known_hosts)
    assert known.startswith("[127.0.0.1]:")
    assert known_hosts.stat().st_mode & 0o777 == 0o600


def test_keys_that_were_confirmed_before_stay(tmp_path: Path) -> None:
    keep(tmp_path / "known_hosts", {"10.0.0.1": KEY})
    keep(tmp_path / "known_hosts", {"10.0.0.2": KEY})

    assert known_keys(tmp_path / "known_hosts") == {"10.0.0.1": KEY, "10.0.0.2": KEY}


def _settings(port: int, key_file: Path) -> Settings:
    hosts = [
        {"name": "front", "address": "127.0.0.1", "port": port, "pool": "load-balancer"},
        {"name": "control", "address": "127.0.0.2", "port": 1, "pool": "control-plane", "hostKey": KEY},
        {"name": "data", "address": "127.0.0.3", "port": 1, "pool": "database", "hostKey": KEY},
    ]
    entries = {
        "place": "ssh", "ssh": {"user": "admin", "keyFile": str(key_file)}, "pools": [{"name": "database"}],
        "hosts": hosts,
    }  # fmt: skip
    return parse({f"slipway:{key}": value for key, value in entries.items()}, "x")


NODES = [
    {"name": "front", "address": "127.0.0.1", "roles": ["load-balancer"]},
    {"name": "control", "address": "127.0.0.2", "roles": ["control-plane"]},
    {"name": "data", "address": "127.0.0.3", "roles": ["worker"]},
]


@pytest.mark.parametrize(
    ("former", "told"),
    [
        ({"nodes": [{**NODES[2], "name": "former"}]}, "127.0.0.3 is 'former' so far, not 'data'"),
        ({"endpoints": {"apiServer": "https://127.0.0.9:6443"}}, "load balancers is 127.0.0.9 so far, not 127.0.0.1"),
        ({"registry": {"address": "127.0.0.8:5000"}}, "with the registry is 127.0.0.8 so far, not 127.0.0.1"),
    ],
)
def test_changes_of_hosts_that_would_do_harm_are_refused(former: dict[str, Any], told: str) -> None:
    with pytest.raises(OperationFailedError) as caught:
        refuse_moved_hosts("shop", _settings(22, Path("key")), former)

    assert told in str(caught.value)
    assert caught.value.code == 2


def test_hosts_may_come_and_go_and_begin() -> None:
    for nodes in ([], NODES, NODES[:2], [*NODES, {"name": "x", "address": "127.0.0.7", "roles": ["worker"]}]):
        same = {"endpoints": {"apiServer": "https://127.0.0.1:6443"}, "registry": {"address": "127.0.0.1:5000"}}
        refuse_moved_hosts("shop", _settings(22, Path("key")), {"nodes": nodes, **same})


def test_only_workers_that_left_the_file_and_do_not_answer_are_dead(tmp_path: Path) -> None:
    silent = {"address": "127.0.0.9", "sshPort": 1}

    async def program() -> list[str]:
        async with ssh_server(tmp_path) as server:
            alive = {"name": "alive", "address": "127.0.0.1", "sshPort": server.port, "roles": ["worker"]}
            nodes = [
                alive,
                {"name": "dead", "roles": ["worker"], **silent},
                {"name": "behind", "roles": ["worker"], "jump": {"address": "j"}, **silent},
                {"name": "control", "roles": ["control-plane"], **silent},
                {"name": "data", "roles": ["worker"], "address": "127.0.0.3", "sshPort": 1},
            ]
            listed = parse(_entries_without_front(), "x")
            return await asyncio.to_thread(dead_workers, listed, nodes)

    assert asyncio.run(program()) == ["dead"]


def test_the_run_that_made_a_node_is_found_and_what_comes_after_it() -> None:
    names = ("a-join", "b-join", "cluster-load-balancer-workers")
    urns = [f"urn:pulumi:shop::slipway::slipway:index:Cluster$slipway:index:AnsibleRun::{name}" for name in names]
    after = (frozenset[str](), frozenset[str](), frozenset(urns[:2]))
    resources = [
        Recorded(urn, "slipway:index:AnsibleRun", "x", {}, needs) for urn, needs in zip(urns, after, strict=True)
    ]

    assert joins(resources, ["b"]) == urns[1:]
    assert joins(resources, ["c"]) == []


def _entries_without_front() -> dict[str, Any]:
    hosts = [
        {"name": "front", "address": "127.0.0.5", "pool": "load-balancer", "user": "a"},
        {"name": "control", "address": "127.0.0.2", "pool": "control-plane", "user": "a"},
        {"name": "data", "address": "127.0.0.3", "pool": "database", "user": "a"},
    ]
    return {"slipway:place": "ssh", "slipway:pools": [{"name": "database"}], "slipway:hosts": hosts}
