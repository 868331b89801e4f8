"""Hosts that cannot be used, each for another reason: everything is told at once, and nothing is changed on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.environment import ROOT, EndToEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.rack import Rack

HOSTS = {
    "unfit-sudo": "load-balancer", "unfit-distribution": "control-plane", "unfit-key": "general",
    "unfit-off": "general", "unfit-ports": "database", "unfit-login": "general", "unfit-clock": "general",
}  # fmt: skip
BREAK = {
    "unfit-sudo": "rm /etc/sudoers.d/rack",
    "unfit-distribution": "sed -i 's/^VERSION_ID=.*/VERSION_ID=\"11\"/' /etc/os-release",
    "unfit-key": "rm /etc/ssh/ssh_host_ed25519_key; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; "
    "systemctl restart ssh",
    "unfit-login": "> /home/rack/.ssh/authorized_keys",
    # A container has the clock of its host, so what is wrong is what this one says: five minutes less.
    "unfit-clock": r"""printf '#!/bin/sh\nexec /usr/bin/date --date=-5min "$@"\n' > /usr/local/bin/date
        chmod 755 /usr/local/bin/date""",
    "unfit-ports": "cp /usr/bin/python3 /usr/local/bin/dockerd; "
    "(/usr/local/bin/dockerd -m http.server 10250 >/dev/null 2>&1 &)",
}


@pytest.fixture
def unfit(rack: Rack) -> Iterator[EndToEnd]:
    """An environment file whose hosts were all broken."""
    wanted = EndToEnd(name="unfit", file=ROOT / "environments" / "Pulumi.unfit.yaml")
    try:
        hosts = rack.make(HOSTS)
        for name, script in BREAK.items():
            rack.shell(name, script)
        rack.host("unfit-off").pause()
        # somebody has that one: the engine itself, as the network's gateway
        wanted.file.write_text(rack.settings(hosts, loadBalancer={"memoryMib": 512, "virtualIp": rack.gateway}))
        yield wanted
    finally:
        wanted.file.unlink(missing_ok=True)
        rack.remove()


def test_everything_is_told_at_once_and_nothing_begins(unfit: EndToEnd, capfd: pytest.CaptureFixture[str]) -> None:
    report = json.loads(unfit.slipway("preflight", "unfit", "--json").stdout)
    update = unfit.slipway("up", "unfit")

    errors = {(finding["host"], finding["check"]) for finding in report["findings"] if finding["status"] == "error"}
    assert errors == {
        ("unfit-sudo", "sudo"), ("unfit-distribution", "distribution"), ("unfit-key", "host key"),
        ("unfit-off", "reachable"), ("unfit-ports", "ports"), ("unfit-ports", "engines"), ("unfit-login", "login"),
        ("unfit-clock", "clock"), ("unfit-sudo", "virtual IP"),
    }  # fmt: skip
    details = {finding["host"]: finding["detail"] for finding in report["findings"] if finding["status"] == "error"}
    assert details["unfit-clock"] == "300 s behind this computer; expected less than 30 s, set it"
    assert details["unfit-login"].endswith("Add the public key to authorized_keys of that user")
    assert update.returncode == 1
    assert "9 things are in the way on the hosts of 'unfit', nothing was changed" in capfd.readouterr().err
