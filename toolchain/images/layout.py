"""An image on disk as an OCI image layout: written once, and read back as the values that others need.

It deliberately follows https://github.com/opencontainers/image-spec and adds no file of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from toolchain import labels
from toolchain.definition import host_architecture
from toolchain.images.layer import EPOCH, MEDIA_TYPE, Layer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from toolchain.images.recipe import ImageConfig, Recipe

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"


@dataclass(frozen=True)
class ImageLayout:
    """An image that is complete in the cache."""

    name: str
    """Folder of the recipe."""
    repository: str
    tag: str
    digest: str
    """`sha256:...` of the manifest: what `repository@digest` pulls."""
    config_digest: str
    """`sha256:...` of the config: the image id in a container engine."""
    layout: Path
    layers: tuple[Layer, ...]

    @property
    def size_bytes(self) -> int:
        """Compressed size of all layers."""
        return sum(layer.size for layer in self.layers)

    def blob(self, digest: str) -> Path:
        """Return the file of a blob."""
        return blob_path(self.layout, digest)


def blob_path(layout: Path, digest: str) -> Path:
    """Return the file of a blob in a layout."""
    return layout / "blobs" / "sha256" / digest.removeprefix("sha256:")


def write_layout(layout: Path, recipe: Recipe, layers: Sequence[Layer]) -> None:
    """Write config, manifest and index beside the layers' blobs."""
    config = _write_json(layout, _image_config(recipe.config, layers))
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": {"mediaType": _CONFIG, **config},
        "layers": [{"mediaType": item.media_type, "digest": item.digest, "size": item.size} for item in layers],
    }
    entry = {
        "mediaType": _MANIFEST,
        **_write_json(layout, manifest),
        "platform": {"architecture": host_architecture(), "os": "linux"},
        "annotations": {"org.opencontainers.image.ref.name": recipe.tag},
    }
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [entry]}
    (layout / "index.json").write_text(json.dumps(index), encoding="utf-8")
    (layout / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}), encoding="utf-8")


def read_layout(name: str, recipe: Recipe, layout: Path) -> ImageLayout | None:
    """Return the image in a layout, or None when a file is missing or of the wrong size."""
    try:
        index = json.loads((layout / "index.json").read_bytes())
        digest = index["manifests"][0]["digest"]
        manifest = json.loads(blob_path(layout, digest).read_bytes())
        config = json.loads(blob_path(layout, manifest["config"]["digest"]).read_bytes())
        sizes = [blob_path(layout, item["digest"]).stat().st_size for item in manifest["layers"]]
    except (OSError, ValueError, KeyError, IndexError):
        return None
    if sizes != [item["size"] for item in manifest["layers"]]:
        return None
    layers = tuple(
        Layer(item["digest"], item["size"], item["mediaType"], diff_id)
        for item, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True)
    )
    return ImageLayout(name, recipe.repository, recipe.tag, digest, manifest["config"]["digest"], layout, layers)


def adopt_blob(layout: Path, blob: Path) -> None:
    """Put a blob of the cache into a layout, without a copy where the file system allows it."""
    target = layout / "blobs" / "sha256" / blob.name
    target.unlink(missing_ok=True)
    os.link(blob, target)


def is_gzip(layer: Layer) -> bool:
    """Tell whether engines that know no zstd can read the layer."""
    return layer.media_type == f"{MEDIA_TYPE}gzip"


def _image_config(config: ImageConfig, layers: Sequence[Layer]) -> dict[str, Any]:
    created = datetime.fromtimestamp(EPOCH, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    settings = config.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    # So that `slipway list` and `slipway destroy` know an image of ours in any engine.
    settings["Labels"] = {labels.PROJECT: labels.OWNER, **settings.get("Labels", {})}
    if config.exposed_ports:
        settings["ExposedPorts"] = {port: {} for port in config.exposed_ports}
    return {
        "created": created,
        "architecture": host_architecture(),
        "os": "linux",
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [{"created": created, "created_by": "slipway setup"} for _ in layers],
    }


def _write_json(layout: Path, value: dict[str, Any]) -> dict[str, Any]:
    content = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    blob_path(layout, digest).write_bytes(content)
    return {"digest": digest, "size": len(content)}
