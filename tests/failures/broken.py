"""Ways to break an environment, each with its way back; and what health says meanwhile.

It deliberately goes behind slipway's back, as failures do.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.e2e.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.environment import EndToEnd

PATIENCE_SECONDS = 240
IN_APPLICATION = ("-n", "catalogue")
IN_GATEWAY = ("-n", "slipway-gateway")


def health(environment: EndToEnd) -> dict[str, Any]:
    """Check once."""
    report: dict[str, Any] = json.loads(environment.slipway("health", environment.name, "--json").stdout)
    return report


def states(report: dict[str, Any]) -> dict[str, str]:
    """Return the status of every check by its name."""
    return {check["name"]: check["status"] for check in report["checks"]}


def detail(report: dict[str, Any], name: str) -> str:
    """Return what a check says."""
    return next(check["detail"] for check in report["checks"] if check["name"] == name)


def wait_until_unhealthy(environment: EndToEnd, *names: str) -> dict[str, Any]:
    """Check until all of these are unhealthy."""
    return _wait(environment, f"{names} unhealthy", lambda found: all(found[name] == "unhealthy" for name in names))


def wait_until_healthy(environment: EndToEnd) -> dict[str, Any]:
    """Check until all is well."""
    return _wait(environment, "all healthy", lambda found: set(found.values()) == {"healthy"})


def _wait(environment: EndToEnd, what: str, reached: Any) -> dict[str, Any]:  # noqa: ANN401 - a predicate
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        report = health(environment)
        if reached(states(report)):
            return report
        assert time.monotonic() < deadline, f"not {what}: {json.dumps(report['checks'], indent=1)}"
        time.sleep(2)


@contextlib.contextmanager
def broken_image(environment: EndToEnd, tier: str) -> Iterator[None]:
    """Roll out an image that is not in the registry."""
    image = environment.kubectl(
        *IN_APPLICATION, "get", "deployment", tier, "-o", "jsonpath={.spec.template.spec.containers[0].image}"
    )
    gone = f"{image.partition('@')[0]}@sha256:{'0' * 64}"
    environment.kubectl(*IN_APPLICATION, "set", "image", f"deployment/{tier}", f"{tier}={gone}")
    try:
        yield
    finally:
        environment.kubectl(*IN_APPLICATION, "set", "image", f"deployment/{tier}", f"{tier}={image}")
        _disown(environment, IN_APPLICATION, f"deployment/{tier}")


@contextlib.contextmanager
def failing_readiness(environment: EndToEnd, tier: str) -> Iterator[None]:
    """Roll out pods that never become ready."""
    path = "/spec/template/spec/containers/0/readinessProbe/httpGet/path"
    kept = environment.kubectl(
        *IN_APPLICATION,
        "get", "deployment", tier, "-o", "jsonpath={.spec.template.spec.containers[0].readinessProbe.httpGet.path}",
    )  # fmt: skip
    _patch(environment, IN_APPLICATION, f"deployment/{tier}", path, "/nowhere")
    try:
        yield
    finally:
        _patch(environment, IN_APPLICATION, f"deployment/{tier}", path, kept)


@contextlib.contextmanager
def database_down(environment: EndToEnd) -> Iterator[None]:
    """Stop the database."""
    environment.kubectl(*IN_APPLICATION, "scale", "statefulset/database", "--replicas=0")
    try:
        yield
    finally:
        environment.kubectl(*IN_APPLICATION, "scale", "statefulset/database", "--replicas=1")
        _disown(environment, IN_APPLICATION, "statefulset/database")


@contextlib.contextmanager
def killed_machine(environment: EndToEnd, machine: str) -> Iterator[None]:
    """Kill a machine, as a power cut would."""
    container = f"slipway-{environment.name}-{machine}"
    subprocess.run(["docker", "kill", container], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["docker", "start", container], check=True, capture_output=True)


@contextlib.contextmanager
def stale_agent(environment: EndToEnd, node: str, address: str) -> Iterator[None]:
    """Let a node's network agent have another address than the node; mended as health says."""
    change = json.dumps([{"op": "replace", "path": "/spec/addresses/0/ip", "value": address}])
    environment.kubectl("patch", f"ciliumnode/{node}", "--type=json", f"--patch={change}")
    try:
        yield
    finally:
        _, _, said = detail(health(environment), "nodes").partition("restart the agent: kubectl ")
        environment.kubectl(*said.split())


@contextlib.contextmanager
def broken_route(environment: EndToEnd, tier: str) -> Iterator[None]:
    """Send a route to a Service that does not exist."""
    path = "/spec/rules/0/backendRefs/0/name"
    _patch(environment, IN_APPLICATION, f"httproute/{tier}", path, "nowhere")
    try:
        yield
    finally:
        _patch(environment, IN_APPLICATION, f"httproute/{tier}", path, tier)


@contextlib.contextmanager
def expired_certificate(environment: EndToEnd) -> Iterator[None]:
    """Give the gateway a certificate of the environment's own authority that ended yesterday."""
    name = "secret/gateway-certificate"
    kept = json.loads(environment.kubectl(*IN_GATEWAY, "get", name, "-o", "json"))["data"]
    _patch_data(environment, name, _expired(environment))
    try:
        yield
    finally:
        _patch_data(environment, name, kept)


def _patch(environment: EndToEnd, inside: tuple[str, str], what: str, path: str, value: str) -> None:
    change = json.dumps([{"op": "replace", "path": path, "value": value}])
    environment.kubectl(*inside, "patch", what, "--type=json", f"--patch={change}")
    _disown(environment, inside, what)


def _patch_data(environment: EndToEnd, name: str, data: dict[str, str]) -> None:
    environment.kubectl(*IN_GATEWAY, "patch", name, "--patch-file=/dev/stdin", stdin=json.dumps({"data": data}))
    _disown(environment, IN_GATEWAY, name)


def _disown(environment: EndToEnd, inside: tuple[str, str], what: str) -> None:
    """Forget who set which field: kubectl would own what it has touched, and refuse it to the next update."""
    environment.kubectl(*inside, "patch", what, "--type=merge", '--patch={"metadata": {"managedFields": [{}]}}')


def _expired(environment: EndToEnd) -> dict[str, str]:
    authority = _authority(environment)
    issuer = x509.load_pem_x509_certificate(authority["certificatePem"].encode())
    issuer_key = serialization.load_pem_private_key(authority["privateKeyPem"].encode(), password=None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    public_name = environment.outputs["slo"]["endpoints"][0]["serverName"]
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, public_name)]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now - timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(public_name)]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"tls.crt": _data(certificate.public_bytes(serialization.Encoding.PEM)), "tls.key": _data(private)}


def _authority(environment: EndToEnd) -> dict[str, str]:
    """Return the environment's own authority, from its state."""
    script = f"{environment.slipway('env', environment.name).stdout}\npulumi stack export --show-secrets --stack "
    done = subprocess.run(
        ["bash", "-c", script + environment.name], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for resource in json.loads(done.stdout)["deployment"]["resources"]:
        if resource["type"] == "slipway:index:CertificateAuthority":
            return {key: _plain(resource["outputs"][key]) for key in ("certificatePem", "privateKeyPem")}
    raise AssertionError("the state has no certificate authority")


def _plain(value: Any) -> str:  # noqa: ANN401 - of a state
    return str(json.loads(value["plaintext"]) if isinstance(value, dict) else value)


def _data(content: bytes) -> str:
    return base64.b64encode(content).decode()
