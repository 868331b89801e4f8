"""Hides known secrets in texts for people.

It knows only the texts that it was given; a secret that a task derives needs ``no_log`` in the playbook.
"""

import json
from collections.abc import Iterable

HIDDEN = "[secret]"
# Shorter texts ("yes", "node") occur everywhere: hiding them would garble messages and protect nothing.
SHORTEST = 6


class Redaction:
    """Replaces secrets by ``[secret]``."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST}
        # The longest first, or a secret that contains another one would be hidden in part only.
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text


def _forms(secret: str) -> Iterable[str]:
    """Return the secret, its lines and its JSON spelling, as messages quote them."""
    yield secret
    yield secret.strip()
    yield json.dumps(secret)[1:-1]
    yield from (line.strip() for line in secret.splitlines())
