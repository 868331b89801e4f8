"""Reads an image from an OCI layout directory (https://specs.opencontainers.org/image-spec/image-layout/).

It neither builds nor changes layouts.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from plugins.rpc.errors import ResourceFailed

MANIFEST_LISTS = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)


@dataclass(frozen=True)
class Descriptor:
    """A blob by its digest, size in bytes and media type."""

    digest: str
    size: int
    media_type: str

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Take the fields of a descriptor in JSON."""
        return cls(fields["digest"], int(fields["size"]), fields["mediaType"])


@dataclass(frozen=True)
class OciLayout:
    """A layout directory that holds one image (or one index of images)."""

    path: Path

    def root(self, digest: str | None = None) -> Descriptor:
        """Return the image that the layout names, the one with ``digest`` when that is given.

        Raises:
            ResourceFailed: there is no layout, no such image in it, or more than one to choose from.
        """
        candidates = [Descriptor.of(fields) for fields in self._index()["manifests"]]
        if digest:
            found = [item for item in candidates if item.digest == digest]
            if not found:
                held = ", ".join(item.digest for item in candidates) or "no image"
                raise ResourceFailed(
                    f"The OCI layout {self.path} holds {held}, but {digest} was expected.\n"
                    "The image was rebuilt since the program started: run the command again."
                )
            return found[0]
        if len(candidates) != 1:
            raise ResourceFailed(f"The OCI layout {self.path} holds {len(candidates)} images; exactly one is expected.")
        return candidates[0]

    def _index(self) -> dict[str, Any]:
        try:
            index: dict[str, Any] = json.loads((self.path / "index.json").read_bytes())
        except (OSError, ValueError) as error:
            raise ResourceFailed(
                f"No OCI layout can be read at {self.path}: {error}.\nBuild the image first: slipway setup."
            ) from error
        return index

    def blob_path(self, digest: str) -> Path:
        """Return the file of a blob."""
        algorithm, _, encoded = digest.partition(":")
        return self.path / "blobs" / algorithm / encoded

    def blob_file(self, descriptor: Descriptor) -> Path:
        """Return the file of a blob, which must be as long as the descriptor says.

        Raises:
            ResourceFailed: the blob is missing or cut short.
        """
        path = self.blob_path(descriptor.digest)
        if not path.is_file() or path.stat().st_size != descriptor.size:
            raise ResourceFailed(
                f"The blob {path} is missing or cut short.\nDelete {self.path} and build it again: slipway setup."
            )
        return path

    def document(self, descriptor: Descriptor) -> tuple[bytes, dict[str, Any]]:
        """Return a manifest, index or configuration as bytes and parsed.

        Raises:
            ResourceFailed: the blob is missing or damaged.
        """
        path = self.blob_path(descriptor.digest)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ResourceFailed(f"The OCI layout {self.path} lacks the blob {descriptor.digest}: {error}.") from error
        actual = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if actual != descriptor.digest:
            raise ResourceFailed(
                f"The blob {path} is damaged: its digest is {actual}.\nDelete {self.path} and run: slipway setup."
            )
        return content, json.loads(content)

    def manifests(self, root: Descriptor) -> Iterator[Descriptor]:
        """Return all manifests below ``root``, those an index refers to before the index itself."""
        if root.media_type in MANIFEST_LISTS:
            for fields in self.document(root)[1]["manifests"]:
                yield from self.manifests(Descriptor.of(fields))
        yield root

    def blobs(self, root: Descriptor) -> list[Descriptor]:
        """Return the configurations and layers of all images below ``root``, each once."""
        found: dict[str, Descriptor] = {}
        for descriptor in self.manifests(root):
            if descriptor.media_type not in MANIFEST_LISTS:
                manifest = self.document(descriptor)[1]
                for fields in (manifest["config"], *manifest["layers"]):
                    found.setdefault(fields["digest"], Descriptor.of(fields))
        return list(found.values())


def without_layout(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource's inputs less the path of its layout: the digest says what is in it, wherever it lies."""
    return {key: value for key, value in inputs.items() if key != "layout"}
