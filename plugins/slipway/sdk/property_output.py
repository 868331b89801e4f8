"""Looks up an output of a resource under its name in the state (camelCase).

It translates nothing: the resource classes name both spellings themselves.
"""

from typing import Any

import pulumi


def property_output(resource: pulumi.CustomResource, name: str) -> pulumi.Output[Any]:
    """Return the output that the engine resolves for the property ``name``."""
    found: pulumi.Output[Any] = pulumi.get(resource, name)
    return found
