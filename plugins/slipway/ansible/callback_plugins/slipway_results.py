"""An Ansible callback that writes down what hosts report: the fact ``slipway_result`` and their ``set_stats``.

ansible-runner's events cannot carry that: they censor tasks with ``no_log``, and such results are often secret.
"""

# ruff: noqa: INP001, ANN401 - Ansible loads plugins by path, and its objects are untyped here
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase  # type: ignore[import-untyped]

DOCUMENTATION = """
name: slipway_results
type: aggregate
short_description: writes reported results to a private file
description:
  - Writes the fact C(slipway_result) and the custom stats of every host to the file named by SLIPWAY_RESULTS_FILE.
"""

FACT = "slipway_result"
RUN = "_run"


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Gathers results at the end of a playbook."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "slipway_results"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._hosts: dict[str, Any] = {}
        self._variables: Any = None

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Remember where variables are looked up."""
        self._variables = play.get_variable_manager()

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Remember every host that did anything."""
        del task
        self._hosts[host.get_name()] = host

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write the file, readable by its owner only."""
        hosts = {name: self._reported(host) for name, host in self._hosts.items()}
        custom = {name: dict(values) for name, values in stats.custom.items()}
        run = custom.pop(RUN, {})
        for name, values in custom.items():
            hosts[name] = {**hosts.get(name, {}), **values}
        content = json.dumps({"hosts": hosts, "run": run}, default=str)
        path = Path(os.environ["SLIPWAY_RESULTS_FILE"])
        path.touch(mode=0o600)
        path.write_text(content, encoding="utf-8")

    def _reported(self, host: Any) -> dict[str, Any]:
        fact = self._variables.get_vars(host=host, include_hostvars=False).get(FACT)
        if fact is None:
            return {}
        return dict(fact) if isinstance(fact, dict) else {FACT: fact}
