"""Streams an OCI layout as the archive that ``docker load`` takes, without a copy on disk.

It loads nothing itself; layers pass through compressed, as they are in the layout.
"""

import json
import tarfile
from collections.abc import Iterator

from plugins.rpc.errors import ResourceFailed
from plugins.slipway.oci_layout import MANIFEST_LISTS, Descriptor, OciLayout

CHUNK = 1 << 20
_BLOCK = tarfile.BLOCKSIZE


def image_configuration(layout: OciLayout, digest: str) -> tuple[Descriptor, dict[str, object]]:
    """Return the manifest of the layout's image and its configuration, which must have ``digest``.

    Raises:
        ResourceFailed: the layout holds an index of several images or another image.
    """
    root = layout.root()
    if root.media_type in MANIFEST_LISTS:
        raise ResourceFailed(f"The OCI layout {layout.path} holds an index; the container engine takes a single image.")
    manifest = layout.document(root)[1]
    held = manifest["config"]["digest"]
    if held != digest:
        raise ResourceFailed(
            f"The OCI layout {layout.path} holds the image {held}, but {digest} was expected.\n"
            "The image was rebuilt since the program started: run the command again."
        )
    return root, layout.document(Descriptor.of(manifest["config"]))[1]


def docker_archive(layout: OciLayout, image: Descriptor, name: str) -> Iterator[bytes]:
    """Return the archive of ``image`` tagged ``name``, chunk by chunk.

    Source of the format: moby/moby image/tarexport (manifest.json).
    """
    manifest = layout.document(image)[1]
    config = Descriptor.of(manifest["config"])
    layers = [Descriptor.of(fields) for fields in manifest["layers"]]
    config_name = f"{_hex(config)}.json"
    entry = {"Config": config_name, "RepoTags": [name], "Layers": [f"{_hex(layer)}/layer.tar" for layer in layers]}
    yield from _member("manifest.json", json.dumps([entry]).encode())
    yield from _member(config_name, layout.document(config)[0])
    for layer in {layer.digest: layer for layer in layers}.values():
        yield from _file_member(layout, layer)
    yield bytes(2 * _BLOCK)


def _hex(descriptor: Descriptor) -> str:
    return descriptor.digest.partition(":")[2]


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _member(name: str, content: bytes) -> Iterator[bytes]:
    yield _header(name, len(content)) + content + _padding(len(content))


def _file_member(layout: OciLayout, layer: Descriptor) -> Iterator[bytes]:
    path = layout.blob_file(layer)
    yield _header(f"{_hex(layer)}/layer.tar", layer.size)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
    yield _padding(layer.size)
