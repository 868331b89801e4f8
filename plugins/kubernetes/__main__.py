"""Serves the kubernetes stand-in as a plugin process.

It holds no behaviour: see ``plugins.kubernetes.provider``.
"""

import sys

from plugins.rpc.protocol import lean_imports

lean_imports()
# httpx imports its own command line where click is installed: rich and pygments, 7 MiB and half of the start's time.
sys.modules["httpx._main"] = None  # type: ignore[assignment]
# httpcore asks twice in every request whether trio runs, and without trio that is a search of the whole import path.
sys.modules["trio"] = None  # type: ignore[assignment]

from plugins.kubernetes.provider import KubernetesProvider  # noqa: E402 - likewise
from plugins.rpc.creation_journal import (  # noqa: E402 - the lines above must run first
    CreationJournal,
    default_folder,
)
from plugins.rpc.server import serve  # noqa: E402 - likewise

serve(KubernetesProvider(CreationJournal(default_folder())))
