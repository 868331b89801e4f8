"""Manifests for ConfigFile and ConfigGroup."""

import pytest

from plugins.kubernetes.api.cluster import Cluster
from plugins.kubernetes.composing.yaml_decoding import decode_manifests
from plugins.kubernetes.model.settings import Settings
from plugins.rpc.errors import ResourceFailed

MANIFEST = """
apiVersion: v1
kind: Namespace
metadata: {name: team}
---
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {since: 2024-01-01}}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: other}}
"""


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(Settings(kubeconfig="/nowhere/config"))


async def test_documents_and_list_items_come_one_by_one_and_in_their_namespace(cluster: Cluster) -> None:
    namespace, first, second = await decode_manifests(cluster, MANIFEST, "mine")
    assert namespace["metadata"] == {"name": "team"}
    assert first["metadata"] == {"name": "a", "namespace": "mine"}
    assert first["data"] == {"since": "2024-01-01"}
    assert second["metadata"]["namespace"] == "other"


@pytest.mark.parametrize(("text", "says"), [("a: [", "not valid YAML"), ("a: b", "document 1")])
async def test_what_is_no_manifest_is_refused(cluster: Cluster, text: str, says: str) -> None:
    with pytest.raises(ResourceFailed, match=says):
        await decode_manifests(cluster, text, "")
