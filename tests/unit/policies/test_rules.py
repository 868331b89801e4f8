"""Every rule finds what it is there for, finds nothing where nothing is, and never repeats a secret."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.catalogue import RULES, Exemption, ExemptionError, judge, parse_exemptions
from policies.kubernetes_object import UNKNOWN, KubernetesObject

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text())
DIGEST = "sha256:" + "a" * 64
CONTAINER: dict[str, Any] = {
    "name": "web",
    "image": f"registry.trial.slipway.internal:5000/web@{DIGEST}",
    "resources": {"requests": {"cpu": "50m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
    "securityContext": {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    },
    **{probe: {"httpGet": {"path": "/", "port": 80}} for probe in ("startupProbe", "readinessProbe", "livenessProbe")},
}
POD: dict[str, Any] = {"securityContext": {"runAsNonRoot": True}, "containers": [CONTAINER]}


def deployment(pod: dict[str, Any], replicas: int = 1, namespace: str = "shop") -> KubernetesObject:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    metadata = {"name": "web", "namespace": namespace}
    return KubernetesObject({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})


def other(kind: str, name: str = "x", namespace: str = "shop", **fields: object) -> KubernetesObject:
    return KubernetesObject(
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, **fields}
    )


def changed(case: dict[str, Any]) -> dict[str, Any]:
    pod = copy.deepcopy(POD)
    if "init" in case:
        pod["initContainers"] = [{**copy.deepcopy(CONTAINER), "name": "first", **case["init"]}]
    for path in case.get("drop", []):
        owner, key = _owner(pod, path)
        del owner[key]
    for path, value in case.get("set", {}).items():
        owner, key = _owner(pod, path)
        owner[key] = value.replace("sha256:DIGEST", DIGEST) if isinstance(value, str) else value
    return pod


def _owner(value: Any, path: str) -> tuple[Any, Any]:  # noqa: ANN401 - a part of a pod spec
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        value = value[step]
    return value, last


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_injected_mistake_breaks_its_rule_and_no_other(case: dict[str, Any]) -> None:
    broken = judge([deployment(changed(case), case.get("replicas", 1))], exemptions=())
    assert [each.rule for each in broken] == [case["rule"]]


def test_a_clean_workload_breaks_nothing() -> None:
    assert judge([deployment(POD)], exemptions=()) == []


def test_a_repository_of_the_environment_in_ecr_is_its_own_registry() -> None:
    image = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/slipway-trial/slipway/api@{DIGEST}"
    assert judge([deployment({**POD, "containers": [{**CONTAINER, "image": image}]})], exemptions=()) == []


def test_each_rule_has_a_case_or_a_test_below() -> None:
    elsewhere = {"public-through-gateway", "deny-by-default"}
    assert {case["rule"] for case in CASES} | elsewhere == {rule.id for rule in RULES}


def test_what_is_not_known_yet_breaks_nothing() -> None:
    container = {**CONTAINER, "image": UNKNOWN, "securityContext": UNKNOWN, "resources": UNKNOWN, "env": UNKNOWN}
    assert judge([deployment({**POD, "containers": [container]})], exemptions=()) == []
    assert judge([deployment(UNKNOWN)], exemptions=()) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_only_the_gateway_opens_a_door(kind: str) -> None:
    assert [each.rule for each in judge([other("Service", spec={"type": kind})])] == ["public-through-gateway"]
    assert judge([other("Service", namespace="slipway-gateway", spec={"type": kind})]) == []
    assert judge([other("Service", spec={"type": "ClusterIP"})]) == []


@pytest.mark.parametrize(
    ("spec", "denies"),
    [
        ({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, True),
        ({"podSelector": {}, "policyTypes": ["Ingress"]}, False),
        ({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress", "Egress"]}, False),
        ({"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "egress": [{}]}, False),
    ],
)
def test_a_namespace_of_an_application_denies_by_default(spec: dict[str, Any], denies: bool) -> None:  # noqa: FBT001
    namespace = KubernetesObject({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    found = judge([namespace, other("NetworkPolicy", spec=spec)])
    assert [each.rule for each in found] == ([] if denies else ["deny-by-default"])


def test_namespaces_of_the_platform_need_no_such_policy() -> None:
    assert (
        judge([KubernetesObject({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}})]) == []
    )


def test_a_budget_must_select_the_pods_and_be_in_their_namespace() -> None:
    selector = {"matchLabels": {"app": "web"}}
    assert judge([deployment(POD, 2), other("PodDisruptionBudget", spec={"selector": selector})]) == []
    elsewhere = other("PodDisruptionBudget", namespace="other", spec={"selector": selector})
    assert [each.rule for each in judge([deployment(POD, 2), elsewhere])] == ["disruption-budget"]


def test_config_maps_hold_no_secrets_and_findings_do_not_repeat_them() -> None:
    key = "-----BEGIN EC PRIVATE KEY-----\ncanary\n"
    found = judge([other("ConfigMap", data={"tls": key, "API_TOKEN": "canary", "TOKEN_FILE": "/run/token", "a": "b"})])
    assert [each.rule for each in found] == ["no-secret-in-plain"] * 2
    assert "canary" not in repr(found)


def test_the_platform_may_use_the_host() -> None:
    pod = {**POD, "hostNetwork": True, "volumes": [{"name": "bpf", "hostPath": {"path": "/sys/fs/bpf"}}]}
    assert judge([deployment(pod, namespace="kube-system")], exemptions=()) == []


def test_an_exemption_is_for_one_object_and_one_rule() -> None:
    exempt = [Exemption("requests-and-limits", "Deployment", "shop", "web", "it is only a test")]
    pod = copy.deepcopy(POD)
    del pod["containers"][0]["resources"], pod["containers"][0]["livenessProbe"]
    assert [each.rule for each in judge([deployment(pod)], exemptions=exempt)] == ["three-probes"]
    assert len(judge([deployment(pod, namespace="other")], exemptions=exempt)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[{rule: three-probes, kind: Pod, namespace: a, name: b, reason: ''}]", "none empty"),
        ("[{rule: three-probes, kind: Pod, namespace: a, name: b}]", "must have"),
        ("[{rule: four-probes, kind: Pod, namespace: a, name: b, reason: why}]", "no rule 'four-probes'"),
    ],
)
def test_a_mistake_in_the_exemptions_is_named(text: str, said: str) -> None:
    with pytest.raises(ExemptionError, match=said):
        parse_exemptions(text)
