"""Makes resources of the objects of a component and registers them in the order that they need.

It reads no manifests. Source: pulumi/pulumi-kubernetes provider/pkg/provider/yaml/v2/yaml.go, Register.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from plugins.kubernetes.composing.dependency_graph import dependencies
from plugins.kubernetes.composing.kind_aliases import alias_types
from plugins.kubernetes.model.objects import SKIP_AWAIT, annotation, metadata_of, name_of, namespace_of, with_annotation
from plugins.kubernetes.model.tokens import kind_of, token_of
from plugins.rpc.component import Child
from plugins.rpc.values import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.kubernetes.model.objects import KubeObject
    from plugins.rpc.component import Component
    from plugins.rpc.values import Reference

_RESOURCE_POLICY: Final = "helm.sh/resource-policy"
# What says which object it is can be shown; everything else of a secret manifest cannot.
_IDENTITY: Final = frozenset({"apiVersion", "kind", "metadata"})


async def register_all(component: Component, children: Sequence[Child], before: list[list[int]]) -> list[Reference]:
    """Register children as soon as those that come before them are done.

    Raises:
        ResourceFailed: one of them was not made; those that depend on it are not tried.
    """
    tasks: list[asyncio.Task[Reference]] = []
    started = asyncio.Event()

    async def register(number: int) -> Reference:
        await started.wait()
        done = await asyncio.gather(*(tasks[other] for other in before[number]))
        return await component.register(children[number], [reference.urn for reference in done])

    tasks += [asyncio.create_task(register(number)) for number in range(len(children))]
    started.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]


async def register_objects(
    component: Component,
    objects: Sequence[KubeObject],
    *,
    prefix: str,
    skip_await: bool,
    version: str,
    secret: bool = False,
) -> list[Reference]:
    """Register the objects as children of a component.

    Args:
        component: Their parent.
        objects: Objects with names, and namespaces where their kinds have one.
        prefix: What their names in the program start with; '' for nothing.
        skip_await: Whether to wait for none of them.
        version: The version of this plugin.
        secret: Whether the manifests they come from are secret as a whole.
    """
    before = dependencies(objects)
    children = [child_of(obj, prefix=prefix, skip_await=skip_await, version=version, secret=secret) for obj in objects]
    return await register_all(component, children, before)


def child_of(obj: KubeObject, *, prefix: str, skip_await: bool, version: str, secret: bool = False) -> Child:
    """Return the resource of one object: its type, its name in the program, its inputs and options."""
    kind = kind_of(obj)
    name = "/".join(part for part in (namespace_of(obj), name_of(obj)) if part)
    if skip_await:
        plain = obj
        if metadata_of(obj).get("annotations") is None:
            plain = {**obj, "metadata": {key: item for key, item in metadata_of(obj).items() if key != "annotations"}}
        obj = with_annotation(plain, SKIP_AWAIT, "true")
    hidden = set(obj) - _IDENTITY if secret else set()
    if (kind.group, kind.kind) == ("", "Secret"):
        hidden |= {"data", "stringData"} & set(obj)
    inputs = {key: Secret(item) if key in hidden else item for key, item in obj.items()}
    return Child(
        type=token_of(kind),
        name=f"{prefix}:{name}" if prefix else name,
        inputs=inputs,
        version=version,
        retain_on_delete=annotation(obj, _RESOURCE_POLICY) == "keep",
        alias_types=alias_types(kind),
    )
