"""Kustomizations: built by ``kubectl kustomize``, as objects for the component and the function of the SDK.

What kustomize does with a folder is its own affair; remote folders are fetched by it.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/kustomize/v2/directory.go and invoke_kustomize.go.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

from plugins.kubernetes.composing.external_tool import output_of
from plugins.kubernetes.composing.yaml_decoding import objects_of
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.model.objects import KubeObject
    from plugins.rpc.component import Component


async def kustomized_objects(_cluster: Cluster, _component: Component, args: dict[str, Any]) -> list[KubeObject]:
    """Return the objects of the ``Directory`` component (v2)."""
    # The component may read files outside of its folder, and charts, where there is a helm.
    options = ["--load-restrictor=LoadRestrictionsNone"]
    if helm := shutil.which("helm"):
        options += ["--enable-helm", f"--helm-command={helm}"]
    return objects_of(await _built(args.get("directory"), options), "What kustomize built")


async def kustomization_text(directory: object) -> str:
    """Return the manifests of a folder, for the SDK's first ``Directory`` (an invoke)."""
    wants_helm = os.environ.get("PULUMI_K8S_KUSTOMIZE_HELM", "").lower() in ("1", "true")
    return await _built(directory, ["--enable-helm"] if wants_helm else [])


async def _built(directory: object, options: list[str]) -> str:
    if not isinstance(directory, str) or not directory:
        raise ResourceFailed("A kustomization needs 'directory': a folder, or the address of one in a repository.")
    return await output_of("kubectl", ["kustomize", directory, *options])
