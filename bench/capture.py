"""Takes from a running environment what bench/plain.sh makes the same one from: containers, files, images, objects.

It deliberately computes nothing anew, so that both sides get the same settings. It writes secrets, all below one
private directory that the caller removes.
"""

from __future__ import annotations

import base64
import json
import shlex
from typing import TYPE_CHECKING, Any

import docker

from bench import container_flags, kubernetes_objects
from bench.environment import NAME, PORTS, PUBLIC_NAME, ROOT, SUBNET
from bench.stack_state import outputs, resources
from toolchain.images.lookup import image
from toolchain.lookup import executable

if TYPE_CHECKING:
    from pathlib import Path

PREFIX, PLAIN_PREFIX = f"slipway-{NAME}-", "slipway-bench-plain"
REGISTRY_FILES = ("/etc/registry/tls.crt", "/etc/registry/tls.key", "/etc/registry/htpasswd")
# What Ansible and the place `containers` put on a machine before kubeadm runs; a machine has those of its role.
MACHINE_FILES = (
    "/etc/slipway/hosts", "/etc/slipway/kubeadm.yaml", "/etc/sysctl.d/90-slipway.conf",
    "/etc/systemd/journald.conf.d/slipway.conf", "/etc/ssh/sshd_config.d/20-slipway.conf",
    "/etc/ssh/ssh_host_ed25519_key", "/home/slipway/.ssh/authorized_keys",
    "/usr/local/share/ca-certificates/slipway-environment.crt",
    "/etc/containerd", "/etc/systemd/system/containerd.service", "/etc/systemd/system/kubelet.service",
    "/etc/kubernetes/kubelet.conf.d", "/etc/kubernetes/slipway", "/etc/haproxy/slipway",
    "/etc/systemd/system/haproxy.service.d",
)  # fmt: skip
ENGINE_IMAGES = ("machine", "registry")
FIRST_IMAGES = ("node-binaries",)
"""Every host waits for them."""
CONTROL_PLANE_IMAGES = (
    "etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "pause",
)  # fmt: skip
"""kubeadm waits for them."""
APPS = {"api": "api-runtime", "frontend": "frontend-runtime"}


def capture(directory: Path) -> None:
    """Write everything that plain.sh reads."""
    for part in ("", "docker", "certificates", "machines", "registry"):
        (directory / part).mkdir(exist_ok=True, mode=0o700)
    recorded = resources()
    registry = outputs(recorded)["registry"]
    _settings(directory, registry)
    _logins(directory, registry)
    _containers(directory)
    _images(directory, recorded)
    definitions, objects, workloads = kubernetes_objects.from_state(recorded)
    for app in APPS:
        objects = kubernetes_objects.without_digest(objects, f"{registry['name']}/slipway/{app}", app)
    (directory / "definitions.yaml").write_text(definitions)
    (directory / "objects.yaml").write_text(objects)
    (directory / "workloads").write_text(workloads)


def _settings(directory: Path, registry: dict[str, str]) -> None:
    door = f"{PUBLIC_NAME}:{PORTS['https']}"
    values = {
        "SUBNET": SUBNET,
        "REGISTRY": registry["address"],
        "REGISTRY_NAME": registry["name"],
        "NODE_BINARIES": image("node-binaries").layers[0].digest,
        "API_PORT": str(PORTS["apiServer"]),
        "HEALTH_URL": f"https://{door}/api/v1/products?limit=1",
        "HEALTH_RESOLVE": f"{door}:127.0.0.1",
        "KUBECTL": str(executable("kubectl")),
        "APPS": str(ROOT / "apps"),
    }
    (directory / "settings").write_text("".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items()))


def _logins(directory: Path, registry: dict[str, str]) -> None:
    """Write the login as docker, skopeo and curl read it, so that it is never an argument."""
    login = f"{registry['username']}:{registry['password']}"
    auths = {registry["address"]: {"auth": base64.b64encode(login.encode()).decode()}}
    (directory / "docker/config.json").write_text(json.dumps({"auths": auths}))
    (directory / "registry.curl").write_text(f'user = "{login}"\n')
    (directory / "certificates/ca.crt").write_text(registry["caPem"])


def _containers(directory: Path) -> None:
    client = docker.from_env()
    roles = []
    for container in client.containers.list(filters={"label": f"io.slipway.environment={NAME}"}):
        name = str(container.name).removeprefix(PREFIX)
        target = directory / ("registry" if name == "registry" else f"machines/{name}")
        target.mkdir(exist_ok=True)
        flags = container_flags.from_inspection(container.attrs, PREFIX, f"{PLAIN_PREFIX}-")
        (target / "flags").write_text("".join(f"{flag}\n" for flag in flags))
        if name == "registry":
            (target / "files.tar").write_bytes(container_flags.archive(container, REGISTRY_FILES))
            continue
        (target / "files.tar").write_bytes(container_flags.archive(container, MACHINE_FILES))
        kinds = {"load-balancer": "load-balancer", "control-plane-0": "control-plane"}
        roles.append(f"{name} {kinds.get(name, 'worker')}\n")
    (directory / "roles").write_text("".join(sorted(roles)))


def _images(directory: Path, recorded: list[dict[str, Any]]) -> None:
    engine = [image(name) for name in ENGINE_IMAGES]
    lines = [f"{PLAIN_PREFIX}/{item.name}:latest\t{item.config_digest}\t{item.layout}\n" for item in engine]
    (directory / "engine-images").write_text("".join(lines))
    pushed = [entry["inputs"] for entry in recorded if entry["type"] == "slipway:index:RegistryImage"]
    waves = {image(name).repository: "first" for name in FIRST_IMAGES}
    waves |= {image(name).repository: "control-plane" for name in CONTROL_PLANE_IMAGES}
    table = [
        f"{waves.get(entry['repository'], 'rest')}\t{entry['layout']}\t{entry['repository']}:{entry['tag']}\n"
        for entry in pushed
    ]
    (directory / "images").write_text("".join(table))
    apps = {app: image(runtime) for app, runtime in APPS.items()}
    references = [
        f"{app}\t127.0.0.1:{PORTS['registry']}/{item.repository}@{item.digest}\n" for app, item in apps.items()
    ]
    (directory / "apps").write_text("".join(references))
