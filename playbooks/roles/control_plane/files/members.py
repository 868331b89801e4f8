"""Lets control planes into a cluster that runs, and takes those out that are not declared any more.

It runs on a control plane that has joined, through `python3 -`, so it needs nothing but Debian's Python and kubectl.

Usage: members.py admit NAME=ADDRESS...           prints token, hash of the CA's key, key of the uploaded certificates
       members.py strangers NAME=ADDRESS...       prints which of them are no members of etcd, or not any more
       members.py settle NAME=ADDRESS...          prints who left, and who stays after all
       members.py would-settle NAME=ADDRESS...    prints who would
For `settle` they are all control planes that are declared.
"""

# ruff: noqa: INP001, S310, T201, ANN401 - fed to the machine's own Python; arguments and addresses are our own
from __future__ import annotations

import hashlib
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.request
from typing import Any

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "KUBECONFIG": "/etc/kubernetes/admin.conf"}
PKI = "/etc/kubernetes/pki"
SELECTOR = "node-role.kubernetes.io/control-plane"
DRAIN_SECONDS = 120
ETCD_SECONDS = 60
LEAVING = "slipway.io/leaving"
"""Annotation of a node that is being drained, as in the role leave."""


def run(*command: str, stdin: bytes | None = None) -> bytes:
    """Run a command; what it says on the error output is ours too."""
    return subprocess.run(command, input=stdin, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE).stdout


def ask_etcd(path: str, body: dict[str, Any]) -> Any:
    """Call etcd's gateway from JSON to gRPC: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/."""
    context = ssl.create_default_context(cafile=f"{PKI}/etcd/ca.crt")
    context.load_cert_chain(f"{PKI}/etcd/healthcheck-client.crt", f"{PKI}/etcd/healthcheck-client.key")
    request = urllib.request.Request(f"https://127.0.0.1:2379/v3/cluster/member/{path}", json.dumps(body).encode())
    deadline = time.monotonic() + ETCD_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                return json.load(answer)
        except OSError as error:  # after a reboot of its machine it may be starting
            if time.monotonic() > deadline:
                sys.exit(f"etcd on this machine does not answer: {error}")
        time.sleep(1)


def members() -> list[dict[str, Any]]:
    """Return etcd's members, of which one that never started has no name yet."""
    found: list[dict[str, Any]] = ask_etcd("list", {})["members"]
    return found


def nodes() -> dict[str, dict[str, Any]]:
    """Return name and Node of every control plane that the cluster knows."""
    listed = json.loads(run("kubectl", "get", "nodes", "--selector", SELECTOR, "--output", "json"))["items"]
    return {node["metadata"]["name"]: node for node in listed}


def forget(name: str, address: str) -> None:
    """Delete a node, then its etcd member: when that is cut in between, a machine that stays is still a member.

    A member that comes back without its data would panic, and one that never started keeps others from joining.
    """
    run("kubectl", "delete", "node", "--ignore-not-found", name)
    for member in members():
        # By name too: a machine made anew may have another address.
        if member.get("name") == name or f"https://{address}:2380" in member["peerURLs"]:
            ask_etcd("remove", {"ID": member["ID"]})


def admit(newcomers: dict[str, str]) -> None:
    """Remove what earlier machines of these names left, and print what a newcomer needs."""
    for name, address in newcomers.items():
        forget(name, address)
    token = run("kubeadm", "token", "create", "--ttl", "20m").decode().strip()
    public = run("openssl", "x509", "-pubkey", "-noout", "-in", f"{PKI}/ca.crt")
    key = run("openssl", "pkey", "-pubin", "-outform", "der", stdin=public)
    uploaded = run("kubeadm", "init", "phase", "upload-certs", "--upload-certs").decode().split()
    print(token, hashlib.sha256(key).hexdigest(), uploaded[-1], sep="\n")


def strangers(declared: dict[str, str]) -> list[str]:
    """Return who is no member of etcd: a control plane whose departure was cut off when its member was gone."""
    known = {member.get("name") for member in members()}
    if not known & declared.keys():
        sys.exit(f"etcd here has the members {', '.join(filter(None, known))} and none of {', '.join(declared)}")
    return [name for name in declared if name not in known]


def undeclared(declared: dict[str, str], found: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return name and address of every node and every member that is not declared."""
    leaving = {name: address_of(node) for name, node in found.items()}
    for member in members():
        address = member["peerURLs"][0].removeprefix("https://").rpartition(":")[0]
        if "name" in member or address not in declared.values():
            leaving.setdefault(member.get("name", address), address)
    return {name: address for name, address in sorted(leaving.items()) if name not in declared}


def address_of(node: dict[str, Any]) -> str:
    """Return a node's own address, or nothing where it has told none."""
    return next((entry["address"] for entry in node["status"]["addresses"] if entry["type"] == "InternalIP"), "")


def settle(declared: dict[str, str], *, only_tell: bool) -> None:
    """Drain and forget what is not declared, one after the other: etcd must agree to each departure.

    What is declared and was being drained when an earlier run was cut off takes pods again.
    """
    found = nodes()
    for name in declared:
        if LEAVING in found.get(name, {}).get("metadata", {}).get("annotations", {}):
            print(name, "stays")
            if not only_tell:
                run("kubectl", "uncordon", name)
                run("kubectl", "annotate", "node", name, f"{LEAVING}-")
    for name, address in undeclared(declared, found).items():
        print(name, "leaves")
        if only_tell:
            continue
        if name in found:
            run("kubectl", "annotate", "node", name, f"{LEAVING}=true", "--overwrite")
            drain = ("kubectl", "drain", name, "--ignore-daemonsets", "--delete-emptydir-data", "--force")
            run(*drain, f"--timeout={DRAIN_SECONDS}s")
        forget(name, address)


if __name__ == "__main__":
    os.umask(0o077)
    action, machines = sys.argv[1], dict(argument.split("=", 1) for argument in sys.argv[2:])
    try:
        if action == "admit":
            admit(machines)
        elif action == "strangers":
            print(*strangers(machines), sep="\n", end="")
        else:
            settle(machines, only_tell=action == "would-settle")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd[:3])} ended with exit code {error.returncode}")
