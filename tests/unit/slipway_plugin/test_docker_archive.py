"""The archive for the container engine, read back with tarfile.

Whether an engine takes it is tested in tests/plugins/slipway.
"""

import io
import json
import tarfile
from pathlib import Path

import pytest

from plugins.rpc.errors import ResourceFailed
from plugins.slipway.docker_archive import docker_archive, image_configuration
from plugins.slipway.oci_layout import OciLayout
from tests.plugins.slipway.image_layout import make_layout


def test_archive_holds_the_image_under_its_name(tmp_path: Path) -> None:
    made = make_layout(tmp_path / "layout", payload_bytes=700_001)
    layout = OciLayout(made.path)
    image, _ = image_configuration(layout, made.config_digest)
    content = b"".join(docker_archive(layout, image, "repo:tag"))
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        (entry,) = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        assert entry["RepoTags"] == ["repo:tag"]
        assert f"sha256:{entry['Config'].removesuffix('.json')}" == made.config_digest
        layer = layout.blobs(layout.root())[1]
        stored = archive.extractfile(entry["Layers"][0])
        assert stored is not None
        assert stored.read() == layout.blob_path(layer.digest).read_bytes()


def test_missing_layout_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(ResourceFailed, match="slipway setup"):
        OciLayout(tmp_path / "none").root()


def test_damaged_manifest_is_found(tmp_path: Path) -> None:
    layout = OciLayout(make_layout(tmp_path / "layout", payload_bytes=10).path)
    root = layout.root()
    layout.blob_path(root.digest).write_bytes(b"{}")
    with pytest.raises(ResourceFailed, match="is damaged"):
        layout.document(root)


def test_layout_with_another_digest_names_both(tmp_path: Path) -> None:
    made = make_layout(tmp_path / "layout", payload_bytes=10)
    with pytest.raises(ResourceFailed, match=f"holds {made.digest}, but sha256:0 was expected"):
        OciLayout(made.path).root("sha256:0")
