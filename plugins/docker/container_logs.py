"""The function ``getLogs``: what a container has written, line by line.

Unlike the official plugin's, its lines are whole: that one cuts eight characters off each line to be rid of the
engine's frames, also where there are none.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from plugins.docker.container_request import nanoseconds
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.docker.engine import Engine

DEFAULTS = {
    "details": False,
    "discardHeaders": True,
    "follow": False,
    "logsListStringEnabled": True,
    "showStderr": True,
    "showStdout": True,
    "since": "",
    "tail": "",
    "timestamps": False,
    "until": "",
}


async def get_logs(engine: Engine, args: Mapping[str, Any]) -> dict[str, Any]:
    """Read a container's output; with ``follow`` only once it ends.

    Raises:
        ResourceFailed: there is no such container, or a time is none.
    """
    wanted = {**DEFAULTS, **{key: value for key, value in args.items() if value is not None}}
    name = str(wanted["name"])
    if not wanted["discardHeaders"]:
        raise ResourceFailed("getLogs: discardHeaders: false is not supported: the lines come without frames.")
    query = {
        "stdout": wanted["showStdout"],
        "stderr": wanted["showStderr"],
        "timestamps": wanted["timestamps"],
        "follow": wanted["follow"],
        "tail": int(wanted["tail"]) if str(wanted["tail"]).isdigit() else "all",
        **{key: moment(wanted[key]) for key in ("since", "until") if wanted[key]},
    }
    text = await engine.find(f"read the logs of '{name}'", lambda api: api.logs(name, stream=False, **query))
    if text is None:
        raise ResourceFailed(f"getLogs: this engine has no container '{name}'. See docker ps --all.")
    lines = text.decode(errors="replace").splitlines() if wanted["logsListStringEnabled"] else []
    return {"id": name, "logsListStrings": lines, **wanted}


def moment(text: str) -> float:
    """Turn a Unix time, an RFC 3339 time or a duration back from now ('10m') into a Unix time.

    Raises:
        ResourceFailed: it is none of these.
    """
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return dt.datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError:
        pass
    return dt.datetime.now(dt.UTC).timestamp() - nanoseconds(text, "getLogs") / 1e9
