"""Images come by digest from the environment's own registry: what was approved is what runs.

Whether an image is really there, only the registry knows: see the preview's foresight.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.kubernetes_object import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.kubernetes_object import KubernetesObject

PRIVATE_REGISTRY = re.compile(
    r"(registry\.[a-z0-9-]+\.slipway\.internal(:\d+)?"
    # In ECR the registry is an account's, and what is the environment's own begins with its name.
    r"|\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/slipway-[a-z0-9-]+)/\S+"
)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def from_private_registry_by_digest(each: KubernetesObject) -> Iterator[str]:
    """Find images of other registries, and images by tag alone."""
    for container in each.containers():
        image = container.get("image")
        if not isinstance(image, str) or image == UNKNOWN:
            continue
        name, _, digest = image.partition("@")
        if not PRIVATE_REGISTRY.fullmatch(name):
            yield f"container '{container.get('name')}': image {image} is not from the environment's registry"
        if not DIGEST.fullmatch(digest):
            yield f"container '{container.get('name')}': image {image} has no digest (name@sha256:...)"
