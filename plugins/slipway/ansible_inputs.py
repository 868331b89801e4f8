"""Checks the inputs of an ``AnsibleRun`` and turns them into the request of one run.

It starts nothing and reads no playbook.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plugins.rpc.resource import Failure, Properties
from plugins.rpc.values import UNKNOWN, Secret, reveal
from plugins.slipway.ansible.run_request import RunRequest
from plugins.slipway.children import REPOSITORY_ROOT

DEFAULTS: dict[str, Any] = {"forks": 10, "timeoutSeconds": 1800}
REQUIRED = ("playbook", "hosts", "sshPrivateKey", "digest")
ALWAYS_SECRET = ("sshPrivateKey", "secretVariables", "volatileSecretVariables")
MACHINE_REQUIRED = ("name", "address", "hostKey")


def checked(news: Properties) -> Properties:
    """Return the inputs with defaults, and with the marks of secrets that a program may have left out."""
    inputs = {**DEFAULTS, **{key: value for key, value in news.items() if reveal(value) is not None}}
    for key in ALWAYS_SECRET:
        if key in inputs:
            inputs[key] = Secret(reveal(inputs[key]))
    return inputs


def input_failures(inputs: Properties) -> list[Failure]:
    """Return what is wrong with checked inputs; unknown values are not judged."""
    failures = [Failure(key, "is missing") for key in REQUIRED if key not in inputs]
    hosts = reveal(inputs.get("hosts"))
    if isinstance(hosts, list):
        if not hosts:
            failures.append(Failure("hosts", "is empty; a playbook needs at least one machine"))
        failures += [failure for index, host in enumerate(hosts) for failure in _machine_failures(index, host)]
        failures += _duplicates(hosts)
    for key in ("playbook", "deletePlaybook", "forgetPlaybook"):
        name = inputs.get(key)
        if isinstance(name, str) and not (_directory(inputs) / name).is_file():
            failures.append(Failure(key, f"'{name}' is not in {_directory(inputs)}"))
    return failures


def run_request(
    inputs: Properties,
    *,
    check: bool = False,
    ssh_seconds: float = 60.0,
    silence_seconds: float = 60.0,
    tolerate_unreachable: bool = False,
    limit_seconds: float | None = None,
    former: Properties | None = None,
    without_hosts: bool = False,
) -> RunRequest:
    """Return the request for a run with these inputs.

    Args:
        inputs: Checked inputs.
        check: Whether to change nothing.
        ssh_seconds: How long a machine may take until it lets us log in.
        silence_seconds: How long, within that, nothing at all may answer at its address.
        tolerate_unreachable: Whether to go on with the machines that can be reached.
        limit_seconds: Time limit that wins over that of the inputs.
        without_hosts: Whether to run here on behalf of machines that nobody reaches.
        former: Inputs of the run before: what they kept secret may still lie on the hosts, and show up in a diff.
    """
    plain = reveal(inputs)
    return RunRequest(
        playbook=plain["playbook"],
        directory=str(_directory(inputs)),
        machines=plain["hosts"],
        private_key=plain["sshPrivateKey"],
        variables=_variables(plain),
        secret_values=sorted({text for text in _secret_texts([inputs, former], secret=False) if text}),
        check=check,
        forks=int(plain["forks"]),
        timeout_seconds=int(limit_seconds or plain["timeoutSeconds"]),
        ssh_seconds=ssh_seconds,
        silence_seconds=silence_seconds,
        tolerate_unreachable=tolerate_unreachable,
        without_hosts=without_hosts,
    )


def _variables(plain: dict[str, Any]) -> dict[str, Any]:
    groups = ("variables", "secretVariables", "volatileSecretVariables")
    return {name: value for group in groups for name, value in (plain.get(group) or {}).items()}


def _directory(inputs: Properties) -> Path:
    """Return the playbooks' directory: the checkout's own one, or the given one relative to the checkout."""
    return (REPOSITORY_ROOT / (inputs.get("playbookDirectory") or "playbooks")).resolve()


def _machine_failures(index: int, machine: Any) -> Iterator[Failure]:  # noqa: ANN401 - as the program wrote it
    if machine is UNKNOWN:
        return
    if not isinstance(machine, dict):
        yield Failure(f"hosts[{index}]", "is no machine; an object with name, address and hostKey was expected")
        return
    for key in MACHINE_REQUIRED:
        if not machine.get(key):
            yield Failure(f"hosts[{index}].{key}", "is missing")
    key_line = machine.get("hostKey")
    if isinstance(key_line, str) and len(key_line.split()) < 2:  # noqa: PLR2004 - type and key
        yield Failure(f"hosts[{index}].hostKey", f"is '{key_line}', but 'ssh-ed25519 AAAA...' was expected")


def _duplicates(hosts: list[Any]) -> list[Failure]:
    names = [host.get("name") for host in hosts if isinstance(host, dict)]
    twice = sorted({name for name in names if isinstance(name, str) and names.count(name) > 1})
    return [Failure("hosts", f"names '{name}' more than once") for name in twice]


def _secret_texts(value: Any, *, secret: bool) -> Iterator[str]:  # noqa: ANN401 - property values are dynamic
    """Return every text that is marked as secret, at any depth."""
    if isinstance(value, Secret):
        yield from _secret_texts(value.value, secret=True)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _secret_texts(item, secret=secret)
    elif isinstance(value, list):
        for item in value:
            yield from _secret_texts(item, secret=secret)
    elif secret and isinstance(value, str):
        yield value
