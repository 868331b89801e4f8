"""Property values as the engine's events carry them: secrets, unknowns, paths, and how they read for people.

It deliberately never shows what the engine calls a secret, nor what stands where secrets usually do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from policies.kubernetes_object import UNKNOWN

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks a special value (pulumi sdk/go/common/resource/sig)."""
SECRET: Final = "[secret]"  # noqa: S105 - the word that stands for one
LATER: Final = "[known after the update]"
MISSING: Final = "[none]"
LONGEST: Final = 120
# A program that forgets to mark a secret would show it: what is called like one is not shown either.
SECRET_NAME = re.compile(
    r"(password|passphrase|secret|token|private_?key|kubeconfig|stringdata|bcrypt)$", re.IGNORECASE
)
HARMLESS = (bool, int, float, type(None))
"""`automountServiceAccountToken: false` is called like a secret and holds none."""
STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')


def path_steps(path: str) -> list[str | int]:
    """Return the steps of a property path such as `hosts[0].labels["a/b"]`."""
    return [
        json.loads(f'"{quoted}"') if quoted else int(index) if index else name
        for quoted, index, name in STEP.findall(path)
    ]


def value_at(value: Any, path: str) -> Any:  # noqa: ANN401 - property values are dynamic
    """Return what lies at a path; None where nothing does, and the whole secret or unknown that it lies in."""
    for step in path_steps(path):
        if is_secret(value) or value == UNKNOWN:
            return value
        if isinstance(value, Mapping) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def is_secret(value: object) -> bool:
    """Say whether the engine marks a value as special: a secret, or an asset, of which nobody reads the content."""
    return isinstance(value, Mapping) and SIGNATURE in value


def shown(value: Any, path: str = "") -> str:  # noqa: ANN401 - property values are dynamic
    """Return a value on one line for people, without secrets."""
    if value is None:
        return MISSING
    if not isinstance(value, HARMLESS) and any(SECRET_NAME.search(str(step)) for step in path_steps(path)):
        return SECRET
    if isinstance(value, str) and value != UNKNOWN:
        text = " ".join(value.split())
    else:
        plain = without_secrets(value)
        text = plain if isinstance(plain, str) else json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def without_secrets(value: Any) -> Any:  # noqa: ANN401 - likewise
    """Return a value with every secret, and everything that is called like one, replaced by a word."""
    if value == UNKNOWN:
        return LATER
    if is_secret(value):
        return SECRET
    if isinstance(value, Mapping):
        return {
            key: SECRET if SECRET_NAME.search(str(key)) and not isinstance(item, HARMLESS) else without_secrets(item)
            for key, item in value.items()
            if key != "__defaults"
        }
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value
