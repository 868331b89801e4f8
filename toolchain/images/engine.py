"""An image for a container engine: the archive that `docker load` reads, from Docker 20.10 on.

It deliberately writes no OCI layout, which engines before Docker 25 cannot load, and talks to no engine itself.
"""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING

from toolchain.images.failure import ImageError
from toolchain.images.layer import EPOCH
from toolchain.images.layout import is_gzip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolchain.images.layout import ImageLayout

_CHUNK = 1 << 20
_BLOCK = tarfile.BLOCKSIZE


def archive(image: ImageLayout, reference: str | None = None) -> Iterator[bytes]:
    """Yield a docker-archive; give it to `docker.APIClient.load_image`, which takes an iterator of bytes.

    The image's id in the engine is `image.config_digest`.

    Args:
        image: An image whose layers are gzip.
        reference: Name and tag it gets in the engine; the recipe's own when there is none.

    Raises:
        ImageError: The layers are zstd, which Docker 20.10 cannot read.
    """
    if unreadable := [layer.digest for layer in image.layers if not is_gzip(layer)]:
        raise ImageError(
            f"{image.name}: layer {unreadable[0]} is not gzip, so an engine may not load it. "
            f'Set compression = "gzip" in images/{image.name}/image.toml.'
        )
    return _archive(image, reference or f"{image.repository}:{image.tag}")


def _archive(image: ImageLayout, reference: str) -> Iterator[bytes]:
    names = {layer.digest: f"{layer.digest.removeprefix('sha256:')}.tar.gz" for layer in image.layers}
    config = f"{image.config_digest.removeprefix('sha256:')}.json"
    manifest = [{"Config": config, "RepoTags": [reference], "Layers": [names[item.digest] for item in image.layers]}]
    content = json.dumps(manifest).encode()
    yield _header("manifest.json", len(content)) + _padded(content)
    content = image.blob(image.config_digest).read_bytes()
    yield _header(config, len(content)) + _padded(content)
    for digest, name in names.items():
        size = image.blob(digest).stat().st_size
        yield _header(name, size)
        with image.blob(digest).open("rb") as blob:
            while chunk := blob.read(_CHUNK):
                yield chunk
        yield bytes(-size % _BLOCK)
    yield bytes(2 * _BLOCK)


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, EPOCH, 0o644
    return member.tobuf(tarfile.GNU_FORMAT)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % _BLOCK)
