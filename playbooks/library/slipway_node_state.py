"""Tells how far a machine is on its way into the cluster, from its disk and from what the API server says of it.

It deliberately repairs nothing: the roles decide between joining, resetting first, and refusing.
"""

# ruff: noqa: INP001 - Ansible finds modules by their path, not by their package
from __future__ import annotations

import json
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule  # type: ignore[import-untyped]

DOCUMENTATION = """
module: slipway_node_state
short_description: Whether a machine has joined the cluster
description:
  - C(absent) - nothing of Kubernetes is here.
  - C(broken) - kubeadm was started by slipway and did not end, or the machine belonged to another cluster of slipway.
  - C(foreign) - there is a node of somebody else's cluster here, which slipway must not touch.
  - C(forgotten) - joined, but the cluster has no such node any more.
  - C(joined) - joined, and the API server knows the node.
  - C(returning) - nothing of Kubernetes is here but a control plane's data, on a volume that outlived its machine.
options:
  name: {description: Name of the node., type: str, required: true}
  endpoint: {description: host:port of the API server., type: str, required: true}
  ca_certificate: {description: CA of the cluster to belong to (PEM); any when absent., type: str}
  timeout_seconds: {description: How long an API server may take to answer., type: int, default: 60}
author: slipway
"""

RETURN = """
state: {description: One of the states above., type: str, returned: always}
labels: {description: Labels of the node where it is joined., type: dict, returned: always}
taints: {description: "Taints of the node as key=value:Effect or key:Effect.", type: list, returned: always}
kubelet: {description: Whether the kubelet runs., type: bool, returned: always}
declared: {description: Labels and taints that slipway gave the node last., type: dict, returned: always}
"""

KUBERNETES = Path("/etc/kubernetes")
STARTED = Path("/etc/slipway/kubeadm.yaml")  # written before kubeadm starts
COMPLETE = Path("/etc/slipway/joined")  # written after kubeadm ended well
TRACES = (
    KUBERNETES / "kubelet.conf",
    KUBERNETES / "admin.conf",
    KUBERNETES / "pki/ca.crt",
)
ETCD_DATA = Path("/var/lib/etcd/data")
KEPT = Path(
    "/var/lib/etcd/slipway"
)  # beside etcd's data: made before kubeadm starts, the keys in it after it ended well
DECLARED = Path("/etc/slipway/node.json")  # so that what is no longer declared can be taken from the node
KUBEADM_TIMEOUT_SECONDS = 300  # its own limits for the control plane and the kubelet are 240 s
KUBELET_CERTIFICATE = Path("/var/lib/kubelet/pki/kubelet-client-current.pem")


def kubeadm_runs() -> bool:
    """Whether a kubeadm is at work on this machine."""
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text() == "kubeadm\n":
                return True
        except OSError:  # the process ended while we looked
            continue
    return False


def await_kubeadm(timeout_seconds: int) -> bool:
    """Waits for a kubeadm that an interrupted run left behind: it goes on alone, and may well succeed."""
    deadline = time.monotonic() + timeout_seconds
    while kubeadm_runs():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True


def state_on_disk(ca_certificate: str | None) -> str:
    """The state as far as the machine itself can tell."""
    if not COMPLETE.exists():
        if (KEPT / "pki").exists():
            return "returning"
        if not any(trace.exists() for trace in (*TRACES, ETCD_DATA)):
            return "absent"
        return "broken" if STARTED.exists() or KEPT.exists() else "foreign"
    authority = KUBERNETES / "pki/ca.crt"
    if not KUBELET_CERTIFICATE.exists() or not authority.exists():
        return "broken"
    if ca_certificate and authority.read_text().split() != ca_certificate.split():
        return "broken"
    return "joined"


def own_node(name: str, endpoint: str, timeout_seconds: int) -> dict[str, Any] | None:
    """The machine's own Node object, asked for with the kubelet's certificate; None when the cluster has none.

    Raises:
        OSError: the API server did not answer in time.
    """
    context = ssl.create_default_context(cafile=str(KUBERNETES / "pki/ca.crt"))
    context.load_cert_chain(str(KUBELET_CERTIFICATE))
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            url = f"https://{endpoint}/api/v1/nodes/{name}"
            with urllib.request.urlopen(url, context=context, timeout=10) as answer:
                node: dict[str, Any] = json.load(answer)
                return node
        except urllib.error.HTTPError as error:
            # 401 and 403: the certificate is not (or no longer) this node's, so the cluster does not know it
            if error.code in (401, 403, 404):
                return None
            if time.monotonic() > deadline:
                raise
        except OSError:  # the API server may be starting, after a reboot of its machine
            if time.monotonic() > deadline:
                raise
        time.sleep(1)


def declared() -> dict[str, Any]:
    """Labels and taints that the node was given last."""
    try:
        found: dict[str, Any] = json.loads(DECLARED.read_text())
    except (OSError, ValueError):
        found = {}
    return {"labels": found.get("labels", {}), "taints": found.get("taints", [])}


def taint_text(taint: dict[str, str]) -> str:
    """A taint as kubectl writes it: key=value:Effect, or key:Effect when it has no value."""
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint['key']}{value}:{taint['effect']}"


def kubelet_runs() -> bool:
    """Whether the kubelet runs; somebody, or an interrupted run that took the machine out, may have stopped it."""
    return subprocess.run(["systemctl", "--quiet", "is-active", "kubelet.service"], check=False).returncode == 0


def main() -> None:
    """Reads the arguments and reports."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "endpoint": {"type": "str", "required": True},
            "ca_certificate": {"type": "str"},
            "timeout_seconds": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    name, endpoint = module.params["name"], module.params["endpoint"]
    if not await_kubeadm(KUBEADM_TIMEOUT_SECONDS):
        module.fail_json(
            msg=f"{name}: a kubeadm has been running for minutes. Look at it there, end it, then run again."
        )
    state, node = state_on_disk(module.params["ca_certificate"]), None
    if state == "joined":
        try:
            node = own_node(name, endpoint, module.params["timeout_seconds"])
        except OSError as error:
            module.fail_json(
                msg=f"{name} has joined the cluster at https://{endpoint}, which does not answer: {error}. Look at "
                "haproxy on the load balancer and at kubelet and containerd on the control planes, then run again."
            )
        state = "joined" if node else "forgotten"
    module.exit_json(
        changed=False,
        state=state,
        labels=(node or {}).get("metadata", {}).get("labels", {}),
        taints=[taint_text(taint) for taint in (node or {}).get("spec", {}).get("taints", [])],
        kubelet=kubelet_runs(),
        declared=declared(),
    )


if __name__ == "__main__":
    main()
