"""Runs on a control plane: prints who wrote to given objects, from the API server's audit log, rotated files included.

It deliberately uses nothing but the standard library, and prints no more than names, programs and times.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

DIRECTORY = Path("/var/log/kubernetes")
REFUSED = 400
"""Answers from here on changed nothing."""
WRITE = re.compile(r'"verb":"(?:create|update|patch|delete|deletecollection)"')


def entry(event: dict[str, Any]) -> dict[str, Any]:
    """What is told of one request."""
    reference = event.get("objectRef") or {}
    user = event.get("user") or {}
    return {
        "verb": event.get("verb"),
        "user": user.get("username", ""),
        "as": (event.get("impersonatedUser") or {}).get("username", ""),
        "agent": event.get("userAgent", ""),
        "uri": event.get("requestURI", ""),
        "from": (event.get("sourceIPs") or [""])[0],
        "at": event.get("stageTimestamp", ""),
        "group": reference.get("apiGroup", ""),
        "plural": reference.get("resource", ""),
        "namespace": reference.get("namespace", ""),
        "name": reference.get("name", ""),
        "subresource": reference.get("subresource", ""),
    }


def main() -> None:
    """Read which objects are asked for, and print one JSON list."""
    wanted = {tuple(item) for item in json.load(sys.stdin)}
    found = []
    for path in sorted(DIRECTORY.glob("audit*.log")):
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if not WRITE.search(line):
                    continue
                try:
                    event = json.loads(line)
                except ValueError:  # the line that is being written
                    continue
                one = entry(event)
                key = (one["group"], one["plural"], one["namespace"], one["name"])
                collection = (*key[:3], "")
                if event.get("responseStatus", {}).get("code", 0) < REFUSED and (key in wanted or collection in wanted):
                    found.append(one)
    sys.stdout.write(json.dumps(found))


if __name__ in {"__main__", "builtins"}:  # as a file, and as run_python runs it
    main()
