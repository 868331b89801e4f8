"""Makes room for nodes and a bootstrap token for them to join with; prints the token and the hash of the CA's key.

It writes the token's Secret itself, which `kubeadm token create` takes seconds for.
Source: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/

Usage: admit.py KUBECTL MINUTES NODE...; reads the administrator's kubeconfig (YAML) from its input.
"""

# ruff: noqa: INP001, T201 - a file of a role, started by Ansible with arguments of its own making
from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import os
import secrets
import string
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ALPHABET = string.ascii_lowercase + string.digits
NAMESPACE = "kube-system"


def ca_key_hash(kubeconfig: str) -> str:
    """Return the hash by which kubeadm recognises the cluster's CA."""
    cluster = yaml.safe_load(kubeconfig)["clusters"][0]["cluster"]
    certificate = x509.load_pem_x509_certificate(base64.b64decode(cluster["certificate-authority-data"]))
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"sha256:{hashlib.sha256(key).hexdigest()}"


def token_secret(token: str, expiration: dt.datetime) -> dict[str, object]:
    """Return the Secret that makes a token valid until ``expiration`` (UTC)."""
    identifier, _, secret = token.partition(".")
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "bootstrap.kubernetes.io/token",
        "metadata": {"name": f"bootstrap-token-{identifier}", "namespace": NAMESPACE},
        "stringData": {
            "description": "slipway: join",  # drift runs know it by that (operations/drift/kubernetes/foreign.py)
            "token-id": identifier,
            "token-secret": secret,
            "expiration": expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "usage-bootstrap-authentication": "true",
            "usage-bootstrap-signing": "true",
            "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
        },
    }


def new_token() -> str:
    """Return a token of 6 and 16 characters."""
    identifier, secret = ("".join(secrets.choice(ALPHABET) for _ in range(length)) for length in (6, 16))
    return f"{identifier}.{secret}"


def main(kubectl: str, minutes: str, *nodes: str) -> None:
    """Delete what earlier machines of these names left, make the token, and print what a node needs."""
    kubeconfig = sys.stdin.read()
    token = new_token()
    expiration = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=int(minutes))
    # In memory where there is such a place, and gone with this process.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a private file is made in it
    with tempfile.NamedTemporaryFile("w", prefix="slipway-kubeconfig.", dir=memory) as file:
        file.write(kubeconfig)
        file.flush()

        def run(arguments: list[str], stdin: str = "") -> None:
            command = [kubectl, f"--kubeconfig={file.name}", *arguments]
            subprocess.run(command, input=stdin, text=True, check=True, stdout=sys.stderr)

        with ThreadPoolExecutor() as at_once:
            # A machine made anew has left its Node object behind, which kubeadm would take for a living namesake.
            deleting = at_once.submit(run, ["delete", "node", "--ignore-not-found", *nodes])
            # `--validate=false` saves fetching the schemas; the API server checks the object all the same.
            run(["create", "--validate=false", "-f", "-"], json.dumps(token_secret(token, expiration)))
            deleting.result()
    print(token)
    print(ca_key_hash(kubeconfig))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        # kubectl has said why on the error output.
        sys.exit(f"{Path(error.cmd[0]).name} ended with exit code {error.returncode}")
