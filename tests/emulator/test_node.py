"""A node of the emulated cloud: prepared by the roles, and its kubelet gets its logins from the credential provider."""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from plugins.slipway.oci_layout import Descriptor
from plugins.slipway.registry import Registry, RegistryAccess
from plugins.slipway.x509 import new_authority
from tests.emulator.conftest import ENVIRONMENT, REGION, Cloud
from tests.emulator.test_cloud import launch
from toolchain.emulator import life, presence
from toolchain.images.lookup import image

if TYPE_CHECKING:
    from toolchain.images.layout import ImageLayout

HOST = f"000000000000.dkr.ecr.{REGION}.amazonaws.com"
PREFIX = f"slipway-{ENVIRONMENT}/"
PLAYBOOKS = life.PROJECT_ROOT / "playbooks"
RUNNING_SECONDS = 60.0
KUBELET = """
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
staticPodPath: /etc/kubernetes/manifests
"""
POD = f"""
apiVersion: v1
kind: Pod
metadata: {{name: proof, namespace: kube-system}}
spec:
  hostNetwork: true
  containers:
    - {{name: proof, image: "{HOST}/{PREFIX}slipway/proof:1", imagePullPolicy: Always}}
"""


def test_kubelet_pulls_with_a_login_that_it_asked_for(cloud: Cloud) -> None:
    push(cloud, "slipway/node-binaries", image("node-binaries"))
    push(cloud, "slipway/credential-provider", image("credential-provider"))
    push(cloud, "pause", image("pause"))
    push(cloud, "slipway/proof", image("pause"), tag="1")
    files = [
        {"path": "/var/lib/kubelet/config.yaml", "content": KUBELET},
        {"path": "/etc/kubernetes/manifests/proof.yaml", "content": POD},
    ]
    user_data, host_key = cloud.user_data("node", write_files=files)
    instance = launch(cloud, cloud.subnet(), user_data, "t3.small")
    machine = {
        "name": "node",
        "address": instance["PrivateIpAddress"],
        "hostKey": host_key,
        "roles": ["worker"],
        "pool": "general",
        "cpu": 1,
        "memoryMib": 1024,
    }
    given = variables(cloud)
    first = play(cloud, machine, given)
    assert (first["failures"], first["unreachable"]) == ([], {})
    # Another login, as the one before ends after hours: it is kept nowhere, so that nothing changes.
    again = play(cloud, machine, {**given, "registry_password": "another"})
    assert (again["failures"], again["stats"]["node"].get("changed", 0)) == ([], 0)

    def shell(command: str) -> str:
        return cloud.ssh(machine["address"], host_key, f"sudo sh -c {shlex.quote(command)}")

    assert "ministack-auth-token" not in shell("cat /etc/containerd/certs.d/*/hosts.toml /etc/slipway/*.yaml")
    # As its unit does, less the API server that this node has none of.
    shell("sed -i -e '/kubeconfig=/d' /etc/systemd/system/kubelet.service && systemctl daemon-reload")
    shell("systemctl start kubelet")
    deadline = time.monotonic() + RUNNING_SECONDS
    while '"running":{' not in (pods := shell("curl --silent --insecure https://127.0.0.1:10250/pods || true")):
        if time.monotonic() > deadline:
            pytest.fail(f"{pods}\n{shell('journalctl --unit kubelet --no-pager | tail -30')}")
        time.sleep(1)
    cloud.client("ec2").terminate_instances(InstanceIds=[instance["InstanceId"]])


def variables(cloud: Cloud) -> dict[str, Any]:
    """Variables of prepare.yml, as the place aws gives them for an emulated cloud."""
    endpoint = str(cloud.status.endpoint)
    environment = {
        "AWS_ENDPOINT_URL_ECR": endpoint,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint,
        "AWS_CA_BUNDLE": "/usr/local/share/ca-certificates/slipway-registry.crt",
    }
    return {
        "registry_name": HOST,
        "registry_port": 443,
        "registry_prefix": PREFIX,
        "registry_endpoint": endpoint,
        "registry_ca_certificate": ca_pem(),
        "registry_username": "AWS",
        "registry_password": "ministack-auth-token",
        "ca_certificate": new_authority("of the test", 1).certificate_pem,
        "node_binaries_digest": image("node-binaries").layers[0].digest,
        "container_runtime_credential_provider": {
            "repository": "slipway/credential-provider",
            "digest": image("credential-provider").layers[0].digest,
        },
        "kubelet_credential_provider": {
            "name": "ecr-credential-provider",
            "match_images": ["*.dkr.ecr.*.amazonaws.com"],
            "environment": environment,
        },
    }


def ca_pem() -> str:
    return (presence.directory(ENVIRONMENT) / "ca.pem").read_text()


def push(cloud: Cloud, repository: str, layout: ImageLayout, tag: str = "") -> None:
    """Make a repository and copy an image of the cache into it, through the door on loopback."""
    cloud.client("ecr").create_repository(repositoryName=f"{PREFIX}{repository}")
    asyncio.run(_push(f"127.0.0.1:{cloud.registry_port}", f"{PREFIX}{repository}", layout, tag or layout.tag))


async def _push(address: str, repository: str, layout: ImageLayout, tag: str) -> None:
    access = RegistryAccess(address, HOST, "AWS", "ministack-auth-token", ca_pem())
    async with Registry(access) as registry:
        manifest = layout.blob(layout.digest).read_bytes()
        fields = json.loads(manifest)
        for blob in map(Descriptor.of, [fields["config"], *fields["layers"]]):
            await registry.push_blob(repository, blob, layout.blob(blob.digest))
        await registry.push_manifest(repository, tag, fields["mediaType"], manifest)


def play(cloud: Cloud, machine: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Run prepare.yml as the plugin does, and return the outcome."""
    request = {
        "playbook": "prepare.yml",
        "directory": str(PLAYBOOKS),
        "machines": [machine],
        "private_key": cloud.key[0],
        "variables": given,
    }
    command = [sys.executable, "-m", "plugins.slipway.ansible"]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True)
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["outcome"]
    return outcome
