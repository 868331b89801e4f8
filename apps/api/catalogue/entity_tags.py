"""Entity tags (RFC 9110, section 8.8.3) for versions of a product.

Weak tags are deliberately refused for If-Match: the RFC asks for strong comparison there.
"""

import re

from .failures import PreconditionMissing, VersionConflict
from .products import Product

_TAG = re.compile(r'(?<!W/)"([0-9a-f]{1,64})-([0-9]{1,15})"')


def expected_version(if_match: str | None, current: Product) -> int:
    """Version that a client's If-Match names.

    Raises:
        PreconditionMissing: If there is no If-Match.
        VersionConflict: If it names no version of this product.
    """
    if not if_match or not if_match.strip():
        raise PreconditionMissing
    if if_match.strip() == "*":
        return current.version
    versions = [int(version) for product_id, version in _TAG.findall(if_match) if product_id == current.id]
    if current.version in versions:
        return current.version
    raise VersionConflict(current)


def is_unchanged(if_none_match: str | None, product: Product) -> bool:
    """Whether the client has this version already (If-None-Match, weak comparison)."""
    if not if_none_match:
        return False
    return if_none_match.strip() == "*" or product.etag in re.findall(r'"[^"]*"', if_none_match)
