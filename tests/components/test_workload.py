"""Pods are hardened, images are pinned, and only the connections that the application needs are allowed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import ENTRIES, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stacks.settings import Settings

    from .registered import Environment

NEEDS_MORE = {"cilium-operator"}
"""Runs in the host's network before any other can; its image has no other user than root."""
BY_DIGEST = re.compile(r"registry\.trial\.slipway\.internal:5000/[a-z0-9/-]+@sha256:[0-9a-f]{64}")
KINDS = ("Deployment", "StatefulSet", "DaemonSet")


def _pods(environment: Environment, *kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in kinds:
        for name, inputs in environment.objects(kind).items():
            yield name, inputs["spec"]["template"]["spec"]


def _containers(environment: Environment, *kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, pod in _pods(environment, *kinds):
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            yield name, container


def test_every_image_is_pulled_from_the_registry_by_digest(environment: Environment) -> None:
    images = {name: container["image"] for name, container in _containers(environment, *KINDS)}

    assert set(images) == {
        "api", "cilium", "cilium-operator", "coredns", "database", "frontend", "metrics-server", "traefik",
    }  # fmt: skip
    assert [image for image in images.values() if not BY_DIGEST.fullmatch(image)] == []


@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_every_deployment_answers_for_itself(environment: Environment, probe: str) -> None:
    without = [
        name for name, container in _containers(environment, "Deployment", "StatefulSet") if probe not in container
    ]

    assert without == []


def test_every_deployment_says_what_it_needs(environment: Environment) -> None:
    for name, container in _containers(environment, "Deployment", "StatefulSet"):
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}, name
        assert "memory" in container["resources"]["limits"], name


def test_pods_run_without_rights(environment: Environment) -> None:
    for name, pod in _pods(environment, "Deployment", "StatefulSet"):
        if name in NEEDS_MORE:
            continue
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 10000, name
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name


def test_application_pods_hold_no_token_of_the_cluster(environment: Environment) -> None:
    holders = {
        name
        for name, pod in _pods(environment, "Deployment", "StatefulSet")
        if pod.get("automountServiceAccountToken", True)
    }

    assert not holders & {"api", "frontend", "database"}


def test_database_runs_on_its_pool_and_tolerates_its_taints(environment: Environment) -> None:
    pod = dict(_pods(environment, "StatefulSet"))["database"]

    assert pod["nodeSelector"] == {"slipway.io/pool": "database"}
    assert pod["tolerations"] == [
        {"key": "dedicated", "operator": "Equal", "value": "database", "effect": "NoSchedule"},
        {"key": "slow", "operator": "Exists", "effect": "NoExecute"},
    ]


def test_rolling_updates_take_no_pod_away_first(environment: Environment) -> None:
    for name in ("api", "frontend", "traefik", "coredns"):
        spec = environment.objects("Deployment")[name]["spec"]
        assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}, name
        assert spec["replicas"] >= 2, name


@pytest.mark.parametrize(("size", "domains"), [(1, 1), (2, 2), (3, 2)])
def test_replicas_are_on_two_nodes_where_there_are_two(
    register: Callable[[Settings], Environment], size: int, domains: int
) -> None:
    general, database = ENTRIES["pools"]
    environment = register(settings(pools=[{**general, "size": size}, database]))
    for name in ("api", "frontend", "traefik", "coredns"):
        deployment = environment.objects("Deployment")[name]["spec"]
        (spread,) = deployment["template"]["spec"]["topologySpreadConstraints"]
        assert (spread["whenUnsatisfiable"], spread["minDomains"]) == ("DoNotSchedule", domains), name
        assert spread["labelSelector"] == deployment["selector"], name


def test_whatever_has_replicas_is_never_moved_all_at_once(environment: Environment) -> None:
    budgets = environment.objects("PodDisruptionBudget")

    assert {"api", "frontend", "traefik", "coredns"} <= set(budgets)


def test_a_node_port_leads_to_the_node_itself_so_that_a_drained_node_can_go(environment: Environment) -> None:
    (container,) = environment.objects("Deployment")["traefik"]["spec"]["template"]["spec"]["containers"]

    assert environment.objects("Service")["traefik"]["spec"]["externalTrafficPolicy"] == "Local"
    assert "--ping.terminatingstatuscode=404" in container["command"]
    # /ping answers before any route is known.
    assert container["readinessProbe"]["httpGet"]["httpHeaders"] == [{"name": "Host", "value": "catalogue.localhost"}]


def test_what_a_dead_pod_does_not_take_goes_to_another_one(environment: Environment) -> None:
    (container,) = environment.objects("Deployment")["traefik"]["spec"]["template"]["spec"]["containers"]
    settings = json.loads(environment.objects("ConfigMap")["traefik"]["data"]["retry.yaml"])

    assert settings["http"]["middlewares"]["retry"]["retry"]["attempts"] > 1
    assert "--entrypoints.websecure.http.middlewares=retry@file" in container["command"]
    assert "--serverstransport.forwardingtimeouts.dialtimeout=200ms" in container["command"]


def _rules(environment: Environment) -> dict[str, dict[str, Any]]:
    return {name: policy["spec"] for name, policy in environment.objects("NetworkPolicy").items()}


def test_application_denies_by_default(environment: Environment) -> None:
    namespaces = {policy["metadata"]["namespace"] for policy in environment.objects("NetworkPolicy").values()}
    denied = _rules(environment)["deny-by-default"]

    assert namespaces == {"catalogue"}
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    labels = environment.objects("Namespace")["catalogue"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_only_the_connections_of_the_application_are_allowed(environment: Environment) -> None:
    allowed = {name: rule for name, rule in _rules(environment).items() if name != "deny-by-default"}

    assert set(allowed) == {
        "allow-dns", "frontend-from-gateway", "api-from-gateway", "database-from-api", "api-to-database",
    }  # fmt: skip
    tier = {"matchLabels": {"app.kubernetes.io/name": "api"}}
    database = {"matchLabels": {"app.kubernetes.io/name": "database"}}
    assert allowed["database-from-api"] == {
        "podSelector": database,
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": tier}], "ports": [{"protocol": "TCP", "port": 27017}]}],
    }
    assert allowed["api-to-database"] == {
        "podSelector": tier,
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"podSelector": database}], "ports": [{"protocol": "TCP", "port": 27017}]}],
    }
    gateway = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "slipway-gateway"}}}
    for name in ("frontend", "api"):
        (rule,) = allowed[f"{name}-from-gateway"]["ingress"]
        assert rule == {"from": [gateway], "ports": [{"protocol": "TCP", "port": 8080}]}
    (dns,) = allowed["allow-dns"]["egress"]
    assert {port["port"] for port in dns["ports"]} == {1053}
    assert all({"namespaceSelector", "podSelector"} == set(peer) for peer in dns["to"])


def test_login_reaches_no_arguments_and_no_config_map(environment: Environment) -> None:
    password = "p" * 32
    for name, container in _containers(environment, *KINDS):
        assert password not in str(container), name
    assert password not in str(environment.objects("ConfigMap"))
    assert environment.one("Secret", "database-login").inputs["stringData"]["value"]["password"] == password


def test_database_keeps_its_data_on_a_claim(environment: Environment) -> None:
    spec = environment.objects("StatefulSet")["database"]["spec"]
    (claim,) = spec["volumeClaimTemplates"]
    mounts = {mount["name"]: mount["mountPath"] for mount in spec["template"]["spec"]["containers"][0]["volumeMounts"]}

    assert claim["spec"]["storageClassName"] == "local"
    assert mounts[claim["metadata"]["name"]] == "/data"


def test_gateway_routes_both_tiers_by_name_and_path(environment: Environment) -> None:
    routes = environment.objects("HTTPRoute")
    paths = {
        name: [match["path"]["value"] for rule in route["spec"]["rules"] for match in rule.get("matches", [])]
        for name, route in routes.items()
    }

    assert paths == {"redirect-to-https": [], "frontend": ["/"], "api": ["/api/"]}
    assert {host for route in routes.values() for host in route["spec"]["hostnames"]} == {"catalogue.localhost"}


def test_definitions_of_the_gateway_api_come_without_prose_but_with_every_property(environment: Environment) -> None:
    definitions = environment.objects("CustomResourceDefinition")

    for name, definition in definitions.items():
        (version,) = definition["spec"]["versions"]
        schema = version["schema"]["openAPIV3Schema"]
        assert schema == {"type": "object", "properties": {"description": {"type": "string"}}}, name
    assert len(definitions) == 7


def test_mongodb_is_told_by_files_and_speaks_tls_only(register: Callable[[Settings], Environment]) -> None:
    from .conftest import MONGODB, STACK, settings  # noqa: PLC0415 - the fixtures' own settings

    environment = register(settings(database={"engine": "mongodb", "image": MONGODB}))
    (container,) = environment.objects("StatefulSet")["database"]["spec"]["template"]["spec"]["containers"]
    variables = {variable["name"]: variable["value"] for variable in container["env"]}
    options = container["command"]
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}

    assert container["image"] == f"registry.{STACK}.slipway.internal:5000/{MONGODB}"
    assert variables["MONGO_INITDB_ROOT_USERNAME_FILE"] == "/run/secrets/login/username"
    assert variables["MONGO_INITDB_ROOT_PASSWORD_FILE"] == "/run/secrets/login/password"
    assert options[options.index("--tlsMode") + 1] == "requireTLS"
    assert options[options.index("--tlsCertificateKeyFile") + 1] == "/run/secrets/tls/tls.pem"
    assert mounts == {"/data/db", "/run/secrets/tls", "/run/secrets/login", "/tmp"}  # noqa: S108 - in the container
    pair = environment.one("Secret", "database-tls").inputs["stringData"]["value"]
    assert pair["tls.pem"] == pair["tls.crt"] + pair["tls.key"]
    settings_of_api = environment.objects("ConfigMap")["api-settings"]["data"]
    assert settings_of_api["CATALOGUE_DATABASE_AUTHENTICATION_SOURCE"] == "admin"
