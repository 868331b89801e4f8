"""The errors of building and finding images, written for the person who has to act on them.

It deliberately adds nothing to `ToolchainError` but kinds that a caller may want to tell apart.
"""

from __future__ import annotations

from toolchain.failure import ToolchainError


class ImageError(ToolchainError):
    """A recipe is wrong, or an image could not be built."""


class MissingImageError(ImageError):
    """An image is not complete in the cache."""
