"""The program keeps the rules of `policies`, and a component refuses to declare what breaks one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from components import pods
from components.kept_rules import as_declared, kept_rules
from policies.catalogue import judge, known_exemptions
from policies.kubernetes_object import UNKNOWN, KubernetesObject, is_object

if TYPE_CHECKING:
    from .registered import Environment


def _objects(environment: Environment) -> list[KubernetesObject]:
    return [KubernetesObject(each.inputs, each.urn) for each in environment.resources if is_object(each.inputs)]


def test_the_program_breaks_no_rule(environment: Environment) -> None:
    assert [f"{each.about}: {each.rule}: {each.text}" for each in judge(_objects(environment))] == []


def test_every_exemption_is_needed(environment: Environment) -> None:
    broken = judge(_objects(environment), exemptions=())
    needless = [exempt for exempt in known_exemptions() if not any(exempt.covers(v.rule, v.about) for v in broken)]
    assert needless == []


def test_a_component_refuses_what_breaks_a_rule() -> None:
    container = pods.restricted_container("web", "nginx:latest")
    with pytest.raises(ValueError, match=r"Deployment shop/web breaks rule 'image-by-digest'.*nginx:latest"):
        kept_rules(
            "Deployment", {"name": "web", "namespace": "shop"}, {"template": {"spec": {"containers": [container]}}}
        )


async def test_values_of_the_program_get_the_names_of_the_api() -> None:
    value: dict[str, Any] = {"match_labels": {"my_own/key": "x"}, "env_from": [{"config_map_ref": {"name": "a"}}]}
    assert as_declared(value) == {"matchLabels": {"my_own/key": "x"}, "envFrom": [{"configMapRef": {"name": "a"}}]}
    assert as_declared({"image": pulumi.Output.from_input("later")}) == {"image": UNKNOWN}
