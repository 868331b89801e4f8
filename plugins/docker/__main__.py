"""Serves the docker plugin: ``python -m plugins.docker ENGINE-ADDRESS`` prints its port.

The engine starts it; people do not.
"""

from plugins.rpc.protocol import lean_imports

lean_imports()

from plugins.docker.provider import DockerProvider  # noqa: E402 - after lean_imports()
from plugins.rpc.creation_journal import CreationJournal, default_folder  # noqa: E402
from plugins.rpc.server import serve  # noqa: E402

if __name__ == "__main__":
    serve(DockerProvider(CreationJournal(default_folder())))
