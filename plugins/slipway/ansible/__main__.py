"""The process of one run: a request comes as JSON on the input, lines of JSON go to the output.

It prints nothing else; people start playbooks through Pulumi.
"""

import json
import os
import signal
import sys
from typing import Any

from plugins.slipway.ansible.process_tree import die_with_parent
from plugins.slipway.ansible.run import run
from plugins.slipway.ansible.run_request import RunRequest


def _send(message: dict[str, Any]) -> None:
    _OUTPUT.write(json.dumps(message, default=str) + "\n")
    _OUTPUT.flush()


def _end(_number: int, _frame: object) -> None:
    """Unwind, so that every ``finally`` on the way cleans up; a second signal must not interrupt that."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(128 + signal.SIGTERM)


# Whatever a library prints must not end up between our lines.
_OUTPUT = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")

if __name__ == "__main__":
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    request = RunRequest.from_json(sys.stdin.buffer.read())
    outcome = run(request, lambda host, text: _send({"status": text, "host": host}))
    _send({"outcome": json.loads(outcome.to_json())})
