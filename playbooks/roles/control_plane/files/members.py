"""Lets control planes into a cluster that runs, and takes those out that are not declared any more.

It runs on a control plane that has joined, through `python3 -`, so it needs nothing but Debian's Python and kubectl.

Usage: members.py admit NAME=ADDRESS...    prints token, hash of the CA's key, key of the uploaded certificates
       members.py retire NAME...           prints who left; NAMEs are all control planes that are declared
       members.py would-retire NAME...     prints who would leave
"""

# ruff: noqa: INP001, S310, T201, ANN401 - fed to the machine's own Python; arguments and addresses are our own
from __future__ import annotations

import hashlib
import json
import os
import ssl
import subprocess
import sys
import urllib.request
from typing import Any

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "KUBECONFIG": "/etc/kubernetes/admin.conf"}
PKI = "/etc/kubernetes/pki"
SELECTOR = "node-role.kubernetes.io/control-plane"
DRAIN_SECONDS = 120


def run(*command: str, stdin: bytes | None = None) -> bytes:
    """Run a command; what it says on the error output is ours too."""
    return subprocess.run(command, input=stdin, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE).stdout


def ask_etcd(path: str, body: dict[str, Any]) -> Any:
    """Call etcd's gateway from JSON to gRPC: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/."""
    context = ssl.create_default_context(cafile=f"{PKI}/etcd/ca.crt")
    context.load_cert_chain(f"{PKI}/etcd/healthcheck-client.crt", f"{PKI}/etcd/healthcheck-client.key")
    request = urllib.request.Request(f"https://127.0.0.1:2379/v3/cluster/member/{path}", json.dumps(body).encode())
    with urllib.request.urlopen(request, context=context, timeout=30) as answer:
        return json.load(answer)


def forget(name: str, address: str) -> None:
    """Delete a node and its etcd member.

    A member that comes back without its data would panic, and one that never started keeps others from joining.
    """
    for member in ask_etcd("list", {})["members"]:
        # By name too: a machine made anew may have another address. One that never started has no name yet.
        if member.get("name") == name or f"https://{address}:2380" in member["peerURLs"]:
            ask_etcd("remove", {"ID": member["ID"]})
    run("kubectl", "delete", "node", "--ignore-not-found", name)


def admit(newcomers: list[str]) -> None:
    """Remove what earlier machines of these names left, and print what a newcomer needs."""
    for newcomer in newcomers:
        forget(*newcomer.split("=", 1))
    token = run("kubeadm", "token", "create", "--ttl", "20m").decode().strip()
    public = run("openssl", "x509", "-pubkey", "-noout", "-in", f"{PKI}/ca.crt")
    key = run("openssl", "pkey", "-pubin", "-outform", "der", stdin=public)
    uploaded = run("kubeadm", "init", "phase", "upload-certs", "--upload-certs").decode().split()
    print(token, hashlib.sha256(key).hexdigest(), uploaded[-1], sep="\n")


def undeclared(declared: list[str]) -> dict[str, str]:
    """Return name and address of every control plane of the cluster that is not declared."""
    nodes = json.loads(run("kubectl", "get", "nodes", "--selector", SELECTOR, "--output", "json"))["items"]
    found = {
        node["metadata"]["name"]: next(
            (entry["address"] for entry in node["status"]["addresses"] if entry["type"] == "InternalIP"), ""
        )
        for node in nodes
    }
    return {name: address for name, address in sorted(found.items()) if name not in declared}


def retire(declared: list[str]) -> None:
    """Drain and forget what is not declared, one after the other: etcd must agree to each departure."""
    for name, address in undeclared(declared).items():
        drain = ("kubectl", "drain", name, "--ignore-daemonsets", "--delete-emptydir-data", "--force")
        run(*drain, f"--timeout={DRAIN_SECONDS}s")
        forget(name, address)
        print(name)


if __name__ == "__main__":
    os.umask(0o077)
    action, arguments = sys.argv[1], sys.argv[2:]
    try:
        if action == "admit":
            admit(arguments)
        elif action == "retire":
            retire(arguments)
        else:
            print(*undeclared(arguments), sep="\n", end="")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd[:3])} ended with exit code {error.returncode}")
