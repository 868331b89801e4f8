"""Runs the SDK's host of dynamic providers, and ends it with the CLI: ``python -m toolchain.engine.dynamic_provider``.

It changes nothing of what that host does. Alone it waits for a signal for ever, and a CLI that was killed sends none.
"""

from __future__ import annotations

import os
import runpy
import threading
import time

HOST = "pulumi.dynamic"
LOOK_AGAIN_SECONDS = 1


def main() -> None:
    """Serve until the CLI says so with a signal, or until it is gone."""
    parent = os.getppid()
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    # As with `python -m`: providers that a program pickled belong to the module __main__, and so does the host.
    runpy.run_module(HOST, run_name="__main__", alter_sys=True)


def _end_after(parent: int) -> None:
    # Not PR_SET_PDEATHSIG: that comes when the thread of the CLI ends that started us, and Go ends threads as it likes.
    while os.getppid() == parent:
        time.sleep(LOOK_AGAIN_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
