"""Every component has the house's shape, and everything on the engine can be found again by its labels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from plugins.rpc.values import SECRET_SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from stacks.settings import Settings

    from .registered import Environment

LABELS = {"io.slipway.project": "slipway", "io.slipway.environment": "trial"}
COMPONENTS = {
    "AppImage", "ApplicationNamespace", "Cilium", "Cluster", "ClusterDns", "DocumentStore", "Gateway", "GatewayApi",
    "LocalStorage", "MetricsServer", "PlatformImages", "PreparedMachine", "Registry", "RestApi", "WebFrontend",
    "WebTier",
}  # fmt: skip
LEAVES = {
    "AddressBlocks", "AnsibleRun", "Certificate", "CertificateAuthority", "EngineImage", "Password", "RegistryImage",
    "SshKey",
}  # fmt: skip


def test_components_are_of_slipways_own_types(environment: Environment) -> None:
    own = {resource.type for resource in environment.all("") if resource.type.startswith("slipway:")}

    assert own == {f"slipway:index:{name}" for name in COMPONENTS | LEAVES}


def test_children_hang_below_their_component(environment: Environment) -> None:
    parents = {resource.urn: resource for resource in environment.resources}
    below = {
        resource.name: parents[resource.parent].type.rpartition(":")[2]
        for resource in environment.all("Deployment") + environment.all("StatefulSet") + environment.all("AnsibleRun")
    }

    assert below["api"] == "WebTier"
    assert below["database"] == "DocumentStore"
    assert below["general-0-prepare"] == "PreparedMachine"
    assert below["general-0-join"] == "Cluster"
    assert not {"Stack"} & set(below.values())


def test_name_and_type_occur_once(environment: Environment) -> None:
    urns = [resource.urn for resource in environment.resources]

    assert len(urns) == len(set(urns))


@pytest.mark.parametrize("kind", ["container:Container", "volume:Volume", "network:Network"])
def test_everything_on_the_engine_is_labelled_and_named_for_its_environment(
    environment: Environment, kind: str
) -> None:
    made = environment.all(kind)

    assert made
    for resource in made:
        labels = {entry["label"]: entry["value"] for entry in resource.inputs["labels"]}
        assert labels == LABELS, resource.name
        assert re.fullmatch(r"slipway-trial(-.+)?", resource.inputs["name"]), resource.name


def test_ports_are_published_on_loopback_alone(environment: Environment) -> None:
    published = {
        port["external"]: port["ip"]
        for container in environment.all("container:Container")
        for port in container.inputs.get("ports", [])
    }

    assert published == dict.fromkeys([5443, 6443, 8080, 8443], "127.0.0.1")


def test_machine_has_its_declared_size_and_address(environment: Environment) -> None:
    general = environment.one("container:Container", "general-1").inputs

    assert (general["memory"], general["memorySwap"], general["cpus"]) == (1536, 1536, "1")
    assert general["networksAdvanced"][0]["ipv4Address"] == "172.31.240.17"


def test_private_keys_are_registered_as_secrets(environment: Environment) -> None:
    keys = [run.inputs["sshPrivateKey"] for run in environment.all("AnsibleRun")]

    assert keys
    assert all(isinstance(key, dict) and SECRET_SIGNATURE in key.values() for key in keys)


def test_outputs_are_the_contract(environment: Environment) -> None:
    assert set(environment.outputs) == {
        "endpoints", "healthTargets", "kubeconfig", "nodes", "pools", "registry", "slo", "ssh",
    }  # fmt: skip
    assert environment.outputs["endpoints"]["application"] == "https://catalogue.localhost:8443"
    assert "https://127.0.0.1:6443" in environment.outputs["kubeconfig"]
    machines = ["load-balancer", "control-plane-0", "general-0", "general-1", "database-0"]
    assert [node["name"] for node in environment.outputs["nodes"]] == machines


def test_secret_outputs_are_marked(environment: Environment) -> None:
    assert environment.secret_outputs == {"kubeconfig", "ssh", "registry"}


def test_one_more_machine_adds_only_what_is_its_own(
    register: Callable[[Settings], Environment], environment: Environment
) -> None:
    from .conftest import ENTRIES, settings  # noqa: PLC0415 - the fixtures' own settings

    general, database = ENTRIES["pools"]
    grown = register(settings(pools=[{**general, "size": 3}, database]))
    before = {resource.urn: resource.inputs for resource in environment.resources}
    after = {resource.urn: resource.inputs for resource in grown.resources}

    assert {urn.rpartition("::")[2] for urn in after.keys() - before} == {
        "general-2", "general-2-host-key", "general-2-prepare", "general-2-join",
    }  # fmt: skip
    changed = {urn.rpartition("::")[2] for urn in before if after[urn] != before[urn]}
    assert changed == {"cluster-load-balancer-workers"}
