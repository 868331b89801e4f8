"""Starts the slipway provider plugin: ``python -m plugins.slipway [ENGINE_ADDRESS]``.

It is started by the Pulumi engine; people have no use for it.
"""

from plugins.rpc.protocol import lean_imports

lean_imports()

from plugins.rpc.creation_journal import CreationJournal, default_folder  # noqa: E402 - after lean_imports()
from plugins.rpc.server import serve  # noqa: E402 - likewise
from plugins.slipway.provider import SlipwayProvider  # noqa: E402 - likewise

if __name__ == "__main__":
    serve(SlipwayProvider(CreationJournal(default_folder())))
