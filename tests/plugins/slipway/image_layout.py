"""Makes small OCI layouts for the tests; it is no builder.

The one layer holds random bytes, so that two layouts never share a blob.
"""

import gzip
import hashlib
import io
import json
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """A layout and the digests that tests compare with."""

    path: Path
    digest: str
    config_digest: str


def make_layout(path: Path, payload_bytes: int = 3 << 20, labels: dict[str, str] | None = None) -> Layout:
    """Write a layout with one gzip layer."""
    (path / "blobs" / "sha256").mkdir(parents=True)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        member = tarfile.TarInfo("payload")
        member.size = payload_bytes
        tar.addfile(member, io.BytesIO(os.urandom(payload_bytes)))
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/payload"], "Labels": labels or {}},
        "rootfs": {"type": "layers", "diff_ids": [_digest(plain.getvalue())]},
    }
    layer = _blob(path, gzip.compress(plain.getvalue(), 1), "application/vnd.oci.image.layer.v1.tar+gzip")
    configuration = _blob(path, json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": configuration, "layers": [layer]}
    root = _blob(path, json.dumps(manifest).encode(), kind)
    (path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [root]}))
    (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return Layout(path, str(root["digest"]), str(configuration["digest"]))


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _blob(path: Path, content: bytes, media_type: str) -> dict[str, object]:
    digest = _digest(content)
    (path / "blobs" / "sha256" / digest.removeprefix("sha256:")).write_bytes(content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}
