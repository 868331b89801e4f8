"""Entry point of the language host: ``python -m toolchain.engine ENGINE_ADDRESS``.

Flags that the CLI passes for the official host (``--root``, ``--virtualenv``…) are accepted and not needed here.
"""

import sys

from plugins.rpc.protocol import lean_imports

if __name__ == "__main__":
    lean_imports()
    from toolchain.engine.language_host import serve

    positional = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    serve(positional[-1] if positional else "")
