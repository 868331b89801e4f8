"""Hypothesis strategies for programs: objects as a user may write them, in the spellings that the API server accepts.

Nothing here waits or runs: deployments have no replicas, and awaiting is switched off.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value

GROUP = "trust.slipway.io"
SKIP = {"pulumi.com/skipAwait": "true"}

DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"things.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                    }
                },
            }
        ],
    },
}


@dataclass(frozen=True)
class Kind:
    """A kind of object, and how to make up one."""

    token: str
    path: str
    """Of the collection, below ``/api`` or ``/apis``, with ``{namespace}``."""
    body: st.SearchStrategy[dict[str, Any]]
    """Everything but apiVersion, kind and metadata."""
    content: str
    """The key under which everything is that somebody else may change."""


def key(alphabet: str = "abcdefghijklmnopqrstuvwxyz", **size: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=1, max_size=size.get("max_size", 8))


label_value = st.text("abcXYZ019", min_size=0, max_size=8)
labels = st.dictionaries(key().map(lambda text: f"our-{text}"), label_value, max_size=3)
annotations = st.dictionaries(key().map(lambda text: f"example.com/{text}"), st.text(max_size=12), max_size=3)
data_key = st.text("abc.DEF_-012", min_size=1, max_size=10).filter(lambda text: set(text) != {"."} and ".." not in text)
quantities = st.sampled_from(["1", "1000m", "0.5", "250m", "2"])
memory = st.sampled_from(["1Gi", "1024Mi", "512Mi", "536870912", "0.5Gi"])

config_map_body = st.fixed_dictionaries({"data": st.dictionaries(data_key, st.text(max_size=20), max_size=4)})
secret_body = st.fixed_dictionaries(
    {},
    optional={
        "stringData": st.dictionaries(data_key.map(lambda text: f"s{text}"), st.text(max_size=20), max_size=3),
        "data": st.dictionaries(
            data_key.map(lambda text: f"d{text}"),
            st.binary(max_size=20).map(lambda content: base64.b64encode(content).decode()),
            max_size=3,
        ),
    },
)


def _ports(numbers: list[int], *, named: bool) -> list[dict[str, Any]]:
    many = named or len(numbers) > 1
    return [{"port": number, **({"name": f"p{index}"} if many else {})} for index, number in enumerate(numbers)]


service_body = st.builds(
    lambda ports, selector: {"spec": {"ports": ports, **({"selector": selector} if selector else {})}},
    st.builds(
        lambda numbers, named, target: [
            {**port, **({"targetPort": target} if target is not None else {})} for port in _ports(numbers, named=named)
        ],
        st.lists(st.integers(1, 65535), min_size=1, max_size=3, unique=True),
        st.booleans(),
        st.one_of(st.none(), st.integers(1, 65535), st.just("http")),
    ),
    st.dictionaries(key(), label_value, max_size=2),
)

environment = st.lists(
    st.fixed_dictionaries({"name": key(max_size=6).map(str.upper)}, optional={"value": st.text(max_size=8)}),
    max_size=3,
    unique_by=lambda item: item["name"],
)
container = st.fixed_dictionaries(
    {"image": st.sampled_from(["x:1", "registry.example/x:2"])},
    optional={
        "env": environment,
        "args": st.lists(st.text(max_size=6), max_size=3),
        "resources": st.fixed_dictionaries(
            {}, optional={"requests": st.fixed_dictionaries({}, optional={"cpu": quantities, "memory": memory})}
        ),
        "ports": st.lists(
            st.fixed_dictionaries({"containerPort": st.integers(1, 65535)}),
            max_size=2,
            unique_by=lambda item: item["containerPort"],
        ),
        "tty": st.booleans(),
    },
)


def _deployment(containers: list[dict[str, Any]], host_network: bool | None) -> dict[str, Any]:  # noqa: FBT001
    named = [{"name": f"c{index}", **item} for index, item in enumerate(containers)]
    pod: dict[str, Any] = {"containers": named} | ({} if host_network is None else {"hostPID": host_network})
    return {
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": "a"}},
            "template": {"metadata": {"labels": {"app": "a"}}, "spec": pod},
        }
    }


deployment_body = st.builds(_deployment, st.lists(container, min_size=1, max_size=3), st.sampled_from([None, False]))

numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e9, 1e9, allow_nan=False).filter(lambda x: x != 0)
json_values: st.SearchStrategy[Value] = st.recursive(
    st.booleans() | numbers | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(key(), inner, max_size=3),
    max_leaves=8,
)
custom_body = st.fixed_dictionaries({"spec": st.dictionaries(key(), json_values, max_size=4)})

KINDS = {
    "ConfigMap": Kind("core/v1:ConfigMap", "/api/v1/namespaces/{}/configmaps", config_map_body, "data"),
    "Secret": Kind("core/v1:Secret", "/api/v1/namespaces/{}/secrets", secret_body, "data"),
    "Service": Kind("core/v1:Service", "/api/v1/namespaces/{}/services", service_body, "spec"),
    "Deployment": Kind("apps/v1:Deployment", "/apis/apps/v1/namespaces/{}/deployments", deployment_body, "spec"),
    "Thing": Kind(f"{GROUP}/v1:Thing", f"/apis/{GROUP}/v1/namespaces/{{}}/things", custom_body, "spec"),
}


@st.composite
def programs(draw: st.DrawFn, kind: Kind, namespace: str) -> dict[str, Any]:
    """Return the inputs of one resource."""
    metadata: dict[str, Any] = {"namespace": namespace, "annotations": {**SKIP, **draw(annotations)}}
    if ours := draw(labels):
        metadata["labels"] = ours
    return {"metadata": metadata, **draw(kind.body)}


Path = tuple[str | int, ...]


def leaves(value: Value, path: Path = ()) -> list[tuple[Path, Value]]:
    """Return every scalar below a value, with its path."""
    if isinstance(value, dict):
        return [found for name, item in value.items() for found in leaves(item, (*path, name))]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in leaves(item, (*path, index))]
    return [(path, value)]


def pointer(path: Path) -> str:
    """Return the path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
